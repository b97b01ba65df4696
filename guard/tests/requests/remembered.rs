//! That an access token was read before makes nobody good: each of these is asked once with it, and then again.

use axum::Router;
use axum::routing::get;
use bitjang_core::Carrier;
use bitjang_guard::SignedIn;

use crate::world::{Somebody, World, request, send};

async fn check(world: &World, authorization: &str) -> String {
    let app = Router::new().route("/", get(async |who: SignedIn| who.account().identifier.to_string()));
    let request = request("GET", "/", &[("authorization", authorization)]);
    send(&app.with_state(world.guard.clone()), request).await.brief()
}

/// Alice, whose access token has been read.
async fn alice(world: &World) -> Somebody {
    let alice = world.somebody_by(Carrier::Bearer, "alice").await;
    assert_eq!(check(world, &alice.bearer).await, "200 alice");
    alice
}

#[tokio::test]
async fn a_remembered_access_token_is_good_until_it_expires() {
    let world = World::new().await;
    let alice = alice(&world).await;
    world.wait(299);
    assert_eq!(check(&world, &alice.bearer).await, "200 alice");
    world.wait(1);
    for _ in 0..2 {
        assert_eq!(check(&world, &alice.bearer).await, "401 signed_out");
    }
}

#[tokio::test]
async fn a_remembered_access_token_is_not_from_the_future_either() {
    let world = World::new().await;
    world.wait(1_000);
    let alice = alice(&world).await;
    world.wait(-120);
    assert_eq!(check(&world, &alice.bearer).await, "200 alice", "so far apart may clocks be");
    world.wait(-1);
    assert_eq!(check(&world, &alice.bearer).await, "401 signed_out");
}

#[tokio::test]
async fn a_remembered_access_token_needs_its_key() {
    let world = World::new().await;
    let alice = alice(&world).await;
    world.start_over_with_a_new_key().await;
    for _ in 0..2 {
        assert_eq!(check(&world, &alice.bearer).await, "401 signed_out");
    }
}

#[tokio::test]
async fn a_remembered_access_token_needs_its_session() {
    let world = World::new().await;
    let alice = alice(&world).await;
    world.auth.sign_out(&alice.proof).await.unwrap();
    for _ in 0..2 {
        assert_eq!(check(&world, &alice.bearer).await, "401 signed_out");
    }
}

#[tokio::test]
async fn a_remembered_access_token_needs_its_account_s_epoch() {
    let world = World::new().await;
    let alice = alice(&world).await;
    world.sign_out_everywhere("alice").await;
    assert_eq!(check(&world, &alice.bearer).await, "401 signed_out");
}

#[tokio::test]
async fn a_store_that_is_down_is_said_to_be_though_the_token_is_remembered() {
    let world = World::new().await;
    let alice = alice(&world).await;
    world.cut_off_the_store();
    assert_eq!(check(&world, &alice.bearer).await, "503 unavailable");
}

#[tokio::test]
async fn what_differs_from_a_remembered_access_token_by_one_character_is_nobody_s() {
    let world = World::new().await;
    let alice = alice(&world).await;
    for place in "Bearer ".len()..alice.bearer.len() {
        let other = if alice.bearer.as_bytes()[place] == b'A' { "B" } else { "A" };
        let forged = format!("{}{other}{}", &alice.bearer[..place], &alice.bearer[place + 1..]);
        assert_eq!(check(&world, &forged).await, "401 signed_out", "{place}");
    }
    assert_eq!(check(&world, &alice.bearer).await, "200 alice");
}
