//! Requests on which an app panics: nothing that they carry is told to anybody, or left in memory.

use serde_json::Value;
use tempfile::tempdir;

use super::needles::Needles;
use super::traces::memory_of;
use crate::process::{PASSWORD, Server, example, good};

/// Its last letter has two bytes, between which it cannot be cut.
const BODY: &str = "oboe gravel lantern 9 caf\u{e9}";

#[test]
fn no_secret_of_a_request_on_which_an_app_panics_is_in_the_log_or_in_a_core_dump() {
    let folder = tempdir().unwrap();
    let mut command = example("panics", &folder);
    command.env("BITJANG_LOG__LEVEL", "trace");
    let server = Server::start_as(command);
    good(folder.path(), &["account", "add", "mina", "--password-stdin"], PASSWORD);
    let (needles, headers) = signed_in(&server);
    let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    for path in ["/cut", "/told"] {
        assert_eq!(
            server.send(&format!("POST {path}"), &headers, BODY),
            "",
            "the connection ends without a word"
        );
    }
    assert!(server.get("/readyz").starts_with("HTTP/1.1 200 "), "others are served");
    let mut found = needles.found_in(&memory_of(server.id()));
    found.retain(|name| !name.ends_with(", decoded"));
    assert!(found.is_empty(), "{found:?}");
    let log = server.stop();
    assert_eq!(log.matches("a task panicked, which is a bug").count(), 2, "{log}");
    assert_eq!(log.matches("examples/panics.rs:").count(), 2, "{log}");
    needles.are_not_in("log", log.as_bytes());
}

/// Somebody's secrets, and the headers with which they travel.
fn signed_in(server: &Server) -> (Needles, [(&'static str, String); 3]) {
    let answer = server.answer_to_sign_in("mina", PASSWORD);
    let set = answer.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap();
    let cookie = set.split(';').next().unwrap().to_owned();
    let body: Value = serde_json::from_str(answer.split("\r\n\r\n").nth(1).unwrap()).unwrap();
    let csrf = body.get("csrf_token").and_then(Value::as_str).unwrap().to_owned();
    let mut needles = Needles::default();
    let value = cookie.split_once('=').unwrap().1;
    for (name, secret) in [("cookie", value), ("CSRF token", &csrf), ("body", BODY), ("password", PASSWORD)] {
        needles.add(name, secret);
    }
    // The address of this app is known too late for it to tell its own origin.
    let site = "same-origin".to_owned();
    (needles, [("Cookie", cookie), ("Sec-Fetch-Site", site), ("X-CSRF-Token", csrf)])
}
