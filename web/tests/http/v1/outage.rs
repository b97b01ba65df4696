//! The store cannot be reached: 503, and nobody is signed out.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::world::{NEW_PASSWORD, PASSWORD, World};

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

#[tokio::test]
async fn every_call_says_that_the_store_is_down() {
    let world = World::new().await;
    let mut alice = world.signed_up("alice").await;
    world.break_store();
    for (line, _) in world.calls() {
        let ask = alice.ask(&line.replace("{id}", "AAAAAAAAAAAAAAAAAAAAAA"));
        let answer = match body(&line) {
            Some(body) => ask.json(body).send().await,
            None => ask.send().await,
        };
        let answer = answer.expect_problem(503, "unavailable");
        assert_eq!(answer.cookies_set(), Vec::<&str>::new(), "{line}");
    }
    world.mend_store();
    assert!(alice.is_signed_in().await);
    assert_eq!(alice.call("GET /v1/sessions").await.json()["sessions"].as_array().unwrap().len(), 1);
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
    world.fill_disk();
    let session = phone.session().await;
    for (line, _) in world.calls().into_iter().filter(|(line, _)| !line.starts_with("GET")) {
        let ask = alice.ask(&line.replace("{id}", &session));
        let answer = match body(&line) {
            Some(_) if line == "POST /v1/session" => world.browser().sign_in("alice", PASSWORD).await,
            Some(body) => ask.json(body).send().await,
            None => ask.send().await,
        };
        let answer = answer.expect_problem(503, "unavailable");
        assert_eq!(answer.cookies_set(), Vec::<&str>::new(), "{line}");
        assert!(alice.is_signed_in().await && phone.is_signed_in().await, "{line}");
    }
    world.wait(86_400);
    assert!(alice.is_signed_in().await, "though it cannot be written down that the session is in use");
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
