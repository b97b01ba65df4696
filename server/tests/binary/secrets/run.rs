//! A run of every flow, by every carrier, with the mistakes that people, programs and attackers make.
#![expect(clippy::expect_used, reason = "a test that cannot go on has failed")]

use serde_json::{Value, json};

use super::needles::Needles;
use crate::process::Server;

const PASSWORD: &str = "heron lantern gravel 7 oboe";
const NEXT_PASSWORD: &str = "cobalt thimble 9 marsh piano";
const WRONG_PASSWORD: &str = "heron lantern gravel 8 flute";

/// Who runs, and what they were handed and typed.
struct Run<'a> {
    server: &'a Server,
    site: String,
    needles: Needles,
    errors: String,
}

/// Goes through all of it; what must be nowhere, and the answers that handed out nothing.
pub(super) fn every_flow(server: &Server) -> (Needles, String) {
    let site = format!("http://{}", server.address.replace("127.0.0.1", "localhost"));
    let mut run = Run { server, site, needles: Needles::default(), errors: String::new() };
    for (name, password) in
        [("password", PASSWORD), ("next password", NEXT_PASSWORD), ("wrong password", WRONG_PASSWORD)]
    {
        run.needles.add(name, password);
    }
    run.with_a_cookie();
    run.with_token_cookies();
    run.with_tokens();
    run.on_pages();
    run.by_mistake();
    (run.needles, run.errors)
}

