//! Counting attempts: exactly, by all servers together, and still when Redis is away.

use std::time::Duration;

use bitjang_core::limit::{Bucket, Charge, Limit, Taken};
use bitjang_core::testing::{at, together};
use bitjang_core::{Identifier, Limits};
use bitjang_store::StoreUrl;
use bitjang_store::testing::Redis;

use crate::world::{beside, clock, main_store, two};

pub(crate) fn charge(name: &str, attempts: u32) -> Charge {
    let bucket = Bucket::account(&Identifier::new(name).unwrap());
    Charge { bucket, limit: Limit { attempts, regain: Duration::from_secs(10) } }
}

/// How many of a hundred attempts at once get through.
pub(crate) async fn through(limits: &[&dyn Limits], charges: &[Charge]) -> usize {
    let attempts = limits.iter().cycle().take(100).map(|limits| limits.take(charges, at(100)));
    let answers = together(attempts).await;
    answers.into_iter().filter(|answer| *answer.as_ref().unwrap() == Taken::All).count()
}

#[tokio::test]
async fn attempts_at_two_servers_count_together() {
    let redis = Redis::start("").unwrap();
    let [one, other] = two(&redis, &clock()).await;
    let (charges, servers) = ([charge("first", 13), charge("second", 1_000)], [&*one.limits, &*other.limits]);
    assert_eq!(through(&servers, &charges).await, 13);
    together((0..13).map(|nth| servers[nth % 2].give_back(&charges))).await;
    assert_eq!(through(&servers, &charges).await, 13);
}

#[tokio::test]
async fn the_largest_limits_are_counted_exactly() {
    let redis = Redis::start("").unwrap();
    let store = beside(main_store(&StoreUrl::Memory).await, &redis.address(), &clock()).await;
    let now = bitjang_core::Time::from_micros(4_102_444_800_000_001);
    let limit = Limit { attempts: 3, regain: Duration::from_secs(86_400) };
    let vast = Limit { attempts: 1_000_000, regain: Duration::from_secs(86_400) };
    let charges = [Charge { limit, ..charge("slow", 1) }, Charge { limit: vast, ..charge("vast", 1) }];
    for _ in 0..3 {
        assert_eq!(store.limits.take(&charges, now).await.unwrap(), Taken::All);
    }
    let refused = Taken::Nothing { retry_after: limit.regain };
    assert_eq!(store.limits.take(&charges, now).await.unwrap(), refused);
}

#[tokio::test]
async fn a_bucket_that_is_full_again_leaves_nothing_behind() {
    let redis = Redis::start("").unwrap();
    let store = beside(main_store(&StoreUrl::Memory).await, &redis.address(), &clock()).await;
    let charges = [charge("mina", 5)];
    assert_eq!(store.limits.take(&charges, at(100)).await.unwrap(), Taken::All);
    let key = redis.run(&["KEYS", "*"]).unwrap();
    assert!(key.starts_with("bitjang:{limits}:") && !key.contains("mina"), "{key}");
    let lasts: u64 = redis.run(&["PTTL", &key]).unwrap().parse().unwrap();
    assert!((1..=10_000).contains(&lasts), "{lasts} ms");
    store.limits.give_back(&charges).await.unwrap();
    let lasts: u64 = redis.run(&["PTTL", &key]).unwrap().parse().unwrap();
    assert!((1..=10_000).contains(&lasts), "still not for ever: {lasts} ms");
}

#[tokio::test]
async fn while_redis_is_away_the_main_store_counts() {
    let redis = Redis::start("").unwrap();
    let store = beside(main_store(&StoreUrl::Memory).await, &redis.hasty_address(), &clock()).await;
    let charges = [charge("guessed", 7)];
    redis.kill().unwrap();
    assert_eq!(through(&[&*store.limits], &charges).await, 7);
    for _ in 0..7 {
        store.limits.give_back(&charges).await.unwrap();
    }
    assert_eq!(through(&[&*store.limits], &charges).await, 7);
}

#[tokio::test]
async fn a_redis_that_says_nothing_costs_one_short_wait_now_and_then() {
    let redis = Redis::start("").unwrap();
    let store = beside(main_store(&StoreUrl::Memory).await, &redis.hasty_address(), &clock()).await;
    redis.pause().unwrap();
    // A tenth of a second for each would be 100 s.
    let taking = async {
        for nth in 0..1_000 {
            let charges = [charge(&format!("a{nth}"), 1)];
            assert_eq!(store.limits.take(&charges, at(100)).await.unwrap(), Taken::All);
        }
    };
    tokio::time::timeout(Duration::from_secs(30), taking).await.unwrap();
    redis.resume().unwrap();
}

#[tokio::test]
async fn a_server_starts_while_redis_is_away_and_uses_it_once_it_is_there() {
    let redis = Redis::start("").unwrap();
    redis.kill().unwrap();
    let store = beside(main_store(&StoreUrl::Memory).await, &redis.address(), &clock()).await;
    assert_eq!(through(&[&*store.limits], &[charge("before", 7)]).await, 7);
    redis.start_again().unwrap();
    let counted = async {
        while redis.run(&["DBSIZE"]).unwrap() == "0" {
            assert!(store.limits.take(&[charge("after", 1_000_000)], at(100)).await.is_ok());
        }
    };
    tokio::time::timeout(Duration::from_secs(30), counted).await.unwrap();
}
