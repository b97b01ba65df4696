//! Encrypted connections: whom they are made to, and what is found there.

use bitjang_core::Identifier;
use bitjang_core::limit::{Bucket, Charge, Limit};
use bitjang_core::testing::at;
use bitjang_store::redis::RedisSurvey;
use bitjang_store::testing::Redis;

use crate::world::{beside, clock, memory};

/// Whether a guess is counted there.
async fn counts(redis: &Redis, address: &str) -> bool {
    let store = beside(memory().await, address, &clock()).await;
    let bucket = Bucket::account(&Identifier::new("mina").unwrap());
    let charge = Charge { bucket, limit: Limit { attempts: 9, regain: std::time::Duration::from_secs(60) } };
    assert!(store.limits.take(&[charge], at(100)).await.is_ok());
    redis.run(&["FLUSHALL"]).is_ok()
        && redis.run(&["INFO", "commandstats"]).unwrap().contains("cmdstat_evalsha:")
}

#[tokio::test]
async fn only_whom_an_authority_certifies_is_spoken_to() {
    let (redis, address, certificate) = Redis::start_encrypted().unwrap();
    let trusting = format!("{address}&sslrootcert={}", certificate.display());
    assert!(!counts(&redis, &address).await, "an authority that nobody knows");
    assert!(
        !counts(&redis, &trusting.replace("localhost", "127.0.0.1")).await,
        "somebody else's certificate"
    );
    assert!(counts(&redis, &trusting).await);
    let survey = RedisSurvey::of(&trusting.parse().unwrap()).await.unwrap();
    assert!(survey.is_verified && survey.version.starts_with("Redis "), "{survey:?}");
    let missing = trusting.replace("server.crt", "nothing.crt").parse().unwrap();
    let told = RedisSurvey::of(&missing).await.unwrap_err().to_string();
    assert!(told.contains("check sslrootcert"), "{told}");
}
