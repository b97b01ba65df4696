//! What everything that counts attempts must do.
#![expect(clippy::unwrap_used, reason = "a suite of tests")]

use std::time::Duration;

use super::{Bucket, Charge, Limit, Limits, Prefix, Taken};
use crate::Identifier;
use crate::testing::{at, together};

/// Runs the whole suite on an empty store.
pub async fn check(limits: &dyn Limits) {
    of_parallel_attempts_exactly_the_limit_gets_through(limits).await;
    an_empty_bucket_takes_nothing_from_the_others(limits).await;
    what_is_given_back_can_be_taken_again(limits).await;
    buckets_regain_with_time(limits).await;
    a_swept_bucket_is_a_full_one(limits).await;
}

/// Runs what more is asked of a store from which full buckets do not go by themselves.
pub async fn check_sweeping(limits: &dyn Limits) {
    sweeping_takes_full_buckets_and_no_more_than_it_is_told_to(limits).await;
}

fn charge(name: &str, attempts: u32) -> Charge {
    let bucket = Bucket::account(&Identifier::new(name).unwrap());
    Charge { bucket, limit: Limit { attempts, regain: Duration::from_secs(10) } }
}

async fn of_parallel_attempts_exactly_the_limit_gets_through(limits: &dyn Limits) {
    let charges = [charge("parallel", 7)];
    let answers = together((0..100).map(|_| limits.take(&charges, at(100)))).await;
    let through = answers.into_iter().filter(|answer| matches!(answer, Ok(Taken::All))).count();
    assert_eq!(through, 7);
}

async fn an_empty_bucket_takes_nothing_from_the_others(limits: &dyn Limits) {
    let (full, empty) = (charge("full", 2), charge("empty", 1));
    assert_eq!(limits.take(&[empty], at(100)).await.unwrap(), Taken::All);
    for _ in 0..5 {
        let refused = Taken::Nothing { retry_after: Duration::from_secs(10) };
        assert_eq!(limits.take(&[full, empty], at(100)).await.unwrap(), refused);
    }
    assert_eq!(limits.take(&[full], at(100)).await.unwrap(), Taken::All);
    assert_eq!(limits.take(&[full], at(100)).await.unwrap(), Taken::All);
}

async fn what_is_given_back_can_be_taken_again(limits: &dyn Limits) {
    let charges = [
        charge("back-1", 1),
        Charge { bucket: Bucket::address(Prefix::of([192, 0, 2, 1].into())), ..charge("x", 1) },
    ];
    for _ in 0..10 {
        assert_eq!(limits.take(&charges, at(100)).await.unwrap(), Taken::All);
        limits.give_back(&charges).await.unwrap();
    }
}

async fn buckets_regain_with_time(limits: &dyn Limits) {
    let charges = [charge("time", 1)];
    assert_eq!(limits.take(&charges, at(100)).await.unwrap(), Taken::All);
    assert_eq!(
        limits.take(&charges, at(109)).await.unwrap(),
        Taken::Nothing { retry_after: Duration::from_secs(1) }
    );
    assert_eq!(limits.take(&charges, at(110)).await.unwrap(), Taken::All);
}

async fn a_swept_bucket_is_a_full_one(limits: &dyn Limits) {
    let charges = [charge("swept", 1)];
    assert_eq!(limits.take(&charges, at(1_000)).await.unwrap(), Taken::All);
    while limits.sweep(at(1_005), 1).await.unwrap() > 0 {}
    assert!(
        matches!(limits.take(&charges, at(1_005)).await.unwrap(), Taken::Nothing { .. }),
        "not full yet, not swept"
    );
    while limits.sweep(at(2_000), 1_000).await.unwrap() > 0 {}
    assert_eq!(limits.take(&charges, at(2_000)).await.unwrap(), Taken::All);
}

async fn sweeping_takes_full_buckets_and_no_more_than_it_is_told_to(limits: &dyn Limits) {
    for name in ["one", "two", "three"] {
        assert_eq!(limits.take(&[charge(name, 1)], at(1_000)).await.unwrap(), Taken::All);
    }
    for swept in [2, 1, 0] {
        assert_eq!(limits.sweep(at(2_000), 2).await.unwrap(), swept);
    }
}
