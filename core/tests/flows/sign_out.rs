//! Sign out: the session ends, whoever holds a copy of its cookie.

use bitjang_core::Event;
use bitjang_core::session::EndedWhy;
use bitjang_core::testing::Dice;
use bitjang_core::{Proof, SessionToken, Sessions as _};

use crate::script::{Call, Moment};
use crate::world::{OPERATOR, World, code, id, spliced};

#[tokio::test]
async fn signing_out_ends_every_copy_of_the_cookie_and_no_other_session() {
    let world = World::new().await;
    let (phone, laptop) = (world.person("alice").signs_up().await, world.person("alice").signs_in().await);
    let copy = phone.clone();
    assert_eq!(code(phone.sign_out().await), "done");
    assert!(!phone.is_signed_in().await && !copy.is_signed_in().await);
    assert!(laptop.is_signed_in().await);
}

#[tokio::test]
async fn signing_out_again_is_fine_and_told_once() {
    let world = World::new().await;
    let phone = world.person("alice").signs_up().await;
    world.events();
    for _ in 0..3 {
        assert_eq!(code(phone.sign_out().await), "done");
    }
    assert_eq!(world.events(), [Event::SessionEnded(phone.session, EndedWhy::SignedOut)]);
}

#[tokio::test]
async fn a_session_s_id_without_its_secret_ends_nothing() {
    let world = World::new().await;
    let (alice, bob) = (world.person("alice").signs_up().await, world.person("bob").signs_up().await);
    let before = world.records().await;
    let spliced = spliced(&alice.token, &bob.token);
    assert_eq!(spliced.session(), alice.session);
    let unknown = SessionToken::generate(&Dice::seeded(99));
    for token in [spliced, unknown] {
        assert_eq!(code(world.auth.sign_out(&Proof::SessionToken(token)).await), "signed_out");
    }
    assert_eq!(world.records().await, before);
}

#[tokio::test]
async fn a_session_that_ended_otherwise_can_still_be_signed_out() {
    let world = World::new().await;
    let (phone, laptop) = (world.person("alice").signs_up().await, world.person("alice").signs_in().await);
    laptop.end_others().await.unwrap();
    assert_eq!(code(phone.sign_out().await), "done");
    world.auth.disable(OPERATOR, &id("alice")).await.unwrap();
    assert_eq!(code(laptop.sign_out().await), "done");
}

#[tokio::test]
async fn a_slow_touch_does_not_revive_a_session() {
    let world = World::new().await;
    let phone = world.person("alice").signs_up().await;
    world.wait(7_200);
    let (_, out) =
        world.halting(Moment::Before(Call::ReplaceSession), phone.verify(), phone.sign_out()).await;
    assert_eq!(code(out), "done");
    assert!(!phone.is_signed_in().await);
    let stored = world.memory.find(phone.session).await.unwrap().unwrap();
    assert_eq!(stored.ended.unwrap().why, EndedWhy::SignedOut);
}

#[tokio::test]
async fn a_touch_in_between_does_not_save_a_session() {
    let world = World::new().await;
    let phone = world.person("alice").signs_up().await;
    world.wait(7_200);
    let (out, touched) =
        world.halting(Moment::Before(Call::ReplaceSession), phone.sign_out(), phone.verify()).await;
    assert_eq!((code(out), code(touched)), ("done", "done"));
    assert!(!phone.is_signed_in().await);
}
