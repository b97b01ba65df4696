//! What every store of keys must do.
#![expect(clippy::unwrap_used, reason = "a suite of tests")]

use super::{Key, Keys, Purpose};
use crate::testing::{Dice, at, together};

/// Runs the whole suite on an empty store.
pub async fn check(keys: &dyn Keys) {
    servers_that_start_at_once_are_given_one_key(keys).await;
    the_first_candidate_stays(keys).await;
}

async fn the_first_candidate_stays(keys: &dyn Keys) {
    let dice = Dice::seeded(1);
    let first = keys.find_or_insert(Key::generate(Purpose::Csrf, &dice, at(1))).await.unwrap();
    let second = keys.find_or_insert(Key::generate(Purpose::Csrf, &dice, at(2))).await.unwrap();
    assert_eq!(first.secret, second.secret, "a second server is given the first one's key");
    assert_eq!(second.created_at, first.created_at);
}

async fn servers_that_start_at_once_are_given_one_key(keys: &dyn Keys) {
    let dice = Dice::seeded(2);
    let starting = (0..10).map(|_| keys.find_or_insert(Key::generate(Purpose::Csrf, &dice, at(1))));
    let given: Vec<Key> = together(starting).await.into_iter().map(Result::unwrap).collect();
    let (first, others) = given.split_first().unwrap();
    assert!(others.iter().all(|other| other.secret == first.secret));
}
