//! Invariant 7: a token that a slow flow hands out does not outlive the revocation that the flow missed.

use bitjang_core::Carrier;
use bitjang_core::testing::at;

use crate::holder::Holder;
use crate::revocation::{End, Scene, feed, passes};
use crate::script::Call::{FindAccount, FindSession, NameAccount};
use crate::script::Moment::After;
use crate::tokens::part;
use crate::world::{PASSWORD, World};

const NEW: &str = "another good password";

#[tokio::test]
async fn invariant_7_no_token_outlives_its_revocation_however_slow_the_flow_that_minted_it() {
    for moment in [After(FindSession), After(FindAccount)] {
        for end in [End::SignedOut, End::AllOthers, End::PasswordChanged, End::Disabled] {
            let world = World::new().await;
            let scene = Scene::set(&world).await;
            // The spent token again: no commit stands between the read and the answer.
            let second = scene.live.gone_on().await;
            let ending = async {
                _ = scene.end(end).await;
                world.wait(250);
            };
            let (late, ()) = world.halting(moment, scene.live.refresh(), ending).await;
            let Ok(given) = late else { continue };
            let late = Holder::of(&world, &given);
            let expires_at = at(part(&late.access, 1)["exp"].as_i64().unwrap());
            assert!(expires_at <= feed(&world).await[0].until, "{moment:?} {end:?}");
            assert!(!passes(&world, &late.access).await, "{moment:?} {end:?}");
            assert!(!second.is_signed_in().await, "{moment:?} {end:?}");
        }
    }
}

#[tokio::test]
async fn invariant_7_no_token_of_a_slow_sign_in_outlives_the_password_change_that_it_missed() {
    let world = World::new().await;
    let alice = world.person("alice");
    let phone = alice.signs_up().await;
    let change = async {
        phone.change_password(PASSWORD, NEW).await.unwrap();
        world.wait(250);
    };
    let (late, ()) = world.halting(After(NameAccount), alice.by(Carrier::Bearer).sign_in(), change).await;
    // The guess was right when the account was read; by now it is not.
    let late = Holder::of(&world, &late.unwrap());
    let expires_at = at(part(&late.access, 1)["exp"].as_i64().unwrap());
    assert!(expires_at <= feed(&world).await[0].until);
    assert_eq!(late.expires_in.as_secs(), 50, "what is left of it");
}

#[tokio::test]
async fn invariant_7_no_token_outlives_the_end_that_came_after_its_owner_was_verified() {
    let world = World::new().await;
    let phone = world.person("alice").signs_up().await;
    let proof = phone.proof().await;
    phone.sign_out().await.unwrap();
    world.wait(250);
    let late = world.auth.access_token(&proof).unwrap();
    let expires_at = at(part(&late.text, 1)["exp"].as_i64().unwrap());
    assert!(expires_at <= feed(&world).await[0].until && !passes(&world, &late.text).await);
}
