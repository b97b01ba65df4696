//! What the operator does at the console, and what becomes of the people it is done to.

use bitjang_core::account::{Roles, State};
use bitjang_core::session::EndedWhy;
use bitjang_core::{Account, Event, NewAccount, Sessions as _};

use crate::hasher::{CURRENT, OUTDATED, hash};
use crate::script::Call::ReplaceAccount;
use crate::script::Moment::Before;
use crate::world::{OPERATOR, PASSWORD, World, code, id, roles};

const DAY: u64 = 24 * 3_600;

#[tokio::test]
async fn an_added_account_can_sign_in_though_sign_up_is_closed() {
    let rules = bitjang_core::Rules { sign_up: bitjang_core::auth::SignUp::Closed, ..Default::default() };
    let world = World::under(rules).await;
    let new = NewAccount { identifier: "Alice", name: Some("A"), password: PASSWORD };
    let added = world.auth.add_account(OPERATOR, new, Roles::default()).await.unwrap();
    assert_eq!(added.identifier.as_str(), "alice");
    assert!(world.person("alice").signs_in().await.is_signed_in().await);
}

#[tokio::test]
async fn adding_an_account_is_refused_as_signing_up_is() {
    let world = World::new().await;
    world.person("taken").signs_up().await;
    for (identifier, name, password, expected) in [
        ("a b", None, PASSWORD, "bad_identifier"),
        ("alice", Some(""), PASSWORD, "bad_name"),
        ("alice", None, "short", "weak_password"),
        ("TAKEN", None, PASSWORD, "identifier_taken"),
    ] {
        let new = NewAccount { identifier, name, password };
        assert_eq!(code(world.auth.add_account(OPERATOR, new, Roles::default()).await), expected);
    }
}

#[tokio::test]
async fn an_import_run_again_leaves_what_is_there() {
    let world = World::new().await;
    world.import("alice", hash(OUTDATED, PASSWORD)).await.unwrap();
    world.person("alice").signs_in().await;
    let before = world.records().await;
    assert_eq!(before[0].0.password, hash(CURRENT, PASSWORD), "upgraded at the sign-in");
    assert_eq!(code(world.import("alice", hash(OUTDATED, PASSWORD)).await), "identifier_taken");
    assert_eq!(world.records().await, before);
}

#[tokio::test]
async fn accounts_are_listed_page_by_page() {
    let world = World::new().await;
    for n in 0..5 {
        world.wait(1);
        world.person(&format!("alice{n}")).signs_up().await;
    }
    let first = world.auth.accounts(OPERATOR, None, 3).await.unwrap();
    let rest = world.auth.accounts(OPERATOR, first.last().map(|account| account.id), 3).await.unwrap();
    let names: Vec<_> = first.iter().chain(&rest).map(|account| account.identifier.as_str()).collect();
    assert_eq!(names, ["alice0", "alice1", "alice2", "alice3", "alice4"]);
}

#[tokio::test]
async fn disabling_ends_every_session_and_bars_the_door() {
    let world = World::new().await;
    let phone = world.person("alice").signs_up().await;
    phone.end_others().await.unwrap();
    let laptop = world.person("alice").signs_in().await;
    world.events();
    let account = world.auth.disable(OPERATOR, &id("ALICE")).await.unwrap();
    assert_eq!(world.events(), [Event::SessionsEnded(account.id, EndedWhy::AccountDisabled)]);
    assert!(!phone.is_signed_in().await && !laptop.is_signed_in().await, "not even the spared one is left");
    assert_eq!(code(world.person("alice").sign_in().await), "bad_credentials");
}

#[tokio::test]
async fn the_operator_ends_every_session_and_leaves_the_door_open() {
    let world = World::new().await;
    let phone = world.person("alice").signs_up().await;
    phone.end_others().await.unwrap();
    let laptop = world.person("alice").signs_in().await;
    let other = world.person("bob").signs_up().await;
    world.events();
    let account = world.auth.end_sessions(OPERATOR, &id("ALICE")).await.unwrap();
    assert_eq!(world.events(), [Event::SessionsEnded(account.id, EndedWhy::ByOperator)]);
    assert!(!phone.is_signed_in().await && !laptop.is_signed_in().await, "not even the spared one is left");
    assert!(other.is_signed_in().await, "nobody else's has ended");
    assert!(world.person("alice").signs_in().await.is_signed_in().await);
}

