//! One's own sessions: list them, end one, end all others.

use bitjang_core::session::EndedWhy;
use bitjang_core::{Event, SessionId};

use crate::world::{OPERATOR, World, code, id};

#[tokio::test]
async fn only_live_sessions_of_one_s_own_are_listed_the_latest_first() {
    let world = World::new().await;
    let alice = world.person("alice");
    let old = alice.signs_up().await;
    world.wait(1);
    let phone = alice.signs_in().await;
    world.person("bob").signs_up().await;
    world.wait(1);
    let laptop = alice.signs_in().await;
    old.sign_out().await.unwrap();
    assert_eq!(phone.sessions().await, [laptop.session, phone.session]);
    laptop.end_others().await.unwrap();
    assert_eq!(laptop.sessions().await, [laptop.session]);
}

#[tokio::test]
async fn an_expired_session_is_not_listed() {
    let world = World::new().await;
    world.person("alice").signs_up().await;
    world.wait(1_209_600);
    let laptop = world.person("alice").signs_in().await;
    assert_eq!(laptop.sessions().await, [laptop.session]);
}

#[tokio::test]
async fn a_session_is_ended_from_another_device() {
    let world = World::new().await;
    let (phone, laptop) = (world.person("alice").signs_up().await, world.person("alice").signs_in().await);
    world.events();
    for _ in 0..2 {
        assert_eq!(code(phone.end(laptop.session).await), "done", "again is fine");
    }
    assert_eq!(world.events(), [Event::SessionEnded(laptop.session, EndedWhy::FromAnotherDevice)]);
    assert!(!laptop.is_signed_in().await && phone.is_signed_in().await);
}

#[tokio::test]
async fn ending_one_s_own_session_is_signing_out() {
    let world = World::new().await;
    let phone = world.person("alice").signs_up().await;
    world.events();
    phone.end(phone.session).await.unwrap();
    assert_eq!(world.events(), [Event::SessionEnded(phone.session, EndedWhy::SignedOut)]);
    assert!(!phone.is_signed_in().await);
}

#[tokio::test]
async fn a_foreign_session_looks_like_a_missing_one() {
    let world = World::new().await;
    let (alice, bob) = (world.person("alice").signs_up().await, world.person("bob").signs_up().await);
    let before = world.records().await;
    for other in [bob.session, SessionId::from_bytes([9; 16])] {
        let refused = alice.end(other).await.unwrap_err();
        assert_eq!(format!("{refused:?}"), "Refused(NotFound)");
    }
    assert_eq!(world.records().await, before);
    assert!(bob.is_signed_in().await);
}

#[tokio::test]
async fn all_other_sessions_end_in_one_write() {
    let world = World::new().await;
    let alice = world.person("alice");
    let (phone, laptop, tablet) = (alice.signs_up().await, alice.signs_in().await, alice.signs_in().await);
    let bob = world.person("bob").signs_up().await;
    let account = phone.proof().await.account().id;
    world.events();
    phone.end_others().await.unwrap();
    assert_eq!(world.events(), [Event::SessionsEnded(account, EndedWhy::FromAnotherDevice)]);
    assert!(!laptop.is_signed_in().await && !tablet.is_signed_in().await);
    assert!(phone.is_signed_in().await && bob.is_signed_in().await);
    assert!(alice.signs_in().await.is_signed_in().await, "what begins later is not touched");
}

#[tokio::test]
async fn only_the_last_session_to_ask_is_spared() {
    let world = World::new().await;
    let alice = world.person("alice");
    let first = alice.signs_up().await;
    first.end_others().await.unwrap();
    let second = alice.signs_in().await;
    second.end_others().await.unwrap();
    assert!(!first.is_signed_in().await, "spared once is not spared for ever");
    let third = alice.signs_in().await;
    second.end_others().await.unwrap();
    assert!(second.is_signed_in().await, "who asks again is spared again");
    assert!(!third.is_signed_in().await);
}

#[tokio::test]
async fn a_spared_session_that_signs_out_stays_out() {
    let world = World::new().await;
    let phone = world.person("alice").signs_up().await;
    phone.end_others().await.unwrap();
    phone.sign_out().await.unwrap();
    assert!(!phone.is_signed_in().await);
}

#[tokio::test]
async fn a_session_that_ended_since_it_was_verified_ends_no_others() {
    let world = World::new().await;
    let alice = world.person("alice");
    let (phone, tablet, laptop) = (alice.signs_up().await, alice.signs_in().await, alice.signs_in().await);
    let (by_epoch, by_itself) = (phone.proof().await, tablet.proof().await);
    laptop.end(tablet.session).await.unwrap();
    assert_eq!(code(world.auth.end_other_sessions(&by_itself).await), "signed_out");
    laptop.end_others().await.unwrap();
    assert_eq!(code(world.auth.end_other_sessions(&by_epoch).await), "signed_out");
    assert!(laptop.is_signed_in().await);
}

#[tokio::test]
async fn a_disabled_account_ends_no_sessions_of_its_own() {
    let world = World::new().await;
    let phone = world.person("alice").signs_up().await;
    let proof = phone.proof().await;
    world.auth.disable(OPERATOR, &id("alice")).await.unwrap();
    assert_eq!(code(world.auth.end_other_sessions(&proof).await), "signed_out");
}
