//! `/v1/session/token`: a short token for calls to another API.

use insta::assert_snapshot;

use crate::world::World;

#[tokio::test]
async fn a_page_is_handed_a_short_token() {
    let world = World::new().await;
    let mut alice = world.signed_up("alice").await;
    let answer = alice.call("POST /v1/session/token").await;
    assert_snapshot!(answer.masked(), @r#"
    200 OK
    content-length: 634
    content-type: application/json

    {
      "access_token": "(access token)",
      "expires_in": 300,
      "token_type": "Bearer"
    }
    "#);
    let bearer = format!("Bearer {}", answer.json()["access_token"].as_str().unwrap());
    let ask = world.ask("GET /v1/account").with("authorization", &bearer);
    assert_eq!(ask.clone().send().await.expect(200).json()["account"]["identifier"], "alice");
    world.wait(300);
    ask.send().await.expect_problem(401, "signed_out");
}

#[tokio::test]
async fn it_is_of_the_session_and_ends_with_it() {
    let world = World::new().await;
    let mut alice = world.signed_up("alice").await;
    let answer = alice.call("POST /v1/session/token").await.expect(200);
    let bearer = format!("Bearer {}", answer.json()["access_token"].as_str().unwrap());
    alice.call("DELETE /v1/session").await.expect(204);
    let ask = world.ask("GET /v1/account").with("authorization", &bearer);
    ask.send().await.expect_problem(401, "signed_out");
}

#[tokio::test]
async fn both_carriers_of_browsers_are_handed_one() {
    let world = World::new().await;
    world.signed_up("alice").await;
    let mut alice = world.with_token_cookies("alice").await;
    let answer = alice.call("POST /v1/session/token").await.expect(200);
    assert_eq!(answer.cookies_set(), [""; 0]);
    assert_eq!(answer.json()["token_type"], "Bearer");
}

#[tokio::test]
async fn a_program_refreshes_instead() {
    let world = World::new().await;
    world.signed_up("alice").await;
    let program = world.program("alice").await;
    program.call("POST /v1/session/token").await.expect_problem(403, "forbidden");
}

#[tokio::test]
async fn it_is_not_handed_out_without_the_csrf_token() {
    let world = World::new().await;
    let alice = world.signed_up("alice").await;
    let ask = alice.ask("POST /v1/session/token");
    ask.clone().without("x-csrf-token").send().await.expect_problem(403, "csrf_token");
    ask.set("sec-fetch-site", "cross-site").send().await.expect_problem(403, "cross_site");
    world.ask("POST /v1/session/token").send().await.expect_problem(401, "signed_out");
}