#[tokio::test]
async fn enabling_opens_the_door_and_brings_no_session_back() {
    let world = World::new().await;
    let phone = world.person("alice").signs_up().await;
    phone.end_others().await.unwrap();
    world.auth.disable(OPERATOR, &id("alice")).await.unwrap();
    let account = world.auth.enable(OPERATOR, &id("alice")).await.unwrap();
    assert_eq!(account.state, State::Active);
    assert!(!phone.is_signed_in().await, "not even the one that had been spared");
    assert!(world.person("alice").signs_in().await.is_signed_in().await);
}

#[tokio::test]
async fn a_disabled_account_admits_no_session_of_any_epoch() {
    let world = World::new().await;
    let given = world.person("alice").sign_up().await.unwrap();
    assert!(given.account.admits(&given.session));
    let disabled = Account { state: State::Disabled, ..(*given.account).clone() };
    assert!(!disabled.admits(&given.session));
}

#[tokio::test]
async fn disabling_twice_is_fine() {
    let world = World::new().await;
    world.person("alice").signs_up().await;
    for _ in 0..2 {
        assert_eq!(code(world.auth.disable(OPERATOR, &id("alice")).await), "done");
    }
}

#[tokio::test]
async fn roles_are_in_force_at_the_next_request() {
    let world = World::new().await;
    let phone = world.person("alice").signs_up().await;
    for names in [&["moderator", "admin"][..], &[]] {
        world.auth.set_roles(OPERATOR, &id("alice"), &roles(names)).await.unwrap();
        assert_eq!(phone.proof().await.account().roles, roles(names));
    }
}

#[tokio::test]
async fn who_is_not_there_is_not_found() {
    let world = World::new().await;
    let (auth, nobody) = (&world.auth, id("nobody"));
    assert_eq!(code(auth.disable(OPERATOR, &nobody).await), "not_found");
    assert_eq!(code(auth.enable(OPERATOR, &nobody).await), "not_found");
    assert_eq!(code(auth.set_roles(OPERATOR, &nobody, &roles(&["admin"])).await), "not_found");
}

#[tokio::test]
async fn sweeping_removes_what_ended_a_day_ago_in_small_steps() {
    let world = World::new().await;
    let alice = world.person("alice");
    let living = alice.signs_up().await;
    for _ in 0..5 {
        alice.signs_in().await.sign_out().await.unwrap();
    }
    world.wait(DAY);
    let recent = alice.signs_in().await;
    recent.sign_out().await.unwrap();
    // Counters are swept beside the sessions; here all of them are full, and the first step takes them.
    while world.auth.sweep(OPERATOR, 2).await.unwrap() > 0 {}
    assert_eq!(world.records().await[0].1.len(), 7, "a day is not over before it is over");
    world.wait(1);
    let steps =
        [world.auth.sweep(OPERATOR, 2).await.unwrap(), world.auth.sweep(OPERATOR, 100).await.unwrap()];
    assert_eq!(steps, [2, 3]);
    let left: Vec<_> = world.records().await.remove(0).1.into_iter().map(|session| session.id).collect();
    assert_eq!(left, [recent.session, living.session]);
}

#[tokio::test]
async fn an_expired_session_is_swept_a_day_later() {
    let world = World::new().await;
    let phone = world.person("alice").signs_up().await;
    world.wait(1_209_600 + DAY);
    world.auth.sweep(OPERATOR, 100).await.unwrap();
    assert!(world.memory.find(phone.session).await.unwrap().is_some());
    world.wait(1);
    world.auth.sweep(OPERATOR, 100).await.unwrap();
    assert!(world.memory.find(phone.session).await.unwrap().is_none());
    assert_eq!(code(phone.verify().await), "signed_out");
    assert_eq!(code(phone.sign_out().await), "signed_out", "it is long forgotten");
}

#[tokio::test]
async fn sweeping_forgets_no_guess_that_still_counts() {
    let world = World::new().await;
    for _ in 0..10 {
        _ = world.person("nobody").sign_in().await;
    }
    world.auth.sweep(OPERATOR, 100).await.unwrap();
    assert_eq!(code(world.person("nobody").sign_in().await), "too_many_attempts");
}

#[tokio::test]
async fn a_disabling_that_comes_second_is_done_all_the_same() {
    let (world, name) = (World::new().await, id("alice"));
    let phone = world.person("alice").signs_up().await;
    let disabling = world.auth.disable(OPERATOR, &name);
    let (disabled, ended) = world.halting(Before(ReplaceAccount), disabling, phone.end_others()).await;
    assert_eq!((code(disabled), code(ended)), ("done", "done"));
    assert!(!phone.is_signed_in().await);
    assert_eq!(code(world.person("alice").sign_in().await), "bad_credentials");
}
