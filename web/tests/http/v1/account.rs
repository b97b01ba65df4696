//! `/v1/account`: the account itself, and its password.

use insta::assert_snapshot;
use serde_json::json;

use crate::world::{Answer, Browser, NEW_PASSWORD, PASSWORD, World};

async fn change(browser: &mut Browser<'_>, current: &str, new: &str) -> Answer {
    let body = json!({"current_password": current, "new_password": new});
    browser.call_with("PUT /v1/account/password", body).await
}

#[tokio::test]
async fn an_account_is_shown_to_its_owner() {
    let world = World::new().await;
    let mut alice = world.signed_up("alice").await;
    assert_snapshot!(alice.call("GET /v1/account").await, @r#"
    200 OK
    content-length: 137
    content-type: application/json

    {
      "account": {
        "created_at": "2026-11-23T07:00:00Z",
        "id": "01a20734-5580-7e8f-a841-378f772c40db",
        "identifier": "alice",
        "name": null,
        "roles": []
      }
    }
    "#);
    world.ask("GET /v1/account").send().await.expect_problem(401, "signed_out");
}

#[tokio::test]
async fn a_new_password_ends_all_other_sessions() {
    let world = World::new().await;
    let (mut laptop, phone) = (world.signed_up("alice").await, world.signed_in("alice").await);
    assert_snapshot!(change(&mut laptop, PASSWORD, NEW_PASSWORD).await, @r"
    204 No Content
    content-length: 0
    ");
    assert!(laptop.is_signed_in().await);
    assert!(!phone.is_signed_in().await);
    world.browser().sign_in("alice", PASSWORD).await.expect_problem(401, "bad_credentials");
    world.browser().sign_in("alice", NEW_PASSWORD).await.expect(201);
}

#[tokio::test]
async fn whoever_finds_a_device_unlocked_cannot_change_the_password() {
    let world = World::new().await;
    let (mut laptop, phone) = (world.signed_up("alice").await, world.signed_in("alice").await);
    assert_snapshot!(change(&mut laptop, "not the password", NEW_PASSWORD).await, @r#"
    401 Unauthorized
    content-length: 131
    content-type: application/problem+json
    www-authenticate: Bearer realm="Bitjang"

    {
      "code": "bad_credentials",
      "status": 401,
      "title": "Identifier and password do not match",
      "type": "urn:bitjang:problem:bad_credentials"
    }
    "#);
    assert!(laptop.is_signed_in().await && phone.is_signed_in().await);
    world.browser().sign_in("alice", PASSWORD).await.expect(201);
}

#[tokio::test]
async fn guessing_the_current_password_is_limited_as_signing_in_is() {
    let world = World::new().await;
    let mut alice = world.signed_up("alice").await;
    for _ in 0..10 {
        change(&mut alice, "not the password", NEW_PASSWORD).await.expect_problem(401, "bad_credentials");
    }
    change(&mut alice, PASSWORD, NEW_PASSWORD).await.expect_problem(429, "too_many_attempts");
    alice.sign_in("alice", PASSWORD).await.expect_problem(429, "too_many_attempts");
    world.wait(60);
    change(&mut alice, PASSWORD, NEW_PASSWORD).await.expect(204);
}

#[tokio::test]
async fn a_weak_new_password_changes_nothing() {
    let world = World::new().await;
    let (mut laptop, phone) = (world.signed_up("alice").await, world.signed_in("alice").await);
    for weak in ["", "short", "password1", "alice alice", &"plum kettle ".repeat(100)] {
        change(&mut laptop, PASSWORD, weak).await.expect_problem(422, "weak_password");
    }
    assert!(laptop.is_signed_in().await && phone.is_signed_in().await);
    world.browser().sign_in("alice", PASSWORD).await.expect(201);
}

#[tokio::test]
async fn a_busy_server_changes_no_password() {
    let world = World::new().await;
    let mut alice = world.signed_up("alice").await;
    world.keep_hasher_busy();
    change(&mut alice, PASSWORD, NEW_PASSWORD).await.expect_problem(503, "busy");
    assert!(alice.is_signed_in().await);
}
