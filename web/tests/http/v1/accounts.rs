//! `/v1/accounts`: sign up.

use bitjang_core::auth::SignUp;
use insta::assert_snapshot;
use serde_json::json;

use crate::world::{Answer, PASSWORD, Plan, World};

async fn sign_up(world: &World, identifier: &str, password: &str) -> Answer {
    world.ask("POST /v1/accounts").json(json!({"identifier": identifier, "password": password})).send().await
}

#[tokio::test]
async fn signing_up_makes_an_account_and_signs_it_in() {
    let world = World::new().await;
    let mut alice = world.browser();
    let body = json!({"identifier": "alice@example.org", "password": PASSWORD, "name": " Alice ", "carrier": "cookie"});
    assert_snapshot!(alice.call_with("POST /v1/accounts", body).await, @r#"
    201 Created
    content-length: 430
    content-type: application/json
    set-cookie: __Host-bitjang=bjs_D7hEcv_isVkcaSydJdlNjOcWoWjNZd4UiKSdmXYQpkL5fWT2VdLKldFcia4LTcNY; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=2592000

    {
      "account": {
        "created_at": "2026-11-23T07:00:00Z",
        "id": "01a20734-5580-7e8f-a841-378f772c40db",
        "identifier": "alice@example.org",
        "name": "Alice",
        "roles": []
      },
      "csrf_token": "lBEcOHYPaJfJItayNtqgyPlrYMN1nssvPOzQepRkJYc",
      "session": {
        "carrier": "cookie",
        "created_at": "2026-11-23T07:00:00Z",
        "device": {
          "address": "203.0.113.7",
          "agent": "Firefox"
        },
        "expires_at": "2026-12-07T07:00:00Z",
        "id": "D7hEcv_isVkcaSydJdlNjA",
        "seen_at": "2026-11-23T07:00:00Z"
      }
    }
    "#);
    assert!(alice.is_signed_in().await);
}

#[tokio::test]
async fn two_spellings_of_an_identifier_are_one_account() {
    let world = World::new().await;
    let answer = sign_up(&world, " ＡＬＩＣＥ@Example.ORG\n", PASSWORD).await.expect(201);
    assert_eq!(answer.json()["account"]["identifier"], "alice@example.org");
    assert_snapshot!(sign_up(&world, "alice@EXAMPLE.org", PASSWORD).await, @r#"
    409 Conflict
    content-length: 120
    content-type: application/problem+json

    {
      "code": "identifier_taken",
      "status": 409,
      "title": "The identifier is taken",
      "type": "urn:bitjang:problem:identifier_taken"
    }
    "#);
}

#[tokio::test]
async fn a_weak_password_is_refused_with_a_reason() {
    let world = World::new().await;
    assert_snapshot!(sign_up(&world, "alice", "password").await, @r#"
    422 Unprocessable Entity
    content-length: 164
    content-type: application/problem+json

    {
      "code": "weak_password",
      "detail": "it is among the most common passwords",
      "status": 422,
      "title": "The password is too weak",
      "type": "urn:bitjang:problem:weak_password"
    }
    "#);
    let long = "plum kettle ".repeat(100);
    for (password, reason) in [
        ("", "at least 8"),
        ("kx7 q!z", "at least 8"),
        (long.as_str(), "1,024 bytes"),
        ("my alice kettle orbit", "contains the identifier"),
        ("qwertyuiop", "common"),
        ("abcabcabc", "guessed quickly"),
    ] {
        let answer = sign_up(&world, "alice", password).await.expect_problem(422, "weak_password");
        assert!(answer.json()["detail"].as_str().unwrap().contains(reason), "{password:?}: {answer}");
    }
}

#[tokio::test]
async fn an_identifier_that_could_deceive_is_refused() {
    let world = World::new().await;
    assert_snapshot!(sign_up(&world, "ali ce", PASSWORD).await, @r#"
    422 Unprocessable Entity
    content-length: 185
    content-type: application/problem+json

    {
      "code": "bad_identifier",
      "detail": "it has white space, control or invisible characters",
      "status": 422,
      "title": "The identifier cannot be used",
      "type": "urn:bitjang:problem:bad_identifier"
    }
    "#);
    let long = "a".repeat(255);
    for identifier in ["", " ", "ali\u{200b}ce", "ali\0ce", "\u{202e}ecila", "a@b", "alice@", "a\r\nb", &long]
    {
        sign_up(&world, identifier, PASSWORD).await.expect_problem(422, "bad_identifier");
    }
}

#[tokio::test]
async fn a_name_that_cannot_be_shown_is_refused() {
    let world = World::new().await;
    for name in ["", "  ", "a\nb", "a\0b", "\u{202e}ecila", &"a".repeat(101)] {
        let body = json!({"identifier": "alice", "password": PASSWORD, "name": name});
        world.ask("POST /v1/accounts").json(body).send().await.expect_problem(422, "bad_name");
    }
    sign_up(&world, "alice", PASSWORD).await.expect(201);
}

#[tokio::test]
async fn nobody_gives_themselves_more_than_a_name() {
    let world = World::new().await;
    for (field, value) in [
        ("roles", json!(["admin"])),
        ("role", json!("admin")),
        ("id", json!("00000000-0000-7000-8000-000000000000")),
        ("state", json!("active")),
        ("epoch", json!(9)),
        ("created_at", json!("1970-01-01T00:00:00Z")),
        ("account", json!({"roles": ["admin"]})),
        ("__proto__", json!({"roles": ["admin"]})),
        ("Identifier", json!("root")),
    ] {
        let mut body = json!({"identifier": "alice", "password": PASSWORD});
        body[field] = value;
        world.ask("POST /v1/accounts").json(body).send().await.expect_problem(400, "bad_request");
    }
    let answer = sign_up(&world, "alice", PASSWORD).await.expect(201);
    assert_eq!(answer.json()["account"]["roles"], json!([]));
}

#[tokio::test]
async fn a_closed_server_takes_no_accounts() {
    let world = World::of(Plan { sign_up: SignUp::Closed, ..Plan::default() }).await;
    assert_snapshot!(sign_up(&world, "alice", PASSWORD).await, @r#"
    403 Forbidden
    content-length: 110
    content-type: application/problem+json

    {
      "code": "sign_up_closed",
      "status": 403,
      "title": "Sign-up is closed",
      "type": "urn:bitjang:problem:sign_up_closed"
    }
    "#);
}

#[tokio::test]
async fn a_busy_server_says_when_to_come_back() {
    let world = World::new().await;
    world.keep_hasher_busy();
    assert_snapshot!(sign_up(&world, "alice", PASSWORD).await, @r#"
    503 Service Unavailable
    content-length: 110
    content-type: application/problem+json
    retry-after: 1

    {
      "code": "busy",
      "status": 503,
      "title": "Too much is being asked at the moment",
      "type": "urn:bitjang:problem:busy"
    }
    "#);
}

#[tokio::test]
async fn another_site_signs_nobody_up() {
    let world = World::new().await;
    let body = json!({"identifier": "alice", "password": PASSWORD});
    let ask = world.ask("POST /v1/accounts").json(body);
    ask.with("sec-fetch-site", "cross-site").send().await.expect_problem(403, "cross_site");
    sign_up(&world, "alice", PASSWORD).await.expect(201);
}
