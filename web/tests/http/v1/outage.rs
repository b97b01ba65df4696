//! The store cannot be reached: 503, and nobody is signed out.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::world::{Ask, Browser, NEW_PASSWORD, PASSWORD, World};

/// A body that the call takes.
fn body(line: &str) -> Option<Value> {
    match line {
        "POST /v1/accounts" | "POST /v1/session" => Some(json!({"identifier": "bob", "password": PASSWORD})),
        "PUT /v1/account/password" => {
            Some(json!({"current_password": PASSWORD, "new_password": NEW_PASSWORD}))
        }
        _ => None,
    }
}

/// The call as alice's browser makes it: with the session cookie, unless it is about tokens.
fn ask<'w>(line: &str, by_cookie: &Browser<'w>, by_tokens: &Browser<'w>) -> Ask<'w> {
    let alice = if line == "POST /v1/session/refresh" { by_tokens } else { by_cookie };
    match body(line) {
        Some(body) => alice.ask(line).json(body),
        None => alice.ask(line),
    }
}

/// The calls that are answered from memory.
const IN_MEMORY: [&str; 1] = ["GET /.well-known/jwks.json"];

#[tokio::test]
async fn every_call_says_that_the_store_is_down() {
    let world = World::new().await;
    let (mut alice, by_tokens) = (world.signed_up("alice").await, world.with_token_cookies("alice").await);
    world.break_store();
    for (line, _) in world.calls().iter().filter(|(line, _)| !IN_MEMORY.contains(&line.as_str())) {
        let line = line.replace("{id}", "AAAAAAAAAAAAAAAAAAAAAA");
        let answer = ask(&line, &alice, &by_tokens).send().await.expect_problem(503, "unavailable");
        assert_eq!(answer.cookies_set(), Vec::<&str>::new(), "{line}");
    }
    world.ask(IN_MEMORY[0]).send().await.expect(200);
    world.mend_store();
    assert!(alice.is_signed_in().await && by_tokens.is_signed_in().await);
    assert_eq!(alice.call("GET /v1/sessions").await.json()["sessions"].as_array().unwrap().len(), 2);
    world.browser().sign_in("bob", PASSWORD).await.expect_problem(401, "bad_credentials");
}

#[tokio::test]
async fn a_client_is_told_when_to_try_again_and_nothing_else() {
    let world = World::new().await;
    let alice = world.signed_up("alice").await;
    world.break_store();
    assert_snapshot!(alice.ask("GET /v1/session").send().await, @r#"
    503 Service Unavailable
    content-length: 114
    content-type: application/problem+json
    retry-after: 1

    {
      "code": "unavailable",
      "status": 503,
      "title": "Not available at the moment",
      "type": "urn:bitjang:problem:unavailable"
    }
    "#);
}

#[tokio::test]
async fn a_full_disk_signs_nobody_out_and_lets_nothing_half_done() {
    let world = World::new().await;
    let (alice, phone) = (world.signed_up("alice").await, world.signed_in("alice").await);
    let mut by_tokens = world.with_token_cookies("alice").await;
    world.fill_disk();
    let session = phone.session().await;
    for (line, _) in world.calls().into_iter().filter(|(line, _)| writes(line)) {
        let answer = match line.as_str() {
            "POST /v1/session" => world.browser().sign_in("alice", PASSWORD).await,
            _ => ask(&line.replace("{id}", &session), &alice, &by_tokens).send().await,
        };
        let answer = answer.expect_problem(503, "unavailable");
        assert_eq!(answer.cookies_set(), Vec::<&str>::new(), "{line}");
        assert!(alice.is_signed_in().await && phone.is_signed_in().await, "{line}");
    }
    alice.ask("POST /v1/session/token").send().await.expect(200);
    assert!(by_tokens.is_signed_in().await);
    world.wait(86_400);
    by_tokens.refresh().await.expect_problem(503, "unavailable");
    assert!(alice.is_signed_in().await, "though it cannot be written down that the session is in use");
}

fn writes(line: &str) -> bool {
    let only_reads = line.starts_with("GET ") || line.contains(" /access/");
    !only_reads && line != "POST /v1/session/token"
}

#[tokio::test]
async fn who_has_no_cookie_is_signed_out_whatever_the_store_does() {
    let world = World::new().await;
    world.break_store();
    world.ask("GET /v1/session").send().await.expect_problem(401, "signed_out");
}

#[tokio::test]
async fn a_busy_server_still_knows_who_is_signed_in() {
    let world = World::new().await;
    let mut alice = world.signed_up("alice").await;
    world.keep_hasher_busy();
    alice.sign_in("alice", PASSWORD).await.expect_problem(503, "busy");
    assert!(alice.is_signed_in().await);
}
