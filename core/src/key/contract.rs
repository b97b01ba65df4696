//! What every store of keys must do.
#![expect(clippy::unwrap_used, reason = "a suite of tests")]

use super::{Key, Keys, Material, Purpose, Signer};
use crate::Commit;
use crate::testing::{Dice, at, together};
use crate::token::Algorithm;

/// Runs the whole suite on an empty store.
pub async fn check(keys: &dyn Keys) {
    servers_that_start_at_once_are_given_one_key(keys).await;
    the_first_candidate_stays(keys).await;
    purposes_have_keys_of_their_own(keys).await;
    signers_follow_one_another(keys).await;
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

async fn purposes_have_keys_of_their_own(keys: &dyn Keys) {
    let dice = Dice::seeded(3);
    let csrf = keys.find_or_insert(Key::generate(Purpose::Csrf, &dice, at(1))).await.unwrap();
    assert!(keys.find(Purpose::RefreshTag).await.unwrap().is_none());
    let tag = keys.find_or_insert(Key::generate(Purpose::RefreshTag, &dice, at(1))).await.unwrap();
    assert_ne!(csrf.secret, tag.secret);
    assert_eq!(keys.find(Purpose::RefreshTag).await.unwrap().unwrap().secret, tag.secret);
}

fn signer(kid: &str, signs_from: i64) -> Signer {
    let material = Material(zeroize::Zeroizing::new(kid.as_bytes().to_vec()));
    Signer {
        kid: kid.to_owned(),
        algorithm: Algorithm::Ed25519,
        material,
        created_at: at(1),
        signs_from: at(signs_from),
    }
}

async fn signers_follow_one_another(keys: &dyn Keys) {
    assert!(keys.signers().await.unwrap().is_empty());
    let starting = ["a", "b", "c"].map(|kid| keys.add_signer(signer(kid, 10), None));
    let done =
        together(starting).await.into_iter().filter(|answer| matches!(answer, Ok(Commit::Done))).count();
    assert_eq!(done, 1, "of three servers that start at once one makes the first key");

    let first = keys.signers().await.unwrap().pop().unwrap();
    assert_eq!((first.algorithm, first.created_at, first.signs_from), (Algorithm::Ed25519, at(1), at(10)));
    assert_eq!(first.material, signer(&first.kid, 10).material);

    assert_eq!(keys.add_signer(signer("d", 20), Some(&first.kid)).await.unwrap(), Commit::Done);
    assert_eq!(keys.add_signer(signer("e", 20), Some(&first.kid)).await.unwrap(), Commit::Stale);
    assert_eq!(keys.add_signer(signer("f", 20), None).await.unwrap(), Commit::Stale);
    let kids = |signers: Vec<Signer>| signers.into_iter().map(|signer| signer.kid).collect::<Vec<_>>();
    assert_eq!(kids(keys.signers().await.unwrap()), [first.kid.as_str(), "d"]);
    keys.remove_signer(&first.kid).await.unwrap();
    keys.remove_signer(&first.kid).await.unwrap();
    assert_eq!(kids(keys.signers().await.unwrap()), ["d"]);
}
