//! `/v1/csrf`: what a page asks first after a reload.

use insta::assert_snapshot;

use crate::world::World;

#[tokio::test]
async fn a_page_asks_for_its_token_after_a_reload() {
    let world = World::new().await;
    let alice = world.signed_up("alice").await;
    let answer = alice.ask("GET /v1/csrf").without("x-csrf-token").send().await;
    assert_snapshot!(answer, @r#"
    200 OK
    content-length: 60
    content-type: application/json

    {
      "csrf_token": "lBEcOHYPaJfJItayNtqgyPlrYMN1nssvPOzQepRkJYc"
    }
    "#);
    assert_eq!(answer.json()["csrf_token"], alice.csrf_token());
}

#[tokio::test]
async fn a_token_belongs_to_one_session() {
    let world = World::new().await;
    let (first, second) = (world.signed_up("alice").await, world.signed_in("alice").await);
    assert_ne!(first.csrf_token(), second.csrf_token());
}

#[tokio::test]
async fn strangers_get_no_token() {
    let world = World::new().await;
    assert_snapshot!(world.ask("GET /v1/csrf").send().await, @r#"
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
async fn another_site_cannot_read_the_token() {
    let world = World::new().await;
    let alice = world.signed_up("alice").await;
    let ask =
        alice.ask("GET /v1/csrf").set("sec-fetch-site", "cross-site").with("origin", "https://evil.example");
    let answer = ask.send().await.expect(200);
    assert_eq!(answer.header("access-control-allow-origin"), None, "the browser keeps it from that page");
    assert_eq!(answer.header("cross-origin-resource-policy"), Some("same-origin"));
}
