//! Requests that are odd: methods, bodies, paths, headers that mean something to some other program.

use serde_json::json;

use super::Target;

use crate::process::{PASSWORD, Server};

fn typed(server: &Server, kind: &str, body: &str) -> String {
    // The type given twice would be another attack, so the body goes without ours.
    let length = body.len().to_string();
    server.send("POST /v1/session", &[("Content-Type", kind), ("X-Length", &length)], body)
}

#[test]
fn another_site_s_request_is_refused_whatever_it_says() {
    let target = Target::new();
    let page = target.page(&target.cookie);
    let [cookie, origin, token] = page.each_ref().map(|(name, value)| (*name, value.as_str()));
    let foreign = ("Origin", "https://evil.example");
    let mallory = target.another("mallory");
    let his = target.page(&mallory)[2].1.clone();
    target.withstands(|server| {
        let tries: Vec<Vec<(&str, &str)>> = vec![
            vec![cookie],
            vec![cookie, origin],
            vec![cookie, token],
            vec![cookie, foreign, token],
            vec![cookie, ("Origin", "null"), token],
            vec![cookie, ("Sec-Fetch-Site", "same-site"), token],
            vec![cookie, ("Sec-Fetch-Site", "cross-site"), origin, token],
            vec![cookie, origin, ("X-CSRF-Token", &his)],
            vec![cookie, origin, ("X-CSRF-Token", "")],
            vec![cookie, origin, origin, ("X-CSRF-Token", &his)],
            vec![cookie, ("Referer", origin.1), token],
            vec![cookie, ("Origin", "http://localhost"), token],
            vec![cookie, ("Origin", "http://localhost.evil.example"), token],
        ];
        tries
            .iter()
            .map(|headers| (format!("{headers:?}"), server.send("DELETE /v1/session", headers, "")))
            .collect()
    });
    target.withstands(|server| {
        let overriding = ["X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"];
        let tries = overriding.map(|name| vec![cookie, (name, "DELETE")]);
        let all = tries.iter().map(|headers| {
            (format!("{headers:?}"), server.send("POST /v1/session?_method=DELETE", headers, ""))
        });
        all.collect()
    });
}

#[test]
fn no_foreign_origin_may_read_an_answer() {
    let target = Target::new();
    for origin in ["https://evil.example", "null", "http://localhost.evil.example", "https://localhost"] {
        for line in ["GET /v1/session", "OPTIONS /v1/session"] {
            let headers = [
                ("Cookie", target.cookie.as_str()),
                ("Origin", origin),
                ("Access-Control-Request-Method", "DELETE"),
            ];
            let answer = target.server.send(line, &headers, "").to_lowercase();
            assert!(!answer.contains("access-control-allow"), "{line} from {origin}: {answer}");
        }
    }
}

#[test]
fn nobody_is_led_away_and_no_header_is_slipped_in() {
    let target = Target::new();
    for there in [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "/%0d%0aSet-Cookie:%20x=y",
        "javascript:alert(1)",
        "/%2f/evil.example",
        "\t//evil.example",
    ] {
        let page = target.server.get_with_cookie(
            &format!("/sign-in?return_to={}", there.replace('\t', "%09").replace('\\', "%5c")),
            &target.cookie,
        );
        let location = page.lines().find_map(|line| line.strip_prefix("location: ")).unwrap_or_default();
        assert!(
            !location.starts_with("//") && !location.contains("evil") && !location.contains(':'),
            "{there}: {page}"
        );
        assert!(!page.contains("set-cookie: x=y"), "{there}: {page}");
    }
}

#[test]
fn what_is_reflected_is_no_markup() {
    let target = Target::new();
    let markup = "%3Cscript%3Ealert(1)%3C/script%3E";
    for path in [
        format!("/sign-in?return_to=/{markup}"),
        format!("/{markup}"),
        format!("/?notice={markup}"),
        format!("/sign-in?lang={markup}"),
        format!("/v1/sessions/{markup}"),
    ] {
        let answer = target.server.send(&format!("GET {path}"), &[("Accept", "text/html")], "");
        assert!(!answer.contains("<script>alert"), "{path}: {answer}");
    }
    let name = json!({"identifier": "<b>bold</b>@x", "password": "<script>alert(1)</script>"}).to_string();
    let answer = target.server.send("POST /v1/session", &[], &name);
    assert!(!answer.contains("<script>") && answer.contains("nosniff"), "{answer}");
    let page = target.server.get("/sign-in").to_lowercase();
    for guard in ["x-frame-options: deny", "frame-ancestors 'none'", "default-src 'none'", "nosniff"] {
        assert!(page.contains(guard), "{guard} is not in {page}");
    }
}

