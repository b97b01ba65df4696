//! Roles: a change ends the access tokens that say otherwise, at once and exactly, and no session.

use bitjang_core::Carrier;
use bitjang_core::revocation::{Position, Revoked};

use crate::revocation::passes;
use crate::world::{OPERATOR, PASSWORD, World, id, roles};

#[tokio::test]
async fn a_change_of_roles_ends_access_tokens_and_no_session() {
    let world = World::new().await;
    let alice = world.person("alice");
    let phone = alice.signs_up().await;
    world.auth.set_roles(OPERATOR, &id("alice"), &roles(&["moderator"])).await.unwrap();
    let program = alice.by(Carrier::Bearer).signs_in_by_token().await;
    assert!(passes(&world, &program.access).await);

    world.auth.set_roles(OPERATOR, &id("alice"), &roles(&[])).await.unwrap();
    assert!(!passes(&world, &program.access).await, "it says that she is a moderator");
    assert_eq!(phone.proof().await.account().roles, roles(&[]), "a session cookie knows at once");
    // In the very same second: `iat` could not tell these two apart.
    let refreshed = program.gone_on().await;
    assert!(passes(&world, &refreshed.access).await && refreshed.is_signed_in().await);
    assert!(program.is_signed_in().await, "the server itself asks the store, and the session goes on");
}

#[tokio::test]
async fn the_session_that_a_password_change_spared_outlives_a_change_of_roles() {
    let world = World::new().await;
    let phone = world.person("alice").signs_up().await;
    phone.change_password(PASSWORD, "another good password").await.unwrap();
    let before = world.auth.access_token(&phone.proof().await).unwrap();
    world.auth.set_roles(OPERATOR, &id("alice"), &roles(&["moderator"])).await.unwrap();
    assert!(!passes(&world, &before.text).await);
    let after = world.auth.access_token(&phone.proof().await).unwrap();
    assert!(passes(&world, &after.text).await);
}

#[tokio::test]
async fn the_same_roles_again_end_nothing() {
    let world = World::new().await;
    world.person("alice").signs_up().await;
    for _ in 0..2 {
        world.auth.set_roles(OPERATOR, &id("alice"), &roles(&["moderator"])).await.unwrap();
    }
    let entries = world.auth.revocations().after(Position::default(), 9).await.unwrap();
    assert!(
        matches!(&entries[..], [one] if matches!(one.revocation.of, Revoked::Before { epoch: 2, spared: None, .. }))
    );
}
