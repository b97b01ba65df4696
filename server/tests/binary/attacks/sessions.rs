//! Sessions: planted, guessed, doubled, revived, kept for others.

use std::collections::BTreeSet;

use serde_json::json;

use super::Target;
use crate::fleet::{cookie, json as answered, status};
use crate::process::{PASSWORD, good};
use crate::program::Program;

#[test]
fn a_cookie_that_was_planted_is_never_adopted() {
    let target = Target::new();
    let planted = format!("__Host-bitjang=bjs_{}", "A".repeat(64));
    let body = json!({"identifier": "mina", "password": PASSWORD}).to_string();
    let answer = target.server.send("POST /v1/session", &[("Cookie", &planted)], &body);
    assert_ne!(cookie(&answer), planted);
    assert_eq!(target.server.check(&planted), "401");
    // Nor is one's own prolonged: the next sign-in is another session.
    let answer = target.server.send("POST /v1/session", &[("Cookie", &target.cookie)], &body);
    assert_ne!(cookie(&answer), target.cookie);
}

#[test]
fn no_two_sessions_are_alike() {
    let target = Target::new();
    let cookies: BTreeSet<_> = (0..100).map(|_| target.server.cookie_of("mina")).collect();
    assert_eq!(cookies.len(), 100);
    for place in 20..80 {
        let here: BTreeSet<_> = cookies.iter().map(|cookie| cookie.as_bytes()[place]).collect();
        assert!(here.len() > 10, "place {place} of 100 cookies takes {} values only", here.len());
    }
}

#[test]
fn tossed_doubled_and_malformed_cookies_sign_nobody_in() {
    let target = Target::new();
    let mallory = target.another("mallory");
    let value = target.cookie.split('=').nth(1).unwrap().to_owned();
    let (mine, his) = (target.cookie.clone(), mallory);
    let odd = [
        format!("{mine}; {his}"),
        format!("{his}; {mine}"),
        format!("{mine}; {mine}"),
        mine.replace("__Host-", "__host-"),
        mine.replace("__Host-", "__Secure-"),
        mine.replace("__Host-", ""),
        format!("\u{a0}{mine}"),
        format!("\u{2000}{mine}"),
        format!("$Version=1,{mine}"),
        format!("={mine}"),
        value.clone(),
        format!("={value}"),
        format!("__Host-bitjang=\"{value}\""),
        format!("__Host-bitjang={value}="),
        format!("__Host-bitjang={}", &value[..60]),
        format!("__Host-bitjang={}", value.to_uppercase()),
        format!("__Host-bitjang={}", "A".repeat(20_000)),
        "__Host-bitjang=".to_owned(),
        ";".repeat(10_000),
    ];
    target.withstands(|server| {
        odd.iter()
            .map(|cookie| (cookie.chars().take(90).collect(), server.get_with_cookie("/v1/session", cookie)))
            .collect()
    });
}

#[test]
fn signing_out_is_real_for_every_carrier_and_every_copy() {
    let target = Target::new();
    let mut program = Program::signed_in(&target.server, "mina");
    let copy = program.clone();
    assert_eq!(program.call(&target.server, "DELETE /v1/session"), 204);
    assert_eq!(copy.call(&target.server, "GET /v1/session"), 401);
    assert_eq!(program.refresh(&target.server).0, 401);
    let other = target.server.cookie_of("mina");
    target.server.sign_out(&other);
    assert_eq!(
        (target.server.check(&other), target.server.check(&target.cookie)),
        ("401".into(), "200".into())
    );
}

#[test]
fn no_token_is_good_after_a_change_of_password_or_a_lock() {
    let target = Target::new();
    let [mut early, mut late] = [(); 2].map(|()| Program::signed_in(&target.server, "mina"));
    let change =
        json!({"current_password": PASSWORD, "new_password": "velvet tractor moss quill"}).to_string();
    let answer = target.send_as_page("PUT /v1/account/password", &target.cookie, &change);
    assert_eq!(status(&answer), "204", "{answer}");
    assert_eq!((early.refresh(&target.server).0, early.call(&target.server, "GET /v1/session")), (401, 401));
    assert_eq!(target.server.check(&target.cookie), "200", "who changed it stays");
    good(target.folder.path(), &["account", "disable", "mina"], "");
    assert_eq!((late.refresh(&target.server).0, target.server.check(&target.cookie)), (401, "401".into()));
    assert_eq!(target.server.sign_in("mina", "velvet tractor moss quill"), "401");
}

#[test]
fn a_session_ends_by_the_server_s_clock() {
    let target = Target::with(&[("BITJANG_SESSIONS__ABSOLUTE_SECONDS", "2")]);
    let cookie = target.server.cookie_of("mina");
    let mut program = Program::signed_in(&target.server, "mina");
    let begun = answered(&target.server.get_with_cookie("/v1/session", &cookie));
    assert!(begun["session"]["expires_at"].is_string(), "{begun}");
    while target.server.check(&cookie) == "200" {}
    while program.refresh(&target.server).0 == 200 {}
    assert_eq!(program.call(&target.server, "GET /v1/session"), 401);
}

#[test]
fn what_is_of_one_person_is_kept_for_no_other() {
    let target = Target::new();
    for path in ["/v1/session", "/v1/sessions", "/v1/account", "/v1/csrf", "/account", "/"] {
        let answer = target.server.get_with_cookie(path, &target.cookie).to_lowercase();
        assert!(answer.contains("\r\ncache-control: no-store\r\n"), "{path}: {answer}");
    }
}

#[test]
fn an_address_in_a_header_is_nobody_s() {
    let target = Target::new();
    let body = json!({"identifier": "mina", "password": PASSWORD}).to_string();
    for name in
        ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Client-IP", "True-Client-IP", "CF-Connecting-IP"]
    {
        let answer = target.server.send("POST /v1/session", &[(name, "203.0.113.9")], &body);
        assert_eq!(status(&answer), "201");
    }
    let sessions = target.server.get_with_cookie("/v1/sessions", &target.cookie);
    assert!(sessions.contains("127.0.0.1") && !sessions.contains("203.0.113"), "{sessions}");
}
