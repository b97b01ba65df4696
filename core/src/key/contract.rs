//! What every store of keys must do.
#![expect(clippy::unwrap_used, reason = "a suite of tests")]

use super::{Key, Keys, Purpose};
use crate::testing::{Dice, at};

/// Runs the whole suite on an empty store.
pub async fn check(keys: &dyn Keys) {
    the_first_candidate_stays(keys).await;
}

async fn the_first_candidate_stays(keys: &dyn Keys) {
    let dice = Dice::seeded(1);
    let first = keys.find_or_insert(Key::generate(Purpose::Csrf, &dice, at(1))).await.unwrap();
    let second = keys.find_or_insert(Key::generate(Purpose::Csrf, &dice, at(2))).await.unwrap();
    assert_eq!(first.secret, second.secret, "a second server is given the first one's key");
    assert_eq!(second.created_at, at(1));
}
