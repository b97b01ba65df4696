//! Sign in: whoever knows the password gets a new session, and everybody else learns nothing.

use bitjang_core::Event;
use bitjang_core::password::PasswordHash;

use crate::hasher::{CURRENT, OUTDATED, hash};
use crate::script::{Call, Moment};
use crate::world::{OPERATOR, PASSWORD, World, code, id, roles};

#[tokio::test]
async fn the_right_password_begins_a_session() {
    let world = World::new().await;
    let alice = world.person("alice");
    let account = alice.sign_up().await.unwrap().account;
    world.events();
    let given = alice.sign_in().await.unwrap();
    assert_eq!(given.account.id, account.id);
    assert_eq!(world.events(), [Event::SignedIn(account.id, given.session.id)]);
    assert!(alice.device(&given).is_signed_in().await);
}

#[tokio::test]
async fn every_sign_in_begins_a_session_of_its_own() {
    let world = World::new().await;
    let alice = world.person("alice");
    let (phone, laptop) = (alice.signs_up().await, alice.signs_in().await);
    assert_ne!(phone.session, laptop.session);
    assert_ne!(*phone.token.reveal(), *laptop.token.reveal());
    assert!(phone.is_signed_in().await && laptop.is_signed_in().await);
}

#[tokio::test]
async fn every_spelling_of_an_identifier_names_the_one_account() {
    let world = World::new().await;
    let account = world.person("fiona").sign_up().await.unwrap().account;
    for spelling in ["FIONA", " fiona ", "ﬁona", "ｆｉｏｎａ"] {
        assert_eq!(world.person(spelling).sign_in().await.unwrap().account.id, account.id, "{spelling:?}");
    }
}

#[tokio::test]
async fn a_password_is_the_same_on_every_keyboard() {
    let world = World::new().await;
    world.person("alice").typing("Cafe\u{301} con leche").signs_up().await;
    assert_eq!(code(world.person("alice").typing("Café con leche").sign_in().await), "done");
}

/// Somebody signs in who is known, unknown, locked out, or whose stored hash nobody can read, with the right password or a wrong one.
async fn world_of_strangers() -> World {
    let world = World::new().await;
    for name in ["alice", "disabled"] {
        world.person(name).signs_up().await;
    }
    world.auth.disable(OPERATOR, &id("disabled")).await.unwrap();
    world.import("unusable", PasswordHash::from_store("*".to_owned())).await.unwrap();
    world.import("disabled-outdated", hash(OUTDATED, PASSWORD)).await.unwrap();
    world.auth.disable(OPERATOR, &id("disabled-outdated")).await.unwrap();
    world.events();
    world.hasher.hashes();
    world.script.calls();
    world
}

const STRANGERS: [(&str, &str); 7] = [
    ("alice", "not her password"),
    ("alice", ""),
    ("nobody", PASSWORD),
    ("disabled", PASSWORD),
    ("disabled", "not the password"),
    ("unusable", PASSWORD),
    ("disabled-outdated", PASSWORD),
];

#[tokio::test]
async fn strangers_are_all_answered_alike() {
    let world = world_of_strangers().await;
    let before = world.records().await;
    for (name, password) in STRANGERS {
        let refused = world.person(name).typing(password).sign_in().await.unwrap_err();
        assert_eq!(format!("{refused:?}"), "Refused(BadCredentials)", "{name} {password}");
        assert!(world.events().contains(&Event::SignInRefused("bad_credentials")), "{name} {password}");
    }
    assert_eq!(world.records().await, before);
}

#[tokio::test]
async fn strangers_all_cost_one_hash_and_the_same_calls() {
    let world = world_of_strangers().await;
    for (name, password) in STRANGERS {
        _ = world.person(name).typing(password).sign_in().await;
        assert_eq!(world.hasher.hashes(), 1, "{name} {password}");
        assert_eq!(
            world.script.calls(),
            [Call::NameAccount, Call::TakeAttempt, Call::Check],
            "{name} {password}"
        );
    }
}

#[tokio::test]
async fn strangers_all_run_out_of_attempts_at_the_same_time() {
    for (name, password) in STRANGERS {
        let world = world_of_strangers().await;
        let stranger = world.person(name).typing(password);
        for _ in 0..10 {
            assert_eq!(code(stranger.sign_in().await), "bad_credentials", "{name} {password}");
        }
        assert_eq!(code(stranger.sign_in().await), "too_many_attempts", "{name} {password}");
    }
}

