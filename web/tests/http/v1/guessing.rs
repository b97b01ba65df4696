//! How many wrong passwords may be tried, and what does not help a guesser.

use insta::assert_snapshot;
use serde_json::json;

use crate::world::{ADDRESS, Answer, Ask, PASSWORD, World};

fn guess<'w>(world: &'w World, identifier: &str) -> Ask<'w> {
    world.ask("POST /v1/session").json(json!({"identifier": identifier, "password": "not the password"}))
}

async fn right(world: &World, address: &str) -> Answer {
    let body = json!({"identifier": "alice", "password": PASSWORD});
    world.ask("POST /v1/session").json(body).from(address).send().await
}

/// Ten wrong guesses at alice's password, which is as many as one address gets.
async fn spent() -> World {
    let world = World::new().await;
    world.signed_up("alice").await;
    for _ in 0..10 {
        guess(&world, "alice").send().await.expect_problem(401, "bad_credentials");
    }
    world
}

#[tokio::test]
async fn guessing_comes_to_an_end() {
    let world = spent().await;
    assert_snapshot!(guess(&world, "alice").send().await, @r#"
    429 Too Many Requests
    content-length: 116
    content-type: application/problem+json
    retry-after: 60

    {
      "code": "too_many_attempts",
      "status": 429,
      "title": "Too many attempts",
      "type": "urn:bitjang:problem:too_many_attempts"
    }
    "#);
    right(&world, ADDRESS).await.expect_problem(429, "too_many_attempts");
}

#[tokio::test]
async fn who_comes_back_when_told_is_let_through() {
    let world = spent().await;
    let answer = guess(&world, "alice").send().await;
    world.wait(answer.header("retry-after").unwrap().parse().unwrap());
    right(&world, ADDRESS).await.expect(201);
}

#[tokio::test]
async fn the_owner_gets_in_from_elsewhere_meanwhile() {
    let world = spent().await;
    right(&world, "198.51.100.1").await.expect(201);
}

#[tokio::test]
async fn no_other_spelling_gives_more_guesses() {
    let world = spent().await;
    for spelling in ["ALICE", " alice ", "ａｌｉｃｅ", "Alice\n"] {
        guess(&world, spelling).send().await.expect_problem(429, "too_many_attempts");
    }
}

#[tokio::test]
async fn no_forged_header_gives_more_guesses() {
    let world = spent().await;
    for header in ["x-forwarded-for", "x-real-ip", "forwarded", "true-client-ip", "cf-connecting-ip"] {
        let ask = guess(&world, "alice").with(header, "198.51.100.1");
        ask.send().await.expect_problem(429, "too_many_attempts");
    }
    guess(&world, "alice").from("::ffff:203.0.113.7").send().await.expect_problem(429, "too_many_attempts");
}

#[tokio::test]
async fn an_ipv6_network_is_one_guesser() {
    let world = World::new().await;
    world.signed_up("alice").await;
    for host in 0..10 {
        guess(&world, "alice").from(&format!("2001:db8::{host}")).send().await.expect(401);
    }
    guess(&world, "alice").from("2001:db8::ffff").send().await.expect_problem(429, "too_many_attempts");
    guess(&world, "alice").from("2001:db8:0:1::1").send().await.expect(401);
}

#[tokio::test]
async fn trying_one_password_everywhere_comes_to_an_end() {
    let world = World::new().await;
    for account in 0..200 {
        guess(&world, &format!("account{account}")).send().await.expect(401);
    }
    guess(&world, "one more").send().await.expect(401);
    guess(&world, "one-more").send().await.expect_problem(429, "too_many_attempts");
    let body = json!({"identifier": "one-more", "password": PASSWORD});
    let sign_up = world.ask("POST /v1/accounts").json(body);
    sign_up.send().await.expect_problem(429, "too_many_attempts");
}
