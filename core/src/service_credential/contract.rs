//! What every store of service credentials must do.
#![expect(clippy::unwrap_used, clippy::missing_panics_doc, reason = "a suite of tests")]

use super::{ServiceCredential, ServiceCredentials, ServiceName, ServiceToken};
use crate::Commit;
use crate::account::Inserted;
use crate::testing::{Dice, at, together};

/// Runs the whole suite on an empty store.
pub async fn check(credentials: &dyn ServiceCredentials) {
    assert!(credentials.all().await.unwrap().is_empty());
    of_many_with_one_name_one_is_kept(credentials).await;
    what_was_written_is_found_by_its_token_alone(credentials).await;
    what_was_removed_is_found_no_more(credentials).await;
}

fn credential(name: &str, token: &ServiceToken) -> ServiceCredential {
    ServiceCredential { name: ServiceName::new(name).unwrap(), secret: token.hash(), created_at: at(7) }
}

async fn of_many_with_one_name_one_is_kept(credentials: &dyn ServiceCredentials) {
    let dice = Dice::seeded(1);
    let new = (0..10).map(|_| credentials.insert(credential("shop", &ServiceToken::generate(&dice))));
    let done = together(new).await.into_iter().filter(|answer| matches!(answer, Ok(Inserted::Done))).count();
    assert_eq!((done, credentials.all().await.unwrap().len()), (1, 1));
}

async fn what_was_written_is_found_by_its_token_alone(credentials: &dyn ServiceCredentials) {
    let dice = Dice::seeded(2);
    let (token, other) = (ServiceToken::generate(&dice), ServiceToken::generate(&dice));
    let written = credential("billing", &token);
    assert_eq!(credentials.insert(written.clone()).await.unwrap(), Inserted::Done);
    assert_eq!(credentials.presented(&token.hash()).await.unwrap(), Some(written.clone()));
    assert_eq!(credentials.presented(&other.hash()).await.unwrap(), None);
    let all = credentials.all().await.unwrap();
    assert_eq!(all.first(), Some(&written), "in the order of names");
    assert_eq!(all.len(), 2);
}

async fn what_was_removed_is_found_no_more(credentials: &dyn ServiceCredentials) {
    let token = ServiceToken::generate(&Dice::seeded(3));
    let name = ServiceName::new("gone").unwrap();
    assert_eq!(credentials.insert(credential("gone", &token)).await.unwrap(), Inserted::Done);
    assert!(credentials.presented(&token.hash()).await.unwrap().is_some());
    assert_eq!(credentials.remove(&name).await.unwrap(), Commit::Done);
    assert_eq!(credentials.presented(&token.hash()).await.unwrap(), None);
    assert_eq!(credentials.remove(&name).await.unwrap(), Commit::Stale);
    let again = ServiceToken::generate(&Dice::seeded(4));
    assert_eq!(credentials.insert(credential("gone", &again)).await.unwrap(), Inserted::Done);
    assert_eq!(credentials.presented(&token.hash()).await.unwrap(), None, "the old token stays dead");
    assert_eq!(credentials.remove(&name).await.unwrap(), Commit::Done);
}
