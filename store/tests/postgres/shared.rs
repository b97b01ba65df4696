//! Several servers on one database behave as one.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use bitjang_core::account::contract::account;
use bitjang_core::account::{Inserted, Roles};
use bitjang_core::key::{Key, Material, Purpose, Signer};
use bitjang_core::limit::{Bucket, Charge, Limit, Taken};
use bitjang_core::testing::{Dice, at, together};
use bitjang_core::token::Algorithm;
use bitjang_core::{Commit, Identifier, Revision, Session};

use crate::world::{begin, ended, sign_out, sign_up, two};

#[tokio::test]
async fn what_one_writes_the_other_reads() {
    let ([one, other], dice) = (two().await, Dice::seeded(1));
    let owner = sign_up(&one, "owner", &dice).await;
    assert_eq!(other.accounts.named(&owner.identifier).await.unwrap().as_deref(), Some(&owner));
    let session = begin(&one, &dice).await;
    assert_eq!(other.sessions.find(session.id).await.unwrap().as_deref(), Some(&session));
    assert_eq!(sign_out(&other, &session).await.unwrap(), Commit::Done);
    assert_eq!(one.sessions.find(session.id).await.unwrap().as_deref(), Some(&ended(&session)));
}

#[tokio::test]
async fn of_fifty_sign_ups_of_one_name_over_two_servers_one_succeeds() {
    let ([one, other], dice) = (two().await, Dice::seeded(2));
    let stores = [&one, &other].into_iter().cycle().take(50);
    let answers = together(stores.map(|store| store.accounts.insert(account("fifty", &dice)))).await;
    let (done, taken): (Vec<_>, Vec<_>) =
        answers.into_iter().map(Result::unwrap).partition(|answer| *answer == Inserted::Done);
    assert_eq!((done.len(), taken.len()), (1, 49));
}

#[tokio::test]
async fn of_fifty_turns_of_one_ratchet_over_two_servers_one_succeeds() {
    let ([one, other], dice) = (two().await, Dice::seeded(3));
    let session = begin(&one, &dice).await;
    for round in 0..10 {
        let next = Session { revision: Revision(session.revision.0 + 1 + round), ..session.clone() };
        let stores = [&one, &other].into_iter().cycle().take(50);
        let answers = together(stores.map(|store| store.sessions.replace(next.clone(), None))).await;
        let done = answers.into_iter().filter(|answer| matches!(answer, Ok(Commit::Done))).count();
        assert_eq!(done, 1, "in round {round}");
    }
}

#[tokio::test]
async fn a_sign_out_races_a_slow_touch_and_stays() {
    let ([one, other], dice) = (two().await, Dice::seeded(4));
    for _ in 0..50 {
        let session = begin(&one, &dice).await;
        let touched = Session { seen_at: at(15), revision: session.revision.next(), ..session.clone() };
        let (out, touch) =
            tokio::join!(sign_out(&one, &session), other.sessions.replace(touched.clone(), None));
        let won = [out.unwrap(), touch.unwrap()];
        assert!(matches!(won, [Commit::Done, Commit::Stale] | [Commit::Stale, Commit::Done]), "{won:?}");
        if won[0] == Commit::Stale {
            assert_eq!(sign_out(&one, &touched).await.unwrap(), Commit::Done);
        }
        for store in [&one, &other] {
            assert!(store.sessions.find(session.id).await.unwrap().unwrap().ended.is_some());
        }
    }
}

#[tokio::test]
async fn attempts_at_two_servers_count_together() {
    let [one, other] = two().await;
    let bucket = |name| Bucket::account(&Identifier::new(name).unwrap());
    let limit = |attempts| Limit { attempts, regain: Duration::from_secs(10) };
    // In this order and the other: whoever locks them as they come waits for ever.
    let charges = [
        Charge { bucket: bucket("first"), limit: limit(13) },
        Charge { bucket: bucket("second"), limit: limit(1_000) },
    ];
    let turned = [charges[1], charges[0]];
    let attempts = (0..100).map(|nth| match nth % 2 {
        0 => one.limits.take(&charges, at(100)),
        _ => other.limits.take(&turned, at(100)),
    });
    let answers: Vec<Taken> = together(attempts).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(answers.iter().filter(|answer| **answer == Taken::All).count(), 13);
    let given_back = (0..13).map(|nth| {
        if nth % 2 == 0 { one.limits.give_back(&charges) } else { other.limits.give_back(&turned) }
    });
    assert!(together(given_back).await.iter().all(Result::is_ok));
    let again = together((0..20).map(|_| other.limits.take(&charges, at(100)))).await;
    assert_eq!(again.into_iter().filter(|answer| matches!(answer, Ok(Taken::All))).count(), 13);
}

#[tokio::test]
async fn counting_goes_on_while_buckets_are_swept() {
    let [one, other] = two().await;
    let bucket = Bucket::account(&Identifier::new("swept").unwrap());
    let charges = [Charge { bucket, limit: Limit { attempts: 1, regain: Duration::from_secs(1) } }];
    // Both go by one clock: a sweep that runs ahead of the time would take every bucket for one that is full again.
    let now = AtomicI64::new(1_000);
    let taking = async {
        for _ in 0..200 {
            let second = now.fetch_add(2, Ordering::Relaxed) + 2;
            assert_eq!(one.limits.take(&charges, at(second)).await.unwrap(), Taken::All);
        }
    };
    let sweeping = async {
        for _ in 0..200 {
            other.limits.sweep(at(now.load(Ordering::Relaxed)), 10).await.unwrap();
        }
    };
    tokio::join!(taking, sweeping);
}

#[tokio::test]
async fn servers_that_rotate_at_once_make_one_key() {
    let [one, other] = two().await;
    let signer = |nth: usize| Signer {
        kid: format!("key-{nth}"),
        algorithm: Algorithm::Ed25519,
        material: Material(vec![1].into()),
        created_at: at(1),
        signs_from: at(2),
    };
    let mut latest: Option<String> = None;
    for round in 0..5 {
        let adding = (0..10).map(|nth| {
            let store = if nth % 2 == 0 { &one } else { &other };
            store.keys.add_signer(signer(10 * round + nth), latest.as_deref())
        });
        let added = together(adding).await;
        assert_eq!(added.into_iter().filter(|answer| matches!(answer, Ok(Commit::Done))).count(), 1);
        let signers = other.keys.signers().await.unwrap();
        assert_eq!(signers.len(), round + 1);
        latest = signers.last().map(|signer| signer.kid.clone());
    }
    let keys = together(
        [&one, &other]
            .map(|store| store.keys.find_or_insert(Key::generate(Purpose::Csrf, &Dice::seeded(9), at(1)))),
    )
    .await;
    assert!(keys[0].as_ref().unwrap().secret == keys[1].as_ref().unwrap().secret);
}

#[tokio::test]
async fn roles_are_the_same_everywhere_once_they_are_written() {
    let ([one, other], dice) = (two().await, Dice::seeded(5));
    let owner = sign_up(&one, "roles", &dice).await;
    let trusted = owner.trusted_with(Roles::new(["admin"]).unwrap());
    assert_eq!(one.accounts.replace(trusted.clone(), None).await.unwrap(), Commit::Done);
    assert_eq!(other.accounts.find(owner.id).await.unwrap().as_deref(), Some(&trusted));
}
