//! Verify: a cookie says who is asking, as long as its session lasts and not a moment longer.

use std::time::Duration;

use bitjang_core::session::Lifetime;
use bitjang_core::testing::{Dice, at};
use bitjang_core::{Event, Proof, Rules, SessionToken};

use crate::script::{Call, Moment};
use crate::world::{World, code, spliced};

/// Sessions that last 1,600 s unused, 10,000 s at most, and are touched after 100 s.
async fn brief() -> World {
    let lifetime = Lifetime { idle: Duration::from_secs(1_600), absolute: Duration::from_secs(10_000) };
    World::under(Rules { lifetime, ..Rules::default() }).await
}

#[tokio::test]
async fn a_token_proves_its_session_and_its_account() {
    let world = World::new().await;
    let device = world.person("alice").signs_up().await;
    let proof = device.proof().await;
    assert_eq!(proof.account().identifier.as_str(), "alice");
    assert_eq!(proof.session().id, device.session);
}

#[tokio::test]
async fn a_session_s_id_without_its_secret_proves_nothing() {
    let world = World::new().await;
    let mut alice = world.person("alice").signs_up().await;
    let bob = world.person("bob").signs_up().await;
    alice.token = spliced(&alice.token, &bob.token);
    assert_eq!(code(alice.verify().await), "signed_out");
}

#[tokio::test]
async fn a_token_nobody_was_given_proves_nothing() {
    let world = World::new().await;
    world.person("alice").signs_up().await;
    let forged = SessionToken::generate(&Dice::seeded(99));
    assert_eq!(code(world.auth.verify(&Proof::SessionToken(forged)).await), "signed_out");
}

#[tokio::test]
async fn an_unused_session_ends_when_its_idle_time_is_over() {
    let world = brief().await;
    let device = world.person("alice").signs_up().await;
    world.wait(1_599);
    assert!(device.is_signed_in().await, "which is a use");
    world.wait(1_599);
    assert!(device.is_signed_in().await);
    world.wait(1_600);
    assert!(!device.is_signed_in().await);
}

#[tokio::test]
async fn a_busy_session_ends_when_its_time_is_over() {
    let world = brief().await;
    let device = world.person("alice").signs_up().await;
    for _ in 0..99 {
        world.wait(101);
        assert!(device.is_signed_in().await);
    }
    world.wait(1);
    assert!(!device.is_signed_in().await, "10,000 s after it began");
}

#[tokio::test]
async fn a_use_is_written_down_only_now_and_then() {
    let world = brief().await;
    let device = world.person("alice").signs_up().await;
    world.script.calls();
    for (waited, written) in [(0, false), (100, false), (1, true), (99, false), (1, false), (1, true)] {
        world.wait(waited);
        assert!(device.is_signed_in().await);
        assert_eq!(world.script.calls().contains(&Call::ReplaceSession), written, "after {waited} s more");
    }
}

#[tokio::test]
async fn a_use_that_cannot_be_written_down_signs_nobody_out() {
    let world = brief().await;
    let device = world.person("alice").signs_up().await;
    world.events();
    world.script.fail(Moment::Before(Call::ReplaceSession));
    world.wait(1_000);
    assert!(device.is_signed_in().await);
    assert_eq!(world.events(), [Event::PutOff("reach the store")]);
}

#[tokio::test]
async fn a_clock_set_back_signs_nobody_out_and_writes_nothing() {
    let world = brief().await;
    let device = world.person("alice").signs_up().await;
    let before = world.records().await;
    world.clock.set(at(1));
    assert!(device.is_signed_in().await);
    assert_eq!(world.records().await, before);
}

#[tokio::test]
async fn a_clock_that_jumps_ahead_and_back_again_leaves_no_trace() {
    let world = brief().await;
    let device = world.person("alice").signs_up().await;
    let before = world.records().await;
    world.clock.set(at(400_000_000));
    assert!(!device.is_signed_in().await);
    world.clock.set(at(1_000_000));
    assert!(device.is_signed_in().await);
    assert_eq!(world.records().await, before);
}

#[tokio::test]
async fn a_dead_session_is_not_written_to() {
    let world = brief().await;
    let (ended, expired) = (world.person("alice").signs_up().await, world.person("bob").signs_up().await);
    ended.sign_out().await.unwrap();
    world.wait(1_600);
    world.script.calls();
    assert!(!ended.is_signed_in().await && !expired.is_signed_in().await);
    assert!(!world.script.calls().contains(&Call::ReplaceSession));
}
