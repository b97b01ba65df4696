//! What every store of keys must do.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "a suite of tests"
)]

use std::sync::Arc;

use super::{Key, KeyName, Keys, Material, Purpose, Sealed, Sealing, SealingKey, Signer};
use crate::Commit;
use crate::testing::{Dice, at, together};
use crate::token::Algorithm;

/// Runs the suite of sealed keys on an empty store: turned on over keys in the clear, changed, and refused to whoever has the wrong key or none.
pub async fn check_sealing(keys: Arc<dyn Keys>) {
    let under = |key: Option<u8>, previous: Option<u8>| {
        let sealing = Sealing { key: key.map(sealing_key), previous: previous.map(sealing_key) };
        Sealed::new(Arc::clone(&keys), sealing, Arc::new(Dice::seeded(u64::from(key.unwrap_or_default()))))
    };
    let plain = under(None, None);
    let clear = plain.find_or_insert(Key::generate(Purpose::Csrf, &Dice::seeded(1), at(1))).await.unwrap();
    assert_eq!(plain.add_signer(signer("a", 1), None).await.unwrap(), Commit::Done);

    // Servers that turn it on at once, a change of key, and a key that is new meanwhile.
    let (one, other) = (under(Some(1), None), under(Some(1), None));
    together([one.signers(), other.signers()]).await.into_iter().for_each(|read| drop(read.unwrap()));
    assert_eq!(one.add_signer(signer("b", 2), Some("a")).await.unwrap(), Commit::Done);
    for server in [&one, &other, &under(Some(2), Some(1)), &under(Some(2), None)] {
        let again =
            server.find_or_insert(Key::generate(Purpose::Csrf, &Dice::seeded(2), at(2))).await.unwrap();
        assert_eq!((again.secret, again.created_at), (clear.secret.clone(), at(1)));
        let read = server.signers().await.unwrap();
        assert_eq!(read.iter().map(|signer| signer.kid.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        assert!(read.iter().all(|read| read.material == signer(&read.kid, 0).material));
    }

    let kept = keys.signers().await.unwrap();
    assert!(kept.iter().all(|kept| !kept.material.0.windows(3).any(|bytes| bytes == [b'!'; 3])));
    assert_ne!(keys.find(Purpose::Csrf).await.unwrap().unwrap().secret, clear.secret);
    for stranger in [under(None, None), under(Some(3), None), under(Some(1), None), under(Some(3), Some(1))] {
        assert!(stranger.signers().await.is_err() && stranger.find(Purpose::Csrf).await.is_err());
        let candidate = Key::generate(Purpose::Csrf, &Dice::seeded(3), at(3));
        assert!(stranger.find_or_insert(candidate).await.is_err());
        assert!(
            stranger.add_signer(signer("c", 3), Some("b")).await.is_err(),
            "none is sealed by a stranger"
        );
    }
    assert_eq!(keys.signers().await.unwrap().len(), 2);

    // Whoever may write to the store, but not read the keys, cannot put one in another's place.
    let [a, b] = [&kept[0], &kept[1]];
    assert_eq!(keys.rewrite(&a.name(), &a.material, b.material.clone()).await.unwrap(), Commit::Done);
    assert!(under(Some(2), None).signers().await.is_err());
}

/// A sealing key that is thrown, not guessed.
fn sealing_key(seed: u8) -> Arc<SealingKey> {
    let bytes: [u8; 32] = <dyn crate::Entropy>::bytes(&Dice::seeded(u64::from(seed)));
    Arc::new(SealingKey::from_base64(&crate::encoding::encode(&bytes)).unwrap())
}

/// Runs the whole suite on an empty store.
pub async fn check(keys: &dyn Keys) {
    servers_that_start_at_once_are_given_one_key(keys).await;
    the_first_candidate_stays(keys).await;
    purposes_have_keys_of_their_own(keys).await;
    signers_follow_one_another(keys).await;
    a_key_is_rewritten_by_whoever_has_read_it_last(keys).await;
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
    let material = Material(zeroize::Zeroizing::new(format!("!!!! the key {kid} !!!!").into_bytes()));
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

async fn a_key_is_rewritten_by_whoever_has_read_it_last(keys: &dyn Keys) {
    let csrf = keys.find(Purpose::Csrf).await.unwrap().unwrap();
    let signer = keys.signers().await.unwrap().pop().unwrap();
    for (name, from) in [(KeyName::Purpose(Purpose::Csrf), &csrf.secret), (signer.name(), &signer.material)] {
        let to = |byte| Material(zeroize::Zeroizing::new(vec![byte; 76]));
        let done = together([1, 2, 3].map(|byte| keys.rewrite(&name, from, to(byte)))).await;
        assert_eq!(done.into_iter().filter(|answer| matches!(answer, Ok(Commit::Done))).count(), 1, "{name}");
        assert_eq!(keys.rewrite(&name, from, to(4)).await.unwrap(), Commit::Stale);
    }
    assert_eq!(keys.find(Purpose::Csrf).await.unwrap().unwrap().created_at, csrf.created_at);
    let rewritten = keys.signers().await.unwrap().pop().unwrap();
    assert_eq!(rewritten.material.0.len(), 76);
    assert_eq!((rewritten.kid, rewritten.signs_from), (signer.kid, signer.signs_from));
    let nobody = KeyName::Signer { algorithm: Algorithm::Ed25519, kid: "nobody".to_owned() };
    assert_eq!(keys.rewrite(&nobody, &csrf.secret, csrf.secret.clone()).await.unwrap(), Commit::Stale);
}
