//! What must hold of every answer, whatever was asked.

use http::header::CONTENT_LENGTH;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use serde_json::Value;

use super::store::CAUSE;
use super::{Answer, NEW_PASSWORD, PASSWORD, World};

/// The headers that stand on every answer, unless a page or an asset asks for more.
pub(crate) const STANDING: [(&str, &str); 8] = [
    ("cache-control", "no-store"),
    ("content-security-policy", "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("referrer-policy", "same-origin"),
    ("strict-transport-security", "max-age=63072000; includeSubDomains"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
];

pub(super) fn check(world: &World, (method, path): (&Method, &str), answer: &Answer) {
    check_headers(path, answer);
    check_readers(world, path, answer);
    check_that_nothing_leaks(answer);
    assert_ne!(answer.status, StatusCode::INTERNAL_SERVER_ERROR, "{answer}");
    let is_error = answer.status.is_client_error() || answer.status.is_server_error();
    if is_error && !answer.is_page() {
        check_problem(method, answer);
    }
    if matches!(answer.status.as_u16(), 429 | 503) {
        let wait: u64 =
            answer.header("retry-after").unwrap_or_else(|| panic!("no wait: {answer}")).parse().unwrap();
        assert!(wait >= 1, "{answer}");
    }
    let path = path.split('?').next().unwrap();
    if let Some((line, statuses)) = world.calls().into_iter().find(|(line, _)| is_call(line, method, path)) {
        assert!(statuses.contains(&answer.status.as_u16()), "{line} is not documented to answer {answer}");
    }
}

/// Of the router's answer and the one that goes past it. The router writes the length already; otherwise the server does.
pub(super) fn check_same(routed: &Answer, answer: &Answer) {
    let headers = |of: &Answer| {
        let mut headers = of.headers.clone();
        headers.remove(CONTENT_LENGTH);
        headers
    };
    assert_eq!((routed.status, headers(routed)), (answer.status, headers(answer)), "{routed}");
    assert_eq!(routed.body, answer.body);
}

fn check_headers(path: &str, answer: &Answer) {
    for (name, value) in STANDING {
        let found = answer.header(name).map(str::to_owned);
        match name {
            // Pages and assets have their own, which their tests look at.
            "content-security-policy" | "cache-control" => assert!(found.is_some(), "no {name}: {answer}"),
            "cross-origin-opener-policy" | "referrer-policy" => {
                assert!(found.as_deref() == Some(value) || !answer.is_page(), "no {name}: {answer}");
            }
            // Only where https is.
            "strict-transport-security" => assert!(found.is_none_or(|found| found == value), "{answer}"),
            _ => assert_eq!(found.as_deref(), Some(value), "{name}: {answer}"),
        }
    }
    let is_public = path.starts_with("/assets/") || path == "/.well-known/jwks.json";
    assert!(is_public || answer.header("cache-control") == Some("no-store"), "{answer}");
    for name in answer.headers.keys().map(http::HeaderName::as_str) {
        assert!(!["server", "x-powered-by", "via"].contains(&name), "{name}: {answer}");
    }
    for cookie in answer.cookies_set() {
        assert!(cookie.starts_with("__Host-bitjang"), "{cookie}");
        let same_site = if cookie.starts_with("__Host-bitjang-refresh") { "Strict" } else { "Lax" };
        assert!(cookie.contains(&format!("; Path=/; Secure; HttpOnly; SameSite={same_site}")), "{cookie}");
    }
}

/// Calls may be read by pages of trusted origins, two documents by anybody's, all else by none.
fn check_readers(world: &World, path: &str, answer: &Answer) {
    let names = answer.headers.keys().map(http::HeaderName::as_str);
    let told: Vec<_> = names.filter(|name| name.starts_with("access-control-")).collect();
    match answer.header("access-control-allow-origin") {
        None => assert!(told.is_empty(), "{answer}"),
        Some("*") => {
            let for_everybody = ["/openapi.json", "/.well-known/jwks.json"].contains(&path);
            assert!(for_everybody && told == ["access-control-allow-origin"], "{answer}");
        }
        Some(reader) => {
            assert!(world.trusted_origins.contains(&reader) && is_call_of_the_api(path), "{answer}");
            assert_eq!(answer.header("access-control-allow-credentials"), Some("true"), "{answer}");
            assert_eq!(answer.header("vary"), Some("origin"), "{answer}");
        }
    }
}

fn is_call_of_the_api(path: &str) -> bool {
    path.starts_with("/v1/") || path.starts_with("/access/v1/")
}

fn check_that_nothing_leaks(answer: &Answer) {
    let text = format!("{:?}\n{}", answer.headers, answer.body);
    for secret in [PASSWORD, NEW_PASSWORD, CAUSE] {
        assert!(!text.contains(secret), "a secret leaks: {answer}");
    }
    for prefix in ["bjs_", "bjc_"] {
        assert!(!answer.body.contains(prefix), "a secret in a body: {answer}");
    }
    // Only to programs, and beside no cookie.
    let told = answer.body.contains("bjr_");
    assert!(
        !told || answer.json()["session"]["carrier"] == "bearer" && answer.cookies_set().is_empty(),
        "{answer}"
    );
}

/// Who presents a token that is not good is told so; who presents none is told how. Nobody's browser asks a person for it.
pub(super) fn check_challenge(asked: &HeaderMap, answer: &Answer) {
    let presented = |value: &HeaderValue| {
        value.as_bytes().first_chunk().is_some_and(|scheme: &[u8; 6]| scheme.eq_ignore_ascii_case(b"bearer"))
    };
    let presented = asked.get_all("authorization").iter().any(presented);
    match answer.header("www-authenticate") {
        None => assert!(answer.status != 401 || answer.is_page(), "{answer}"),
        Some(r#"Bearer realm="Bitjang""#) => assert_eq!(answer.status, 401, "{answer}"),
        Some(r#"Bearer realm="Bitjang", error="invalid_token""#) => {
            assert_eq!((presented, answer.code().as_str()), (true, "signed_out"), "{answer}");
        }
        Some(other) => panic!("{other}"),
    }
}

fn check_problem(method: &Method, answer: &Answer) {
    assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{answer}");
    // Only with a session that this very request ends do its cookies go.
    assert!(
        answer.cookies_set().is_empty() || answer.code() == "token_reuse",
        "cookies are left alone: {answer}"
    );
    if method == Method::HEAD {
        return;
    }
    let Value::Object(problem) = answer.json() else { panic!("{answer}") };
    let (code, status) = (problem["code"].as_str().unwrap(), answer.status.as_u16());
    assert!(CODES.contains(&(code, status)), "no problem of the contract: {answer}");
    assert_eq!(problem["status"], status, "{answer}");
    assert_eq!(problem["type"], format!("urn:bitjang:problem:{code}"), "{answer}");
    assert!(!problem["title"].as_str().unwrap().is_empty(), "{answer}");
    let known = ["type", "title", "status", "code", "detail"];
    assert!(problem.iter().all(|(key, value)| known.contains(&key.as_str()) && !value.is_null()), "{answer}");
}

/// Whether `METHOD /path/{of}/the document` is what was asked. HEAD is answered as GET is.
fn is_call(line: &str, method: &Method, path: &str) -> bool {
    let (documented, template) = line.split_once(' ').unwrap();
    let method = if method == Method::HEAD { "GET" } else { method.as_str() };
    let (template, path): (Vec<_>, Vec<_>) = (template.split('/').collect(), path.split('/').collect());
    let same =
        |(wanted, found): (&&str, &&str)| wanted == found || (wanted.starts_with('{') && !found.is_empty());
    method == documented && template.len() == path.len() && template.iter().zip(&path).all(same)
}

/// Every code there is, and its one status. A code that clients know never changes.
const CODES: [(&str, u16); 19] = [
    ("bad_request", 400),
    ("signed_out", 401),
    ("token_reuse", 401),
    ("bad_credentials", 401),
    ("cross_site", 403),
    ("csrf_token", 403),
    ("forbidden", 403),
    ("sign_up_closed", 403),
    ("not_found", 404),
    ("method_not_allowed", 405),
    ("identifier_taken", 409),
    ("too_large", 413),
    ("unsupported_media_type", 415),
    ("bad_identifier", 422),
    ("bad_name", 422),
    ("weak_password", 422),
    ("too_many_attempts", 429),
    ("unavailable", 503),
    ("busy", 503),
];
