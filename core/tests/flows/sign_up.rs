//! Sign up: who gets an account, and who is told why not.

use bitjang_core::account::Name;
use bitjang_core::auth::SignUp;
use bitjang_core::{Event, Rules};

use crate::world::{World, code, wait_of};

#[tokio::test]
async fn a_new_account_is_signed_in_at_once() {
    let world = World::new().await;
    let given = world.person("alice").sign_up().await.unwrap();
    let device = world.person("alice").device(&given);
    assert_eq!(device.proof().await.account().id, given.account.id);
    let told = [Event::SignedUp(given.account.id), Event::SignedIn(given.account.id, given.session.id)];
    assert_eq!(world.events(), told);
}

#[tokio::test]
async fn what_was_typed_is_kept_in_canonical_form() {
    let world = World::new().await;
    let given = world.person(" Alice@Example.ORG ").called(" Alice A. ").sign_up().await.unwrap();
    assert_eq!(given.account.identifier.as_str(), "alice@example.org");
    assert_eq!(given.account.name.as_ref().map(Name::as_str), Some("Alice A."));
    assert!(given.account.roles.as_slice().is_empty(), "nobody is trusted with anything by signing up");
}

#[tokio::test]
async fn every_refusal_has_its_code_and_makes_nothing() {
    let world = World::new().await;
    world.person("taken").signs_up().await;
    let before = (world.records().await, world.events()).0;
    let (longest, alice) = ("x".repeat(1_025), world.person("alice"));
    for (who, expected) in [
        (world.person("ali ce"), "bad_identifier"),
        (world.person(""), "bad_identifier"),
        (alice.called("a\nb"), "bad_name"),
        (alice.typing("short"), "weak_password"),
        (alice.typing(&longest), "weak_password"),
        (world.person("taken"), "identifier_taken"),
        (world.person("ＴＡＫＥＮ"), "identifier_taken"),
    ] {
        assert_eq!(code(who.sign_up().await), expected);
        assert_eq!(world.events(), [Event::SignUpRefused(expected)]);
    }
    assert_eq!(world.records().await, before);
}

#[tokio::test]
async fn a_closed_door_says_so_before_anything_else() {
    let world = World::under(Rules { sign_up: SignUp::Closed, ..Rules::default() }).await;
    assert_eq!(code(world.person("ali ce").typing("").sign_up().await), "sign_up_closed");
    assert_eq!(world.events(), [Event::SignUpRefused("sign_up_closed")]);
    assert!(world.script.calls().is_empty(), "the store is not asked");
}

#[tokio::test]
async fn a_busy_server_makes_no_account() {
    let world = World::new().await;
    world.hasher.be_busy();
    assert_eq!(code(world.person("alice").sign_up().await), "busy");
    assert!(world.records().await.is_empty());
    world.hasher.be_idle();
    assert_eq!(code(world.person("alice").sign_up().await), "done");
}

#[tokio::test]
async fn a_taken_identifier_costs_no_hash() {
    let world = World::new().await;
    world.person("alice").signs_up().await;
    world.hasher.hashes();
    assert_eq!(code(world.person("alice").sign_up().await), "identifier_taken");
    assert_eq!(world.hasher.hashes(), 0);
}

#[tokio::test]
async fn asking_which_names_are_taken_is_limited() {
    let world = World::new().await;
    world.person("alice").signs_up().await;
    for _ in 0..200 {
        assert_eq!(code(world.person("alice").sign_up().await), "identifier_taken");
    }
    let refused = world.person("alice").sign_up().await;
    assert_eq!(wait_of(refused).map(|wait| wait.as_secs()), Some(10));
    assert_eq!(code(world.person("bob").sign_up().await), "too_many_attempts", "whatever name is asked for");
    assert_eq!(code(world.person("bob").at([192, 0, 2, 2]).sign_up().await), "done");
}

#[tokio::test]
async fn choosing_a_better_password_and_signing_up_cost_no_attempt() {
    let world = World::new().await;
    for n in 0..300 {
        let name = format!("alice{n}");
        assert_eq!(code(world.person(&name).typing("short").sign_up().await), "weak_password");
        assert_eq!(code(world.person(&name).sign_up().await), "done");
    }
}
