//! Pages of other origins: what a trusted one may send and read at every call of the document, and that no other may.

use http::StatusCode;
use insta::assert_snapshot;
use serde_json::json;

use crate::world::{Ask, PASSWORD, Plan, World};

const APP: &str = "https://app.example.org";

async fn world() -> World {
    World::of(Plan { trusted_origins: &[APP], ..Plan::default() }).await
}

/// The same request, as a page of a trusted origin on the same site sends it.
fn by_the_app(ask: Ask<'_>) -> Ask<'_> {
    ask.set("sec-fetch-site", "same-site").set("origin", APP)
}

/// What a browser asks before it sends what a page of `origin` wants sent.
fn preflight<'w>(world: &'w World, path: &str, method: &str, origin: &str) -> Ask<'w> {
    let ask = world.ask(&format!("OPTIONS {path}")).with("origin", origin);
    ask.with("access-control-request-method", method)
        .with("access-control-request-headers", "content-type,x-csrf-token")
}

/// Origins that are not trusted, though some look like one that is.
const STRANGERS: [&str; 9] = [
    "https://evil.example",
    "null",
    "*",
    "",
    "http://app.example.org",
    "https://app.example.org:8443",
    "https://app.example.org.evil.example",
    "https://evil.app.example.org",
    // Our own pages need no leave.
    "https://id.example.org",
];

#[tokio::test]
async fn a_trusted_page_may_ask_for_every_call_of_the_document() {
    let world = world().await;
    assert_snapshot!(preflight(&world, "/v1/session", "DELETE", APP).send().await, @r"
    204 No Content
    access-control-allow-credentials: true
    access-control-allow-headers: accept-language, authorization, content-type, x-csrf-token
    access-control-allow-methods: GET, POST, PUT, PATCH, DELETE
    access-control-allow-origin: https://app.example.org
    access-control-expose-headers: retry-after, x-request-id
    access-control-max-age: 7200
    allow: POST,GET,HEAD,DELETE
    content-length: 0
    vary: origin
    ");
    for (line, _) in world.calls().into_iter().filter(|(line, _)| line.contains(" /v1/")) {
        let (method, path) = line.split_once(' ').unwrap();
        let answer = preflight(&world, path, method, APP).send().await.expect(204);
        let methods = answer.header("access-control-allow-methods").unwrap();
        assert!(methods.split(", ").any(|allowed| allowed == method), "{line}");
    }
}

#[tokio::test]
async fn no_other_page_is_answered_as_if_it_were_trusted() {
    let world = world().await;
    let alice = world.signed_up("alice").await;
    for origin in STRANGERS {
        for (line, _) in world.calls() {
            let (method, path) = line.split_once(' ').unwrap();
            preflight(&world, path, method, origin).send().await.expect_problem(405, "method_not_allowed");
        }
        let answer = alice.ask("GET /v1/session").with("origin", origin).send().await.expect(200);
        assert_eq!(answer.header("access-control-allow-origin"), None, "{origin}");
    }
}

#[tokio::test]
async fn where_nobody_is_trusted_no_answer_says_a_word_of_it() {
    let world = World::new().await;
    let alice = world.signed_up("alice").await;
    for origin in STRANGERS.into_iter().chain([APP]) {
        let answer = alice.ask("GET /v1/session").with("origin", origin).send().await.expect(200);
        assert_eq!((answer.header("access-control-allow-origin"), answer.header("vary")), (None, None));
        preflight(&world, "/v1/session", "DELETE", origin).send().await.expect(405);
    }
}

#[tokio::test]
async fn a_trusted_page_reads_answers_and_refusals() {
    let world = world().await;
    let alice = world.signed_up("alice").await;
    for ask in [alice.ask("GET /v1/session"), world.ask("GET /v1/session"), alice.ask("PUT /v1/session")] {
        let answer = by_the_app(ask).send().await;
        assert_eq!(answer.header("access-control-allow-origin"), Some(APP), "{answer}");
    }
}

#[tokio::test]
async fn an_answer_that_depends_on_who_asks_says_so_whoever_asks() {
    let world = world().await;
    for ask in [
        world.ask("GET /v1/session"),
        world.ask("GET /v1/session").with("origin", "https://evil.example"),
        world.ask("OPTIONS /v1/session"),
        preflight(&world, "/v1/session", "GET", APP),
    ] {
        assert_eq!(ask.send().await.header("vary"), Some("origin"));
    }
}

#[tokio::test]
async fn a_trusted_page_signs_in_changes_something_and_signs_out() {
    let world = world().await;
    let mut alice = world.signed_up("alice").await;
    let body = json!({"identifier": "alice", "password": PASSWORD});
    let signed_in = by_the_app(world.ask("POST /v1/session").json(body)).send().await.expect(201);
    assert_eq!(signed_in.header("access-control-allow-origin"), Some(APP));
    by_the_app(alice.ask("DELETE /v1/sessions")).send().await.expect(204);
    by_the_app(alice.ask("POST /v1/session/token")).send().await.expect(200);
    by_the_app(alice.ask("DELETE /v1/session")).send().await.expect(204);
    alice.call("GET /v1/session").await.expect(401);
}

#[tokio::test]
async fn leave_to_read_is_no_leave_to_forge() {
    let world = world().await;
    let alice = world.signed_up("alice").await;
    let without_token = by_the_app(alice.ask("DELETE /v1/session")).without("x-csrf-token").send().await;
    // The page may read why.
    assert_eq!(without_token.header("access-control-allow-origin"), Some(APP));
    without_token.expect_problem(403, "csrf_token");
    assert!(alice.is_signed_in().await);
}

#[tokio::test]
async fn pages_are_read_by_no_other_origin() {
    let world = world().await;
    let alice = world.signed_up("alice").await;
    for path in ["/", "/sign-in", "/sign-up", "/account", "/sign-out", "/assets/nothing-0.js"] {
        let answer = by_the_app(alice.ask(&format!("GET {path}"))).send().await;
        assert_eq!(answer.header("access-control-allow-origin"), None, "{path}");
        let asked = preflight(&world, path, "POST", APP).send().await;
        assert_ne!(asked.status, StatusCode::NO_CONTENT, "{path}");
    }
}

#[tokio::test]
async fn what_is_public_is_there_for_every_page_but_without_cookies() {
    for world in [World::new().await, world().await] {
        for path in ["/.well-known/jwks.json", "/openapi.json"] {
            for origin in ["https://evil.example", "null", APP] {
                let answer =
                    world.ask(&format!("GET {path}")).with("origin", origin).send().await.expect(200);
                assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
                assert_eq!(
                    (answer.header("access-control-allow-credentials"), answer.header("vary")),
                    (None, None)
                );
            }
        }
    }
}
