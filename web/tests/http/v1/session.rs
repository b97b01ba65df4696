//! `/v1/session`: sign in, who is it, sign out.

use bitjang_core::{Identifier, Operator};
use insta::assert_snapshot;
use serde_json::json;

use crate::world::{Answer, NEW_PASSWORD, PASSWORD, SESSION, World};

async fn sign_in(world: &World, identifier: &str, password: &str) -> Answer {
    world.ask("POST /v1/session").json(json!({"identifier": identifier, "password": password})).send().await
}

#[tokio::test]
async fn signing_in_hands_out_a_cookie_and_a_csrf_token() {
    let world = World::new().await;
    world.signed_up("alice").await;
    assert_snapshot!(world.browser().sign_in("Alice", PASSWORD).await, @r#"
    201 Created
    content-length: 415
    content-type: application/json
    set-cookie: __Host-bitjang=bjs_4WWQKh_Nl92hFbYZjJpGkSIOq_eog7lCOn4pwuOK7d1jDDfcXKqw1seoHaNuYzJ9; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=2592000

    {
      "account": {
        "created_at": "2026-11-23T07:00:00Z",
        "id": "01a20734-5580-7e8f-a841-378f772c40db",
        "identifier": "alice",
        "name": null,
        "roles": []
      },
      "csrf_token": "ieRHkjwBzMn8I7xnxO8hqrseKoKgRoF3ZLpL1F8MUz0",
      "session": {
        "carrier": "cookie",
        "created_at": "2026-11-23T07:00:00Z",
        "device": {
          "address": "203.0.113.7",
          "agent": "Firefox"
        },
        "expires_at": "2026-12-07T07:00:00Z",
        "id": "4WWQKh_Nl92hFbYZjJpGkQ",
        "seen_at": "2026-11-23T07:00:00Z"
      }
    }
    "#);
}

/// The one is written by derived code, the other by hand.
#[tokio::test]
async fn who_is_signed_in_is_told_as_at_the_sign_in_whatever_they_are_called() {
    let world = World::new().await;
    let words = [
        ("\u{bbfc}\u{c544}", "plain"),
        ("o'hara", r#"a "name" with \ and /, <b>&amp;</b>"#),
        ("m\u{e4}", "\u{1f600} \u{bbfc}\u{c544}"),
    ];
    for (number, (identifier, text)) in words.into_iter().enumerate() {
        let body = json!({"identifier": identifier, "password": PASSWORD, "name": text});
        world.ask("POST /v1/accounts").json(body).send().await.expect(201);
        world.trust(identifier, ["member", "moderator"].get(..number).unwrap()).await;
        let sign_in = json!({"identifier": identifier, "password": PASSWORD});
        let begun =
            world.ask("POST /v1/session").with("user-agent", text).json(sign_in).send().await.expect(201);
        let cookie = begun.cookies_set()[0].split(';').next().unwrap().to_owned();
        let told = world.ask("GET /v1/session").with("cookie", cookie).send().await.expect(200);
        assert_eq!(told.json(), begun.json());
    }
}

#[tokio::test]
async fn a_stranger_and_a_wrong_password_look_the_same() {
    let world = World::new().await;
    world.signed_up("alice").await;
    world.signed_up("carol").await;
    let carol = Identifier::new("carol").unwrap();
    world.auth.disable(Operator::at_the_console(), &carol).await.unwrap();
    let wrong = sign_in(&world, "alice", NEW_PASSWORD).await.to_string();
    assert_snapshot!(wrong, @r#"
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
    assert_eq!(sign_in(&world, "mallory", NEW_PASSWORD).await.to_string(), wrong);
    assert_eq!(sign_in(&world, "carol", PASSWORD).await.to_string(), wrong, "a disabled account");
    assert_eq!(sign_in(&world, "no name\0at all", PASSWORD).await.to_string(), wrong);
}

#[tokio::test]
async fn a_password_is_taken_as_it_was_typed() {
    let world = World::new().await;
    let secret = " Plum\0kettle ｏｒｂｉｔ ";
    let body = json!({"identifier": "alice", "password": secret});
    world.ask("POST /v1/accounts").json(body).send().await.expect(201);
    let (trimmed, cut, long) = (secret.trim(), " Plum", format!("{secret}{}", "x".repeat(1_100)));
    for other in [trimmed, cut, &secret.to_lowercase(), &long, ""] {
        sign_in(&world, "alice", other).await.expect_problem(401, "bad_credentials");
    }
    sign_in(&world, "alice", " Plum\0kettle orbit ").await.expect(201);
}

#[tokio::test]
async fn every_sign_in_is_a_session_of_its_own() {
    let world = World::new().await;
    let mut alice = world.signed_up("alice").await;
    let before = alice.clone();
    alice.sign_in("alice", PASSWORD).await.expect(201);
    assert_ne!(alice.session().await, before.session().await);
    assert!(before.is_signed_in().await, "signing in again ends nothing");
}

#[tokio::test]
async fn a_cookie_that_was_planted_is_never_adopted() {
    let world = World::new().await;
    world.signed_up("alice").await;
    let mallory = world.signed_up("mallory").await;
    let planted = format!("{SESSION}={}", mallory.cookie(SESSION).unwrap());
    let body = json!({"identifier": "alice", "password": PASSWORD});
    let answer = world.ask("POST /v1/session").json(body).with("cookie", &planted).send().await.expect(201);
    assert!(!answer.cookies_set()[0].contains(&planted));
    let whose = mallory.ask("GET /v1/session").send().await.json();
    assert_eq!(whose["account"]["identifier"], "mallory");
}

#[tokio::test]
async fn a_session_says_whose_it_is() {
    let world = World::new().await;
    let alice = world.signed_up("alice").await;
    assert_snapshot!(alice.ask("GET /v1/session").send().await, @r#"
    200 OK
    content-length: 415
    content-type: application/json

    {
      "account": {
        "created_at": "2026-11-23T07:00:00Z",
        "id": "01a20734-5580-7e8f-a841-378f772c40db",
        "identifier": "alice",
        "name": null,
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
}

#[tokio::test]
async fn nobody_is_signed_in_without_a_cookie() {
    let world = World::new().await;
    assert_snapshot!(world.ask("GET /v1/session").send().await, @r#"
    401 Unauthorized
    content-length: 104
    content-type: application/problem+json
    www-authenticate: Bearer realm="Bitjang"

    {
      "code": "signed_out",
      "status": 401,
      "title": "Nobody is signed in",
      "type": "urn:bitjang:problem:signed_out"
    }
    "#);
}

#[tokio::test]
async fn a_session_travels_in_its_cookie_only() {
    let world = World::new().await;
    let alice = world.signed_up("alice").await;
    let token = alice.cookie(SESSION).unwrap();
    let elsewhere = [
        world.ask("GET /v1/session").with("authorization", format!("Bearer {token}")),
        world.ask("GET /v1/session").with("x-session", token),
        world.ask(&format!("GET /v1/session?{SESSION}={token}")),
        world.ask(&format!("GET /v1/session?access_token={token}")),
    ];
    for ask in elsewhere {
        ask.send().await.expect_problem(401, "signed_out");
    }
    for header in ["x-user", "x-forwarded-user", "remote-user", "x-account"] {
        world.ask("GET /v1/session").with(header, "alice").send().await.expect_problem(401, "signed_out");
    }
}

#[tokio::test]
async fn signing_out_is_real_for_every_copy_of_the_cookie() {
    let world = World::new().await;
    let mut alice = world.signed_up("alice").await;
    let copy = alice.clone();
    assert_snapshot!(alice.call("DELETE /v1/session").await, @r"
    204 No Content
    content-length: 0
    set-cookie: __Host-bitjang=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0
    ");
    assert_eq!(alice.cookie(SESSION), None);
    assert!(!copy.is_signed_in().await);
    copy.ask("DELETE /v1/session").send().await.expect(204);
    assert!(!copy.is_signed_in().await, "asking again brings nothing back");
}

#[tokio::test]
async fn signing_out_without_a_session_is_refused() {
    let world = World::new().await;
    world.ask("DELETE /v1/session").send().await.expect_problem(401, "signed_out");
}

#[tokio::test]
async fn a_session_that_nobody_uses_ends() {
    let world = World::new().await;
    let (used, forgotten) = (world.signed_up("alice").await, world.signed_in("alice").await);
    world.wait(1_209_599);
    assert!(used.is_signed_in().await);
    world.wait(1);
    assert!(used.is_signed_in().await);
    forgotten.ask("GET /v1/session").send().await.expect_problem(401, "signed_out");
}

#[tokio::test]
async fn a_session_in_use_lasts_until_its_absolute_end() {
    let world = World::new().await;
    let alice = world.signed_up("alice").await;
    for _ in 0..29 {
        world.wait(86_400);
        assert!(alice.is_signed_in().await);
    }
    world.wait(86_399);
    assert!(alice.is_signed_in().await);
    world.wait(1);
    assert!(!alice.is_signed_in().await);
}

#[tokio::test]
async fn disabling_an_account_ends_its_sessions() {
    let world = World::new().await;
    let alice = world.signed_up("alice").await;
    let operator = Operator::at_the_console();
    let identifier = Identifier::new("alice").unwrap();
    world.auth.disable(operator, &identifier).await.unwrap();
    assert!(!alice.is_signed_in().await);
    world.auth.enable(operator, &identifier).await.unwrap();
    assert!(!alice.is_signed_in().await, "what ended stays ended");
    sign_in(&world, "alice", PASSWORD).await.expect(201);
}
