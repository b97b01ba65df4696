//! One's own account: a new password, and the end of every other session, in one step.

use bitjang_core::session::EndedWhy;
use bitjang_core::{Event, PasswordChange};

use crate::hasher::{OUTDATED, hash};
use crate::script::Call;
use crate::world::{PASSWORD, World, code};

const NEW: &str = "another good password";

#[tokio::test]
async fn a_new_password_replaces_the_old_one_and_ends_every_other_session() {
    let world = World::new().await;
    let alice = world.person("alice");
    let (phone, laptop) = (alice.signs_up().await, alice.signs_in().await);
    let account = phone.proof().await.account().id;
    world.events();
    assert_eq!(code(phone.change_password(PASSWORD, NEW).await), "done");
    assert_eq!(world.events(), [Event::SessionsEnded(account, EndedWhy::PasswordChanged)]);
    assert!(phone.is_signed_in().await && !laptop.is_signed_in().await);
    assert_eq!(code(alice.sign_in().await), "bad_credentials");
    assert_eq!(code(alice.typing(NEW).sign_in().await), "done");
}

#[tokio::test]
async fn password_and_sessions_change_in_one_write() {
    let world = World::new().await;
    let phone = world.person("alice").signs_up().await;
    world.script.calls();
    phone.change_password(PASSWORD, NEW).await.unwrap();
    let writes = [Call::ReplaceAccount, Call::ReplaceSession, Call::InsertSession, Call::InsertAccount];
    let written: Vec<_> = world.script.calls().into_iter().filter(|call| writes.contains(call)).collect();
    assert_eq!(written, [Call::ReplaceAccount]);
}

#[tokio::test]
async fn every_refusal_has_its_code_and_changes_nothing() {
    let world = World::new().await;
    let phone = world.person("alice").signs_up().await;
    let longest = "x".repeat(1_025);
    let before = world.records().await;
    for (current, new, expected) in [
        ("not it", NEW, "bad_credentials"),
        ("", NEW, "bad_credentials"),
        (&longest, NEW, "bad_credentials"),
        (PASSWORD, "short", "weak_password"),
        (PASSWORD, &longest, "weak_password"),
        ("not it", "short", "bad_credentials"),
    ] {
        assert_eq!(code(phone.change_password(current, new).await), expected);
    }
    world.hasher.be_busy();
    assert_eq!(code(phone.change_password(PASSWORD, NEW).await), "busy");
    assert_eq!(world.records().await, before);
}

#[tokio::test]
async fn guessing_the_current_password_is_limited_like_signing_in() {
    let world = World::new().await;
    let phone = world.person("alice").signs_up().await;
    for _ in 0..10 {
        assert_eq!(code(phone.change_password("a guess", NEW).await), "bad_credentials");
    }
    assert_eq!(code(phone.change_password(PASSWORD, NEW).await), "too_many_attempts");
    assert_eq!(code(world.person("alice").sign_in().await), "too_many_attempts", "the bucket is the same");
}

#[tokio::test]
async fn changing_it_often_costs_no_attempt() {
    let world = World::new().await;
    let phone = world.person("alice").signs_up().await;
    for _ in 0..20 {
        assert_eq!(code(phone.change_password(PASSWORD, "short").await), "weak_password");
        assert_eq!(code(phone.change_password(PASSWORD, PASSWORD).await), "done");
    }
}

#[tokio::test]
async fn an_outdated_hash_can_be_changed_from() {
    let world = World::new().await;
    world.import("alice", hash(OUTDATED, PASSWORD)).await.unwrap();
    let phone = world.person("alice").signs_in().await;
    assert_eq!(code(phone.change_password(PASSWORD, NEW).await), "done");
}

#[tokio::test]
async fn a_session_that_ended_since_it_was_verified_does_not_change_the_password() {
    let world = World::new().await;
    let alice = world.person("alice");
    let (phone, laptop) = (alice.signs_up().await, alice.signs_in().await);
    let (by_epoch, by_itself) = (phone.proof().await, laptop.proof().await);
    laptop.end_others().await.unwrap();
    laptop.sign_out().await.unwrap();
    let before = world.records().await;
    for proof in [by_epoch, by_itself] {
        let change = PasswordChange { current: PASSWORD, new: NEW };
        let answer = world.auth.change_password(&proof, change, [192, 0, 2, 1].into()).await;
        assert_eq!(code(answer), "signed_out");
    }
    assert_eq!(world.records().await, before);
}
