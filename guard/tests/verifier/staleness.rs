//! A view that grows old, and what the app chose to do then.

use std::time::Duration;

use bitjang_core::testing::together;
use bitjang_guard::verifier::{Beyond, Clocks as _};
use http::StatusCode;

use crate::issuer::heartbeat;
use crate::world::{LAPTOP, World, until, word};

#[tokio::test]
async fn a_silent_feed_is_refused_by_default() {
    let world = World::new().await;
    let verifier = world.verifier().await;
    let token = world.token(LAPTOP);
    world.clocks.advance(10);
    assert_eq!(word(verifier.verify(&token)), "good");
    assert_eq!(verifier.staleness(), Some(Duration::from_secs(10)));
    world.clocks.advance(1);
    assert_eq!(word(verifier.verify(&token)), "feed_stale");
    assert_eq!(word(verifier.verify_or_ask(&token).await), "feed_stale");
    assert_eq!(world.issuer.session_requests(), 0);
    world.beat(5);
    until(&verifier, |health| health.heartbeats == 2).await;
    assert_eq!(word(verifier.verify(&token)), "good");
}

#[tokio::test]
async fn a_silent_feed_may_be_put_up_with_until_tokens_expire() {
    let world = World::new().await;
    let verifier = world.verifier_that(Beyond::AcceptUntilExpiry).await;
    let token = world.token(LAPTOP);
    world.clocks.advance(304);
    assert_eq!(word(verifier.verify(&token)), "good");
    world.clocks.advance(1);
    assert_eq!(word(verifier.verify(&token)), "token_expired");
}

#[tokio::test]
async fn the_issuer_may_be_asked_once_per_token_and_second() {
    let world = World::new().await;
    let verifier = world.verifier_that(Beyond::Ask).await;
    let token = world.token(LAPTOP);
    world.issuer.change(|script| script.session = StatusCode::OK);
    assert_eq!(word(verifier.verify_or_ask(&token).await), "good");
    assert_eq!(world.issuer.session_requests(), 0, "the view is young");

    world.clocks.advance(11);
    assert_eq!(word(verifier.verify(&token)), "feed_stale", "this one asks nobody");
    for answer in together((0..50).map(|_| verifier.verify_or_ask(&token))).await {
        assert_eq!(word(answer), "good");
    }
    assert_eq!(world.issuer.session_requests(), 1);

    world.issuer.change(|script| script.session = StatusCode::UNAUTHORIZED);
    assert_eq!(word(verifier.verify_or_ask(&token).await), "good", "for a second");
    world.clocks.advance(2);
    assert_eq!(word(verifier.verify_or_ask(&token).await), "token_revoked");
    world.issuer.change(|script| (script.session, script.roles) = (StatusCode::OK, Some(vec![])));
    world.clocks.advance(2);
    assert_eq!(
        word(verifier.verify_or_ask(&token).await),
        "token_revoked",
        "it says that she is a moderator"
    );
    let asked = world.issuer.session_requests();
    world.issuer.change(|script| script.session = StatusCode::SERVICE_UNAVAILABLE);
    world.clocks.advance(2);
    for answer in together((0..50).map(|_| verifier.verify_or_ask(&token))).await {
        assert_eq!(word(answer), "feed_stale");
    }
    assert_eq!(
        world.issuer.session_requests(),
        asked + 1,
        "nor does an issuer that cannot answer meet a storm"
    );
    world.issuer.stop();
    assert_eq!(word(verifier.verify_or_ask(&token).await), "feed_stale");
}

#[tokio::test]
async fn a_bad_token_is_not_asked_about() {
    let world = World::new().await;
    let verifier = world.verifier_that(Beyond::Ask).await;
    world.issuer.change(|script| script.session = StatusCode::OK);
    let token = world.token(LAPTOP);
    world.clocks.advance(11);
    let end = if token.ends_with('A') { "Q" } else { "A" };
    let forged = format!("{}{end}", &token[..token.len() - 1]);
    assert!(verifier.verify_or_ask(&forged).await.is_err());
    assert!(verifier.verify_or_ask("a.b.c").await.is_err());
    assert_eq!(world.issuer.session_requests(), 0);
}

#[tokio::test]
async fn heartbeats_that_were_held_back_do_not_make_the_view_young() {
    let world = World::new().await;
    let verifier = world.verifier().await;
    let (token, sent) = (world.token(LAPTOP), world.clocks.now().wall);
    world.clocks.advance(60);
    world.issuer.say([heartbeat(5, sent.plus(Duration::from_secs(2)))]);
    until(&verifier, |health| health.heartbeats == 2).await;
    assert_eq!(word(verifier.verify(&token)), "feed_stale");
}

#[tokio::test]
async fn clocks_that_differ_by_an_hour_do_not_matter_to_the_view() {
    let world = World::new().await;
    let server = world.clocks.now().wall.minus(Duration::from_secs(3_600));
    world.issuer.say([heartbeat(5, server)]);
    let verifier = world.following().start().unwrap();
    until(&verifier, |health| health.keys == 1 && health.heartbeats == 1).await;
    world.clocks.advance(4);
    world.issuer.say([heartbeat(5, server.plus(Duration::from_secs(4)))]);
    until(&verifier, |health| health.heartbeats == 2).await;
    assert_eq!(verifier.staleness(), Some(Duration::ZERO));
    world.clocks.advance(11);
    assert_eq!(word(verifier.verify(&world.token(LAPTOP))), "feed_stale");
}

#[tokio::test]
async fn a_wall_clock_that_is_set_forward_makes_the_view_old_until_the_next_heartbeat() {
    let world = World::new().await;
    let verifier = world.verifier().await;
    world.clocks.set_wall_by(3_600);
    let token = world.token(LAPTOP);
    assert_eq!(word(verifier.verify(&token)), "feed_stale");
    world.beat(5);
    until(&verifier, |health| health.heartbeats == 2).await;
    assert_eq!(word(verifier.verify(&token)), "good");
}