#[test]
fn odd_bodies_are_refused_and_cost_nothing() {
    let target = Target::new();
    let deep = format!("{}{}", "[".repeat(30_000), "]".repeat(30_000));
    let good = json!({"identifier": "mina", "password": PASSWORD}).to_string();
    target.withstands(|server| {
        let mut answers = vec![
            ("deep".to_owned(), server.send("POST /v1/session", &[], &format!("{{\"x\":{deep}}}"))),
            ("large".to_owned(), server.send("POST /v1/session", &[], &" ".repeat(70_000))),
            (
                "zipped".to_owned(),
                server.send("POST /v1/session", &[("Content-Encoding", "gzip")], "\u{1f}\u{8b}\u{8}"),
            ),
            ("UTF-16".to_owned(), server.send("POST /v1/session", &[], "\u{feff}{}")),
            (
                "twice".to_owned(),
                server.send("POST /v1/session", &[], &good.replacen('{', "{\"identifier\":\"x\",", 1)),
            ),
            ("an array".to_owned(), server.send("POST /v1/session", &[], &format!("[{good}]"))),
        ];
        for kind in
            ["text/plain", "multipart/form-data", "application/xml", "application/json; charset=utf-16"]
        {
            answers.push((kind.to_owned(), typed(server, kind, &good)));
        }
        answers
    });
}

#[test]
fn no_path_leads_out_and_no_method_is_told_about() {
    let target = Target::new();
    target.withstands(|server| {
        let paths = [
            "/../../etc/passwd",
            "/assets/../../bitjang.toml",
            "/assets/%2e%2e/%2e%2e/etc/passwd",
            "/assets/..%5c..%5cbitjang-data",
            "/assets/%00",
            "/.git/config",
            "/bitjang-data/bitjang.db",
            "//etc/passwd",
        ];
        let mut answers: Vec<_> = paths.iter().map(|path| ((*path).to_owned(), server.get(path))).collect();
        for method in ["TRACE", "TRACK", "CONNECT", "PROPFIND", "DEBUG", "get"] {
            let answer = server.send(&format!("{method} /v1/session"), &[("Cookie", &target.cookie)], "");
            answers.push((method.to_owned(), answer));
        }
        for (what, answer) in &answers {
            let told = answer.to_lowercase();
            assert!(
                !told.contains("\r\nserver:") && !told.contains("x-powered-by") && !told.contains("root:"),
                "{what}: {answer}"
            );
        }
        answers
    });
}

#[test]
fn sql_is_a_name_like_any_other() {
    let target = Target::new();
    target.withstands(|server| {
        let names = [
            "' OR '1'='1",
            "mina'--",
            "mina\"; DROP TABLE account; --",
            "x' UNION SELECT 1,2,3 --",
            "$$;",
            "\\'; --",
        ];
        names
            .iter()
            .map(|name| {
                (
                    (*name).to_owned(),
                    server.answer_to_sign_in(&name.replace('\\', "\\\\").replace('"', "\\\""), PASSWORD),
                )
            })
            .collect()
    });
    assert_eq!(target.server.sign_in("mina", PASSWORD), "201");
}

#[test]
fn nobody_writes_a_line_into_the_log() {
    let target = Target::with(&[("BITJANG_LOG__LEVEL", "trace"), ("BITJANG_LOG__FORMAT", "json")]);
    let line = "x\\n{\\\"level\\\":\\\"INFO\\\",\\\"message\\\":\\\"forged\\\"}\\r\\n";
    let answer = target.server.answer_to_sign_in(line, "not the password");
    assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
    target.server.get("/%0a%7b%22message%22:%22forged%22%7d");
    target.server.send(
        "GET /v1/session",
        &[("User-Agent", "x\\n{\"message\":\"forged\"}"), ("traceparent", "00-forged-forged-00")],
        "",
    );
    let log = target.server.stop();
    for line in log.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_ne!(line["message"], "forged");
    }
}
