//! Paths that are not there, and methods that are not.

use insta::assert_snapshot;

use crate::world::World;

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let world = World::new().await;
    let alice = world.signed_up("alice").await;
    assert_snapshot!(alice.ask("GET /v1/nothing").send().await, @r#"
    404 Not Found
    content-length: 98
    content-type: application/problem+json

    {
      "code": "not_found",
      "status": 404,
      "title": "Nothing is here",
      "type": "urn:bitjang:problem:not_found"
    }
    "#);
    for path in [
        "/v1",
        "/v1/",
        "/v1/session/",
        "/v1//session",
        "/V1/session",
        "/v1/Session",
        "/v1/session%2F",
        "/v1/sess%69on/x",
        "/v1/sessions/",
        "/v1/sessions/a/b",
        "/v1/session.json",
        "/v1/session;x=y",
        "/v1/../v1/session",
        "/v1/account/password/",
        "/v2/session",
        "/.env",
        "/.well-known/nothing",
        "/openapi.json/",
    ] {
        for method in ["GET", "DELETE"] {
            alice.ask(&format!("{method} {path}")).send().await.expect_problem(404, "not_found");
        }
    }
    assert!(alice.is_signed_in().await);
}

#[tokio::test]
async fn a_method_that_is_not_there_is_not_allowed() {
    let world = World::new().await;
    let alice = world.signed_up("alice").await;
    assert_snapshot!(alice.ask("PUT /v1/session").send().await, @r#"
    405 Method Not Allowed
    allow: POST,GET,HEAD,DELETE
    content-length: 132
    content-type: application/problem+json

    {
      "code": "method_not_allowed",
      "status": 405,
      "title": "This method is not allowed here",
      "type": "urn:bitjang:problem:method_not_allowed"
    }
    "#);
    for line in
        ["GET /v1/accounts", "POST /v1/csrf", "GET /v1/sessions/x", "POST /v1/account", "POST /openapi.json"]
    {
        alice.ask(line).send().await.expect_problem(405, "method_not_allowed");
    }
    for method in ["TRACE", "OPTIONS", "PATCH", "CONNECT", "PROPFIND", "get"] {
        let answer = alice.ask(&format!("{method} /v1/session")).send().await;
        assert!(!answer.expect_problem(405, "method_not_allowed").body.contains("cookie"));
    }
}

#[tokio::test]
async fn every_path_answers_to_its_documented_methods_only() {
    let world = World::new().await;
    let alice = world.signed_up("alice").await;
    let calls = world.calls();
    for path in world.document["paths"].as_object().unwrap().keys() {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            let line = format!("{method} {path}");
            let documented = calls.iter().any(|(call, _)| *call == line);
            // Without a token, so that nothing happens.
            let answer = alice.ask(&line.replace("{id}", "x")).without("x-csrf-token").send().await;
            assert_eq!(answer.status != 405, documented, "{line}");
        }
    }
}

#[tokio::test]
async fn head_is_answered_as_get_without_the_body() {
    let world = World::new().await;
    let alice = world.signed_up("alice").await;
    for path in ["/v1/session", "/v1/csrf", "/v1/sessions", "/v1/account", "/openapi.json"] {
        let (get, head) = (alice.ask(&format!("GET {path}")), alice.ask(&format!("HEAD {path}")));
        let (get, head) = (get.send().await, head.send().await);
        assert_eq!((head.status, &head.headers), (get.status, &get.headers), "{path}");
        assert_eq!(head.body, "", "{path}");
    }
    world.ask("HEAD /v1/session").send().await.expect(401);
}
