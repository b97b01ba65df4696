//! The contract suites of the core, with Redis beside each main store.

use std::sync::Arc;

use async_trait::async_trait;
use bitjang_core::testing::HandClock;
use bitjang_core::{
    AccountId, Commit, Failure, Revocation, Session, SessionId, Sessions, Time, account, key, limit,
    revocation, session,
};
use bitjang_store::testing::Redis;

use crate::world::{beside, clock, main_stores};

/// Sessions whose clock shows the time of the last sweep: the suite says what time it is only there.
pub(crate) struct InStep {
    pub(crate) sessions: Arc<dyn Sessions>,
    pub(crate) clock: Arc<HandClock>,
}

#[async_trait]
impl Sessions for InStep {
    async fn insert(&self, session: Session) -> Result<(), Failure> {
        self.sessions.insert(session).await
    }

    async fn find(&self, id: SessionId) -> Result<Option<Arc<Session>>, Failure> {
        self.sessions.find(id).await
    }

    fn cached(&self, id: SessionId) -> Option<Arc<Session>> {
        self.sessions.cached(id)
    }

    async fn of(&self, account: AccountId) -> Result<Vec<Arc<Session>>, Failure> {
        self.sessions.of(account).await
    }

    async fn replace(&self, session: Session, revokes: Option<Revocation>) -> Result<Commit, Failure> {
        self.sessions.replace(session, revokes).await
    }

    async fn sweep(&self, before: Time, at_most: usize) -> Result<usize, Failure> {
        self.clock.set(before);
        self.sessions.sweep(before, at_most).await
    }
}

#[tokio::test]
async fn the_contract_of_sessions_is_kept() {
    for (main, _folder) in main_stores().await {
        let (redis, clock) = (Redis::start("").unwrap(), clock());
        let sessions = beside(main, &redis.address(), &clock).await.sessions;
        session::contract::check(&InStep { sessions, clock }).await;
        let commands = redis.run(&["INFO", "commandstats"]).unwrap();
        assert!(commands.contains("cmdstat_get:") && commands.contains("cmdstat_set:"), "{commands}");
    }
}

#[tokio::test]
async fn the_contract_of_sessions_with_their_accounts_is_kept() {
    for (main, _folder) in main_stores().await {
        let redis = Redis::start("").unwrap();
        let store = beside(main, &redis.address(), &clock()).await;
        session::contract::check_with_account(&*store.sessions, &*store.accounts).await;
    }
}

#[tokio::test]
async fn the_contract_of_limits_is_kept() {
    for (main, _folder) in main_stores().await {
        let redis = Redis::start("").unwrap();
        let store = beside(main, &redis.address(), &clock()).await;
        limit::contract::check(&*store.limits).await;
        assert_ne!(redis.run(&["DBSIZE"]).unwrap(), "0", "it was Redis that counted");
    }
}

#[tokio::test]
async fn the_contracts_of_accounts_and_keys_are_kept() {
    for (main, _folder) in main_stores().await {
        let redis = Redis::start("").unwrap();
        let store = beside(main, &redis.address(), &clock()).await;
        account::contract::check(&*store.accounts).await;
        key::contract::check(&*store.keys).await;
    }
}

#[tokio::test]
async fn the_contract_of_sealed_keys_is_kept() {
    for (main, _folder) in main_stores().await {
        let redis = Redis::start("").unwrap();
        key::contract::check_sealing(beside(main, &redis.address(), &clock()).await.keys).await;
    }
}

#[tokio::test]
async fn the_contract_of_revocations_is_kept() {
    for (main, _folder) in main_stores().await {
        let redis = Redis::start("").unwrap();
        let store = beside(main, &redis.address(), &clock()).await;
        revocation::contract::check(&*store.accounts, &*store.sessions, &*store.revocations).await;
    }
}
