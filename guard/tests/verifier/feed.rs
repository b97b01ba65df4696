//! Following the feed.

use std::sync::Arc;

use bitjang_core::Time;
use bitjang_guard::verifier::{CannotFollow, Clocks as _, Verifier};

use crate::issuer::entry;
use crate::world::{ALICE, LAPTOP, PHONE, World, until, within, word};

#[tokio::test]
async fn a_good_token_is_whose_it_says() {
    let world = World::new().await;
    let verifier = world.verifier().await;
    let caller = verifier.verify(&world.token(LAPTOP)).unwrap();
    assert_eq!((caller.account(), caller.session(), caller.epoch()), (ALICE, LAPTOP, 1));
    assert_eq!(caller.roles().collect::<Vec<_>>(), ["moderator"]);
    assert!(caller.has_role("moderator") && !caller.has_role("admin"));
    assert_eq!(caller.expires_at(), Time::from_micros(1_000_300_000_000));
}

#[tokio::test]
async fn a_revoked_session_is_refused_and_others_are_not() {
    let world = World::new().await;
    let verifier = world.verifier().await;
    world.revoke(6, LAPTOP);
    until(&verifier, |health| health.entries == 1).await;
    assert_eq!(word(verifier.verify(&world.token(LAPTOP))), "token_revoked");
    assert_eq!(word(verifier.verify(&world.token(PHONE))), "good");
}

#[tokio::test]
async fn a_raised_epoch_ends_all_older_sessions_but_the_spared_one() {
    let world = World::new().await;
    let verifier = world.verifier().await;
    let of = format!("\"account\":\"{ALICE}\",\"epoch\":2,\"spared\":\"{PHONE}\"");
    world.issuer.say([entry(6, &of, world.clocks.now().wall)]);
    until(&verifier, |health| health.entries == 1).await;
    assert_eq!(word(verifier.verify(&world.token(LAPTOP))), "token_revoked");
    assert_eq!(word(verifier.verify(&world.token(PHONE))), "good");
    let newer = world.token_by(&world.key, LAPTOP, |claims| claims.epoch = 2);
    assert_eq!(word(verifier.verify(&newer)), "good");
}

#[tokio::test]
async fn nobody_is_let_through_before_keys_and_feed_were_heard() {
    let world = World::new().await;
    let token = world.token(LAPTOP);
    let keys = world.issuer.key_requests();
    world.issuer.change(|script| script.jwks = None);
    let verifier = world.following().start().unwrap();
    assert_eq!(word(verifier.verify(&token)), "keys_unknown");
    world.issuer.change(|script| script.jwks = Some(crate::issuer::jwks(&[&world.key])));
    until(&verifier, |health| health.keys == 1).await;
    assert!(world.issuer.key_requests() > keys);
    assert_eq!(word(verifier.verify(&token)), "feed_stale");
    world.revoke(1, PHONE);
    until(&verifier, |health| health.entries == 1).await;
    assert_eq!(word(verifier.verify(&token)), "feed_stale", "there may be more to come");
    world.beat(1);
    until(&verifier, |health| health.heartbeats == 1).await;
    assert_eq!(word(verifier.verify(&token)), "good");
}

#[tokio::test]
async fn what_was_revoked_while_the_issuer_was_away_is_heard_after_its_return() {
    let world = World::new().await;
    let verifier = world.verifier().await;
    let token = world.token(LAPTOP);
    world.issuer.stop();
    assert_eq!(word(verifier.verify(&token)), "good", "nobody needs the issuer for a while");
    world.revoke(6, LAPTOP);
    world.beat(6);
    world.issuer.start().await;
    until(&verifier, |health| health.connections == 2 && health.entries == 1).await;
    assert_eq!(word(verifier.verify(&token)), "token_revoked");
    assert_eq!(verifier.health().distrusted, 0);
}

#[tokio::test]
async fn an_issuer_whose_feed_begins_anew_is_read_from_its_beginning() {
    let world = World::new().await;
    let verifier = world.verifier().await;
    world.revoke(6, PHONE);
    for (position, heartbeats) in (6..).zip(2..=25) {
        world.clocks.advance(4);
        world.beat(position);
        until(&verifier, |health| health.heartbeats == heartbeats).await;
    }
    world.issuer.change(|script| {
        script.era += 1;
        script.feed = Vec::new();
    });
    world.revoke(1, LAPTOP);
    world.beat(1);
    until(&verifier, |health| health.entries == 2 && health.heartbeats == 26).await;
    assert!(number(world.issuer.seen.feeds.lock().unwrap().last().unwrap()) > 1, "it was asked to go on");
    assert_eq!((verifier.health().distrusted, verifier.health().position.0), (0, 1));
    assert_eq!(word(verifier.verify(&world.token(LAPTOP))), "token_revoked");
    assert_eq!(word(verifier.verify(&world.token(PHONE))), "token_revoked", "what it had it keeps");
}

/// The number in a question for the feed.
fn number(query: &str) -> u64 {
    query.strip_prefix("after=").unwrap().split('-').next().unwrap().parse().unwrap()
}

#[tokio::test]
async fn reading_on_begins_before_where_it_ended() {
    let world = World::new().await;
    let verifier = world.verifier().await;
    for (position, heartbeats) in (6..).zip(2..=12) {
        world.clocks.advance(4);
        world.beat(position);
        until(&verifier, |health| health.heartbeats == heartbeats).await;
    }
    world.clocks.advance(50);
    world.issuer.change(|script| {
        script.era += 1;
        script.feed = Vec::new();
    });
    until(&verifier, |health| health.connections == 2).await;
    let feeds = world.issuer.seen.feeds.lock().unwrap().clone();
    let begun: Vec<u64> = feeds.iter().map(|query| number(query)).collect();
    assert_eq!(begun[0], 0);
    assert!((5..16).contains(&begun[1]), "{begun:?}: not from the beginning, and before the end");
}

#[tokio::test]
async fn the_last_verifier_takes_its_tasks_with_it() {
    let world = World::new().await;
    let verifier = world.verifier().await;
    let clocks = Arc::downgrade(&world.clocks);
    drop(verifier.clone());
    assert!(verifier.verify(&world.token(LAPTOP)).is_ok());
    drop((verifier, world));
    within(async {
        while clocks.strong_count() > 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn only_what_can_be_an_issuer_is_followed() {
    for bad in ["", "localhost:8080", "http://example.org", "https://example.org/?x"] {
        assert!(matches!(Verifier::follow(bad).start(), Err(CannotFollow::BadIssuer)), "{bad}");
    }
}

#[test]
fn a_verifier_needs_a_runtime() {
    assert!(matches!(Verifier::follow("http://localhost").start(), Err(CannotFollow::NoRuntime(_))));
}
