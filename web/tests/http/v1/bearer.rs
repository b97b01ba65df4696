//! Carrier `bearer`: a program keeps its tokens itself.

use insta::assert_snapshot;
use serde_json::json;

use crate::world::{PASSWORD, World};

#[tokio::test]
async fn a_program_signs_in_and_is_handed_its_tokens() {
    let world = World::new().await;
    world.signed_up("alice").await;
    let body = json!({"identifier": "alice", "password": PASSWORD, "carrier": "bearer"});
    let answer = world.ask("POST /v1/session").json(body).send().await;
    assert_snapshot!(answer.masked(), @r#"
    201 Created
    content-length: 1135
    content-type: application/json

    {
      "access_token": "(access token)",
      "account": {
        "created_at": "2026-11-23T07:00:00Z",
        "id": "01a20734-5580-7e8f-a841-378f772c40db",
        "identifier": "alice",
        "name": null,
        "roles": []
      },
      "expires_in": 300,
      "refresh_token": "(refresh token)",
      "session": {
        "carrier": "bearer",
        "created_at": "2026-11-23T07:00:00Z",
        "device": {
          "address": "203.0.113.7",
          "agent": null
        },
        "expires_at": "2026-12-07T07:00:00Z",
        "id": "4WWQKh_Nl92hFbYZjJpGkQ",
        "seen_at": "2026-11-23T07:00:00Z"
      },
      "token_type": "Bearer"
    }
    "#);
}

#[tokio::test]
async fn a_program_signs_up_and_is_handed_the_same() {
    let world = World::new().await;
    let body = json!({"identifier": "alice", "password": PASSWORD, "carrier": "bearer"});
    let answer = world.ask("POST /v1/accounts").json(body).send().await;
    assert_snapshot!(answer.masked(), @r#"
    201 Created
    content-length: 1135
    content-type: application/json

    {
      "access_token": "(access token)",
      "account": {
        "created_at": "2026-11-23T07:00:00Z",
        "id": "01a20734-5580-7e8f-a841-378f772c40db",
        "identifier": "alice",
        "name": null,
        "roles": []
      },
      "expires_in": 300,
      "refresh_token": "(refresh token)",
      "session": {
        "carrier": "bearer",
        "created_at": "2026-11-23T07:00:00Z",
        "device": {
          "address": "203.0.113.7",
          "agent": null
        },
        "expires_at": "2026-12-07T07:00:00Z",
        "id": "D7hEcv_isVkcaSydJdlNjA",
        "seen_at": "2026-11-23T07:00:00Z"
      },
      "token_type": "Bearer"
    }
    "#);
}

#[tokio::test]
async fn an_access_token_says_what_rfc_9068_asks_for() {
    let world = World::new().await;
    world.signed_up("alice").await;
    let program = world.program("alice").await;
    assert_snapshot!(format!("{:#}", program.token_header()), @r#"
    {
      "alg": "Ed25519",
      "kid": "yYpbIYZUtwJwfNzOKvunexdPSQEtqv2QYS1nNMSensQ",
      "typ": "at+jwt"
    }
    "#);
    assert_snapshot!(format!("{:#}", program.token_claims()), @r#"
    {
      "amr": [
        "pwd"
      ],
      "aud": "http://localhost:8080",
      "auth_time": 1795417200,
      "client_id": "bitjang",
      "epoch": 1,
      "exp": 1795417500,
      "iat": 1795417200,
      "iss": "http://localhost:8080",
      "jti": "5gDJmEhSTy1pQMhozNSWoA",
      "roles": [],
      "sid": "4WWQKh_Nl92hFbYZjJpGkQ",
      "sub": "01a20734-5580-7e8f-a841-378f772c40db"
    }
    "#);
}

#[tokio::test]
async fn a_program_is_told_who_it_is_and_is_given_no_csrf_token() {
    let world = World::new().await;
    world.signed_up("alice").await;
    let program = world.program("alice").await;
    let answer = program.call("GET /v1/session").await;
    assert_snapshot!(answer.masked(), @r#"
    200 OK
    content-length: 351
    content-type: application/json

    {
      "account": {
        "created_at": "2026-11-23T07:00:00Z",
        "id": "01a20734-5580-7e8f-a841-378f772c40db",
        "identifier": "alice",
        "name": null,
        "roles": []
      },
      "session": {
        "carrier": "bearer",
        "created_at": "2026-11-23T07:00:00Z",
        "device": {
          "address": "203.0.113.7",
          "agent": null
        },
        "expires_at": "2026-12-07T07:00:00Z",
        "id": "4WWQKh_Nl92hFbYZjJpGkQ",
        "seen_at": "2026-11-23T07:00:00Z"
      }
    }
    "#);
    program.call("GET /v1/csrf").await.expect_problem(401, "signed_out");
    for path in ["/v1/account", "/v1/sessions"] {
        program.call(&format!("GET {path}")).await.expect(200);
    }
}

#[tokio::test]
async fn a_program_needs_no_csrf_token_from_wherever_it_asks() {
    let world = World::new().await;
    world.signed_up("alice").await;
    let program = world.program("alice").await;
    let ask = program.ask("DELETE /v1/sessions").with("sec-fetch-site", "cross-site");
    ask.with("origin", "https://evil.example").send().await.expect(204);
    assert!(program.is_signed_in().await);
}

#[tokio::test]
async fn signing_out_ends_every_copy_of_the_tokens() {
    let world = World::new().await;
    world.signed_up("alice").await;
    let mut program = world.program("alice").await;
    assert_snapshot!(program.call("DELETE /v1/session").await, @r"
    204 No Content
    content-length: 0
    ");
    assert!(!program.is_signed_in().await);
    let refused = program.call("GET /v1/session").await.expect_problem(401, "signed_out");
    assert_eq!(refused.header("www-authenticate"), Some(BETTER));
    program.refresh().await.expect_problem(401, "signed_out");
    program.call("DELETE /v1/session").await.expect(204);
    assert!(!program.is_signed_in().await, "asking again brings nothing back");
}

#[tokio::test]
async fn an_access_token_expires() {
    let world = World::new().await;
    world.signed_up("alice").await;
    let mut program = world.program("alice").await;
    world.wait(299);
    assert!(program.is_signed_in().await);
    world.wait(1);
    for line in ["GET /v1/session", "GET /v1/csrf", "GET /v1/sessions", "DELETE /v1/session"] {
        let refused = program.call(line).await.expect_problem(401, "signed_out");
        assert_eq!(refused.header("www-authenticate"), Some(BETTER), "{line}");
    }
    assert_snapshot!(program.call("GET /v1/session").await, @r#"
    401 Unauthorized
    content-length: 104
    content-type: application/problem+json
    www-authenticate: Bearer realm="Bitjang", error="invalid_token"

    {
      "code": "signed_out",
      "status": 401,
      "title": "Nobody is signed in",
      "type": "urn:bitjang:problem:signed_out"
    }
    "#);
    program.refresh().await.expect(200);
    assert!(program.is_signed_in().await);
}

/// What is told to whoever presents a token that is not good (RFC 6750, section 3.1).
const BETTER: &str = r#"Bearer realm="Bitjang", error="invalid_token""#;

#[tokio::test]
async fn no_token_is_taken_from_anywhere_else() {
    let world = World::new().await;
    world.signed_up("alice").await;
    let program = world.program("alice").await;
    let token = &program.access_token;
    let elsewhere = [
        world.ask(&format!("GET /v1/session?access_token={token}")),
        world.ask(&format!("GET /v1/session?token={token}")),
        world.ask("GET /v1/session").with("x-access-token", token),
        world.ask("GET /v1/session").with("proxy-authorization", format!("Bearer {token}")),
        world.ask("GET /v1/session").with("cookie", format!("access_token={token}")),
        world.ask("GET /v1/session").with("cookie", format!("__Host-bitjang={token}")),
        world.ask("GET /v1/session").with("cookie", format!("__Host-bitjang-refresh={token}")),
        world.ask("GET /v1/session").form(&[("access_token", token)]),
    ];
    for ask in elsewhere {
        let refused = ask.send().await.expect_problem(401, "signed_out");
        assert_eq!(
            refused.header("www-authenticate"),
            Some(r#"Bearer realm="Bitjang""#),
            "none was presented"
        );
    }
}

#[tokio::test]
async fn what_is_nearly_a_bearer_token_is_none() {
    let world = World::new().await;
    world.signed_up("alice").await;
    let program = world.program("alice").await;
    let token = &program.access_token;
    for value in [
        token.clone(),
        format!("Basic {token}"),
        format!("Token {token}"),
        format!("Bearer{token}"),
        format!("Bearer  {token}"),
        format!("Bearer\t{token}"),
        format!("Bearer \"{token}\""),
        format!("Bearer {token}, Bearer {token}"),
        format!("Bearer {token} x"),
        format!("Bearer Bearer {token}"),
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
    ] {
        let ask = world.ask("GET /v1/session").with("authorization", &value);
        ask.send().await.expect_problem(401, "signed_out");
    }
    let twice = program.ask("GET /v1/session").with("authorization", format!("Bearer {token}"));
    twice.send().await.expect_problem(401, "signed_out");
    world.ask("GET /v1/session").with("authorization", format!("bearer {token}")).send().await.expect(200);
}

#[tokio::test]
async fn the_token_says_who_is_asking_whatever_cookie_stands_beside_it() {
    let world = World::new().await;
    let alice = world.signed_up("alice").await;
    world.signed_up("carol").await;
    let carol = world.program("carol").await;
    let bearer = format!("Bearer {}", carol.access_token);
    let who = alice.ask("GET /v1/session").with("authorization", &bearer).send().await.expect(200).json();
    assert_eq!(who["account"]["identifier"], "carol");
    alice.ask("DELETE /v1/session").with("authorization", &bearer).send().await.expect(204);
    assert!(alice.is_signed_in().await && !carol.is_signed_in().await);
}
