//! The issuer's keys: read, read again, never in a storm.

use bitjang_core::testing::{Dice, together};
use bitjang_core::token::{Algorithm, SigningKey};

use crate::issuer::{heartbeat, jwks};
use crate::world::{LAPTOP, World, signing_key, until, within, word};
use bitjang_guard::verifier::Clocks as _;

#[tokio::test]
async fn a_storm_of_unknown_keys_reaches_the_issuer_once_in_half_a_minute() {
    let world = World::new().await;
    let verifier = world.verifier().await;
    let storm: Vec<String> =
        (2..102).map(|seed| world.token_by(&signing_key(seed), LAPTOP, |_| ())).collect();
    assert_eq!(world.issuer.key_requests(), 1);
    for (seconds, requests) in [(0, 1), (29, 1), (2, 2), (29, 2), (2, 3)] {
        world.clocks.advance(seconds);
        for answer in within(together(storm.iter().map(|token| verifier.verify_or_ask(token)))).await {
            assert_eq!(word(answer), "token_key");
        }
        assert_eq!(world.issuer.key_requests(), requests);
    }
}

#[tokio::test]
async fn a_token_under_a_new_key_waits_for_it() {
    let world = World::new().await;
    let verifier = world.verifier().await;
    let (old, new) = (world.token(LAPTOP), signing_key(2));
    world.issuer.change(|script| script.jwks = Some(jwks(&[&world.key, &new])));
    world.clocks.advance(31);
    world.issuer.say([heartbeat(5, world.clocks.now().wall)]);
    until(&verifier, |health| health.heartbeats == 2).await;
    let fresh = world.token_by(&new, LAPTOP, |_| ());
    assert_eq!(word(verifier.verify(&fresh)), "token_key", "this one waits for nobody");
    assert_eq!(word(within(verifier.verify_or_ask(&fresh)).await), "good");
    assert_eq!(word(verifier.verify(&old)), "good");
}

#[tokio::test]
async fn a_key_that_was_withdrawn_takes_its_remembered_tokens_along() {
    let world = World::new().await;
    let verifier = world.verifier().await;
    let (old, new) = (world.token(LAPTOP), signing_key(2));
    assert_eq!(word(verifier.verify(&old)), "good");
    world.issuer.change(|script| script.jwks = Some(jwks(&[&new])));
    world.clocks.advance(31);
    world.beat(5);
    until(&verifier, |health| health.heartbeats == 2).await;
    assert_eq!(word(verifier.verify(&old)), "good", "not heard yet");
    assert_eq!(word(within(verifier.verify_or_ask(&world.token_by(&new, LAPTOP, |_| ()))).await), "good");
    assert_eq!(word(verifier.verify(&old)), "token_key");
}

#[tokio::test]
async fn a_reading_that_fails_keeps_the_keys() {
    let world = World::new().await;
    let verifier = world.verifier().await;
    let unknown = world.token_by(&signing_key(2), LAPTOP, |_| ());
    let failures = [None, Some("{}".to_owned()), Some(r#"{"keys":[]}"#.to_owned()), Some("x".repeat(70_000))];
    for (failure, requests) in failures.into_iter().zip(2..) {
        world.issuer.change(|script| script.jwks = failure);
        world.clocks.advance(31);
        world.beat(5);
        until(&verifier, |health| health.heartbeats == requests).await;
        assert_eq!(word(within(verifier.verify_or_ask(&unknown)).await), "token_key");
        assert!(world.issuer.key_requests() as u64 >= requests);
        assert_eq!(word(verifier.verify(&world.token(LAPTOP))), "good");
    }
}

#[tokio::test]
async fn a_shared_secret_is_brought_along() {
    let world = World::new().await;
    let secret = SigningKey::generate(Algorithm::Hs256, &Dice::seeded(3)).unwrap();
    world.issuer.change(|script| script.jwks = None);
    world.beat(5);
    let verifier = world.following().key(secret.public().clone()).start().unwrap();
    within(verifier.ready()).await;
    assert_eq!(word(verifier.verify(&world.token_by(&secret, LAPTOP, |_| ()))), "good");
}