impl Run<'_> {
    fn with_a_cookie(&mut self) {
        let (cookies, csrf) = self.begin("POST /v1/accounts", "cookie");
        let headers = self.headers(&cookies, &csrf);
        let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = self.server.send("POST /v1/session/token", &headers, "");
        self.note("short token", &answer, "access_token");
        let change = json!({"current_password": WRONG_PASSWORD, "new_password": NEXT_PASSWORD}).to_string();
        self.fails("PUT /v1/account/password", &headers, &change);
        let change = json!({"current_password": PASSWORD, "new_password": "heron"}).to_string();
        self.fails("PUT /v1/account/password", &headers, &change);
        let change = json!({"current_password": PASSWORD, "new_password": NEXT_PASSWORD}).to_string();
        assert!(self.server.send("PUT /v1/account/password", &headers, &change).starts_with("HTTP/1.1 204"));
        let back = json!({"current_password": NEXT_PASSWORD, "new_password": PASSWORD}).to_string();
        assert!(self.server.send("PUT /v1/account/password", &headers, &back).starts_with("HTTP/1.1 204"));
        self.server.get_with_cookie("/account", &cookies);
        self.fails("DELETE /v1/session", &[("Cookie", &cookies)], "");
        assert!(self.server.send("DELETE /v1/session", &headers, "").starts_with("HTTP/1.1 204"));
        self.fails("GET /v1/session", &headers, "");
    }

    fn with_token_cookies(&mut self) {
        let (cookies, csrf) = self.begin("POST /v1/session", "token_cookies");
        let headers = self.headers(&cookies, &csrf);
        let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = self.server.send("POST /v1/session/refresh", &headers, "");
        self.hears("refreshed", &answer);
        self.server.send("DELETE /v1/session", &headers, "");
        self.fails("POST /v1/session/refresh", &headers, "");
    }

    fn with_tokens(&mut self) {
        let answer = self.sign_in("POST /v1/session", "bearer");
        let first = self.note("first refresh token", &answer, "refresh_token");
        self.note("first access token", &answer, "access_token");
        let body = json!({"refresh_token": first}).to_string();
        let second = self.server.send("POST /v1/session/refresh", &[], &body);
        let second = self.note("second refresh token", &second, "refresh_token");
        let body = json!({"refresh_token": second}).to_string();
        let third = self.server.send("POST /v1/session/refresh", &[], &body);
        let access = self.note("third access token", &third, "access_token");
        self.note("third refresh token", &third, "refresh_token");
        self.fails("GET /v1/session", &[("Authorization", &format!("Bearer {access}x"))], "");
        // Told as theft.
        self.fails("POST /v1/session/refresh", &[], &json!({"refresh_token": first}).to_string());
        self.fails("GET /v1/session", &[("Authorization", &format!("Bearer {access}"))], "");
    }

    fn on_pages(&mut self) {
        let page = self.server.get("/sign-in");
        let cookie = cookies_of(&page);
        let token = page.split("name=\"csrf_token\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
        let token = token.unwrap_or_default().to_owned();
        self.needles.add("form token", &token);
        for (password, good) in [(WRONG_PASSWORD, false), (PASSWORD, true)] {
            let form = format!("csrf_token={token}&identifier=mina&password={}", password.replace(' ', "+"));
            let answer =
                self.server.submit("/sign-in", &[("Cookie", &cookie), ("Origin", &self.site)], &form);
            if good {
                assert!(answer.starts_with("HTTP/1.1 303 "), "{answer}");
                self.hears("signed in by a form", &answer);
            } else {
                self.errors += answer.split("<form").next().unwrap_or_default();
            }
        }
    }

    /// Secrets in every wrong place.
    fn by_mistake(&mut self) {
        let answer = self.sign_in("POST /v1/session", "bearer");
        let access = self.note("mistaken access token", &answer, "access_token");
        let refresh = self.note("mistaken refresh token", &answer, "refresh_token");
        for secret in [&access, &refresh, &PASSWORD.replace(' ', "%20")] {
            for path in
                [format!("/v1/session?token={secret}"), format!("/{secret}"), format!("/sign-in/{secret}")]
            {
                // A page may link to itself in the other language; the log and the metrics know no path.
                self.server.send(&format!("GET {path}"), &[("Accept", "text/html")], "");
            }
            for name in ["X-Token", "Referer", "User-Agent", "Last-Event-ID", "X-Request-Id", "Content-Type"]
            {
                let body = json!({"identifier": secret, "password": secret, secret.as_str(): 1}).to_string();
                self.fails("POST /v1/session", &[(name, secret)], &body);
            }
        }
        for body in [
            format!(r#"{{"identifier":"mina","password":"{PASSWORD}""#),
            format!(r#"{{"identifier":"mina","password":["{PASSWORD}"]}}"#),
            json!({"identifier": "mina", "password": WRONG_PASSWORD}).to_string(),
            json!({"identifier": "nobody", "password": WRONG_PASSWORD}).to_string(),
            json!({"identifier": "mina", "password": PASSWORD, "carrier": refresh}).to_string(),
        ] {
            self.fails("POST /v1/session", &[], &body);
        }
    }

    fn sign_in(&self, line: &str, carrier: &str) -> String {
        let body = json!({"identifier": "mina", "password": PASSWORD, "carrier": carrier}).to_string();
        let answer = self.server.send(line, &[], &body);
        assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
        answer
    }

    /// The cookies and the CSRF token of a new session.
    fn begin(&mut self, line: &str, carrier: &str) -> (String, String) {
        let answer = self.sign_in(line, carrier);
        self.hears(carrier, &answer);
        (cookies_of(&answer), self.note("CSRF token", &answer, "csrf_token"))
    }

    fn headers(&self, cookies: &str, csrf: &str) -> [(&'static str, String); 3] {
        [("Cookie", cookies.to_owned()), ("Origin", self.site.clone()), ("X-CSRF-Token", csrf.to_owned())]
    }

    /// Notes every cookie that an answer hands out.
    fn hears(&mut self, name: &str, answer: &str) {
        for pair in cookies_of(answer).split("; ") {
            let (cookie, value) = pair.split_once('=').expect(answer);
            self.needles.add(&format!("{cookie} of {name}"), value);
        }
    }

    /// Notes a member of an answer as a secret, and gives it back.
    fn note(&mut self, name: &str, answer: &str, member: &str) -> String {
        let body: Value = serde_json::from_str(answer.split("\r\n\r\n").nth(1).unwrap()).unwrap();
        let secret = body.get(member).and_then(Value::as_str).expect(answer).to_owned();
        self.needles.add(name, &secret);
        secret
    }

    fn fails(&mut self, line: &str, headers: &[(&str, &str)], body: &str) {
        let answer = self.server.send(line, headers, body);
        assert!(answer.starts_with("HTTP/1.1 4"), "{line}: {answer}");
        self.errors += &answer;
    }
}

/// The cookies that an answer sets, as a browser sends them back.
fn cookies_of(answer: &str) -> String {
    let set = answer.lines().filter_map(|line| line.strip_prefix("set-cookie: "));
    let pairs = set.filter_map(|set| set.split(';').next()).filter(|pair| !pair.ends_with('='));
    pairs.collect::<Vec<_>>().join("; ")
}