#[tokio::test]
async fn what_cannot_be_an_identifier_or_a_password_costs_nothing() {
    let world = World::new().await;
    world.person("alice").signs_up().await;
    world.hasher.hashes();
    world.script.calls();
    for who in [world.person("ali ce"), world.person(""), world.person("alice").typing(&"x".repeat(2_000))] {
        assert_eq!(code(who.sign_in().await), "bad_credentials");
    }
    assert_eq!((world.hasher.hashes(), world.script.calls()), (0, vec![]));
}

#[tokio::test]
async fn an_unreadable_hash_is_reported_to_the_operator() {
    let world = World::new().await;
    let account = world.import("alice", PasswordHash::from_store("*".to_owned())).await.unwrap();
    assert_eq!(code(world.person("alice").sign_in().await), "bad_credentials");
    assert_eq!(
        world.events(),
        [Event::PasswordUnusable(account.id), Event::SignInRefused("bad_credentials")]
    );
}

#[tokio::test]
async fn a_busy_server_says_so_and_begins_nothing() {
    let world = World::new().await;
    world.person("alice").signs_up().await;
    let before = (world.records().await, world.events()).0;
    world.hasher.be_busy();
    for name in ["alice", "nobody"] {
        assert_eq!(code(world.person(name).sign_in().await), "busy");
        assert_eq!(world.events(), [Event::SignInRefused("busy")]);
    }
    assert_eq!(world.records().await, before);
}

#[tokio::test]
async fn an_outdated_hash_is_brought_up_to_date_at_sign_in() {
    let world = World::new().await;
    let account = world.import("alice", hash(OUTDATED, PASSWORD)).await.unwrap();
    assert_eq!(code(world.person("alice").typing("not it").sign_in().await), "bad_credentials");
    world.events();
    let device = world.person("alice").signs_in().await;
    assert_eq!(
        world.events(),
        [Event::PasswordUpgraded(account.id), Event::SignedIn(account.id, device.session)]
    );
    assert_eq!(world.records().await[0].0.password, hash(CURRENT, PASSWORD));
    let next = world.person("alice").signs_in().await;
    assert_eq!(world.events(), [Event::SignedIn(account.id, next.session)], "once is enough");
    assert!(device.is_signed_in().await, "an upgrade ends no session");
}

#[tokio::test]
async fn an_upgrade_that_loses_to_another_write_undoes_nothing_and_turns_nobody_away() {
    let world = World::new().await;
    let (alice, name, trusted) = (world.person("alice"), id("alice"), roles(&["moderator"]));
    world.import("alice", hash(OUTDATED, PASSWORD)).await.unwrap();
    let trust = world.auth.set_roles(OPERATOR, &name, &trusted);
    let (given, _) = world.halting(Moment::Before(Call::ReplaceAccount), alice.sign_in(), trust).await;
    assert!(alice.device(&given.unwrap()).is_signed_in().await);
    let stored = world.records().await.remove(0).0;
    assert_eq!((stored.roles, stored.password), (trusted, hash(OUTDATED, PASSWORD)));
    alice.signs_in().await;
    assert_eq!(world.records().await[0].0.password, hash(CURRENT, PASSWORD), "the next sign-in upgrades");
}

#[tokio::test]
async fn an_upgrade_that_loses_to_a_password_change_leaves_the_new_password_and_a_dead_session() {
    let world = World::new().await;
    let alice = world.person("alice");
    world.import("alice", hash(CURRENT, PASSWORD)).await.unwrap();
    let phone = alice.signs_in().await;
    set_hash(&world, OUTDATED).await;
    let change = phone.change_password(PASSWORD, "another good password");
    let (given, changed) = world.halting(Moment::Before(Call::ReplaceAccount), alice.sign_in(), change).await;
    assert_eq!(code(changed), "done");
    assert!(!alice.device(&given.unwrap()).is_signed_in().await);
    assert_eq!(world.records().await[0].0.password, hash(CURRENT, "another good password"));
}

/// Puts the hash of the password under the parameters of `scheme` in the place of the stored one.
async fn set_hash(world: &World, scheme: &str) {
    let stored = world.records().await.remove(0).0;
    let outdated = stored.upgrading_password(hash(scheme, PASSWORD));
    let commit = bitjang_core::Accounts::replace(&*world.memory, outdated, None).await.unwrap();
    assert_eq!(commit, bitjang_core::Commit::Done);
}

#[tokio::test]
async fn an_upgrade_that_cannot_be_written_turns_nobody_away() {
    let world = World::new().await;
    world.import("alice", hash(OUTDATED, PASSWORD)).await.unwrap();
    world.script.fail(Moment::Before(Call::ReplaceAccount));
    let device = world.person("alice").signs_in().await;
    assert_eq!(world.events()[0], Event::PutOff("reach the store"));
    assert!(device.is_signed_in().await);
}
