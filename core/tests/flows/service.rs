//! Services: a token proves one until the operator removes it, and then nothing does.

use bitjang_core::service_credential::{ServiceName, ServiceToken};
use bitjang_core::testing::Dice;
use bitjang_core::{AccountId, Error, Refusal};

use crate::world::{OPERATOR, World, id, roles};

fn name(name: &str) -> ServiceName {
    ServiceName::new(name).unwrap()
}

#[tokio::test]
async fn a_service_is_known_by_its_token_until_it_is_removed() {
    let world = World::new().await;
    let token = world.auth.add_service(OPERATOR, name("billing")).await.unwrap();
    let text = token.reveal();
    let service = world.auth.service(&ServiceToken::parse(&text).unwrap()).await.unwrap();
    assert_eq!(service.name(), &name("billing"));
    let stranger = ServiceToken::generate(&Dice::seeded(99));
    assert!(matches!(world.auth.service(&stranger).await, Err(Error::Refused(Refusal::SignedOut))));

    world.auth.remove_service(OPERATOR, &name("billing")).await.unwrap();
    assert!(matches!(world.auth.service(&token).await, Err(Error::Refused(Refusal::SignedOut))));
    let again = world.auth.remove_service(OPERATOR, &name("billing")).await;
    assert!(matches!(again, Err(Error::Refused(Refusal::NotFound))));
}

#[tokio::test]
async fn a_name_is_given_once() {
    let world = World::new().await;
    let token = world.auth.add_service(OPERATOR, name("billing")).await.unwrap();
    let again = world.auth.add_service(OPERATOR, name("billing")).await;
    assert!(matches!(again, Err(Error::Refused(Refusal::IdentifierTaken))));
    assert!(world.auth.service(&token).await.is_ok(), "the first one stays");
    assert_eq!(world.auth.services(OPERATOR).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_service_asks_about_accounts_as_they_are_now() {
    let world = World::new().await;
    let token = world.auth.add_service(OPERATOR, name("billing")).await.unwrap();
    let service = world.auth.service(&token).await.unwrap();
    let alice = world.person("alice").signs_up().await.proof().await.account().id;
    world.auth.set_roles(OPERATOR, &id("alice"), &roles(&["moderator"])).await.unwrap();
    let account = world.auth.account_for(&service, alice).await.unwrap().unwrap();
    assert_eq!(account.roles, roles(&["moderator"]));
    world.auth.disable(OPERATOR, &id("alice")).await.unwrap();
    assert!(world.auth.account_for(&service, alice).await.unwrap().is_none(), "locked");
    let nobody = AccountId::from_bytes([9; 16]);
    assert!(world.auth.account_for(&service, nobody).await.unwrap().is_none());
}
