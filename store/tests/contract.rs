//! The contract suites of the core, on every store.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::Path;
use std::time::Duration;

use bitjang_core::{account, key, limit, revocation, service_credential, session};
use bitjang_store::testing::Server;
use bitjang_store::{Opened, StoreUrl, open};

const STALENESS: Duration = Duration::from_secs(10);

async fn memory() -> Opened {
    open(&StoreUrl::Memory, STALENESS).await.unwrap()
}

async fn embedded(folder: &Path) -> Opened {
    open(&StoreUrl::Embedded(folder.join("data")), STALENESS).await.unwrap()
}

async fn postgres() -> Opened {
    let address = Server::shared().unwrap().database().unwrap();
    open(&address.parse().unwrap(), STALENESS).await.unwrap()
}

#[tokio::test]
async fn memory_keeps_the_contract_of_accounts() {
    account::contract::check(&*memory().await.accounts).await;
}

#[tokio::test]
async fn memory_keeps_the_contract_of_sessions() {
    session::contract::check(&*memory().await.sessions).await;
}

#[tokio::test]
async fn memory_keeps_the_contract_of_sessions_with_their_accounts() {
    let store = memory().await;
    session::contract::check_with_account(&*store.sessions, &*store.accounts).await;
}

#[tokio::test]
async fn memory_keeps_the_contract_of_limits() {
    let store = memory().await;
    limit::contract::check(&*store.limits).await;
    limit::contract::check_sweeping(&*store.limits).await;
}

#[tokio::test]
async fn memory_keeps_the_contract_of_keys() {
    key::contract::check(&*memory().await.keys).await;
}

#[tokio::test]
async fn memory_keeps_the_contract_of_sealed_keys() {
    key::contract::check_sealing(memory().await.keys).await;
}

#[tokio::test]
async fn memory_keeps_the_contract_of_revocations() {
    let store = memory().await;
    revocation::contract::check(&*store.accounts, &*store.sessions, &*store.revocations).await;
}

#[tokio::test]
async fn memory_keeps_the_contract_of_service_credentials() {
    service_credential::contract::check(&*memory().await.service_credentials).await;
}

#[tokio::test]
async fn embedded_keeps_the_contract_of_accounts() {
    let folder = tempfile::tempdir().unwrap();
    account::contract::check(&*embedded(folder.path()).await.accounts).await;
}

#[tokio::test]
async fn embedded_keeps_the_contract_of_sessions() {
    let folder = tempfile::tempdir().unwrap();
    session::contract::check(&*embedded(folder.path()).await.sessions).await;
}

#[tokio::test]
async fn embedded_keeps_the_contract_of_sessions_with_their_accounts() {
    let folder = tempfile::tempdir().unwrap();
    let store = embedded(folder.path()).await;
    session::contract::check_with_account(&*store.sessions, &*store.accounts).await;
}

#[tokio::test]
async fn embedded_keeps_the_contract_of_limits() {
    let folder = tempfile::tempdir().unwrap();
    let store = embedded(folder.path()).await;
    limit::contract::check(&*store.limits).await;
    limit::contract::check_sweeping(&*store.limits).await;
}

#[tokio::test]
async fn embedded_keeps_the_contract_of_keys() {
    let folder = tempfile::tempdir().unwrap();
    key::contract::check(&*embedded(folder.path()).await.keys).await;
}

#[tokio::test]
async fn embedded_keeps_the_contract_of_sealed_keys() {
    let folder = tempfile::tempdir().unwrap();
    key::contract::check_sealing(embedded(folder.path()).await.keys).await;
}

#[tokio::test]
async fn embedded_keeps_the_contract_of_revocations() {
    let folder = tempfile::tempdir().unwrap();
    let store = embedded(folder.path()).await;
    revocation::contract::check(&*store.accounts, &*store.sessions, &*store.revocations).await;
}

#[tokio::test]
async fn embedded_keeps_the_contract_of_service_credentials() {
    let folder = tempfile::tempdir().unwrap();
    service_credential::contract::check(&*embedded(folder.path()).await.service_credentials).await;
}

#[tokio::test]
async fn postgres_keeps_the_contract_of_accounts() {
    account::contract::check(&*postgres().await.accounts).await;
}

#[tokio::test]
async fn postgres_keeps_the_contract_of_sessions() {
    session::contract::check(&*postgres().await.sessions).await;
}

#[tokio::test]
async fn postgres_keeps_the_contract_of_sessions_with_their_accounts() {
    let store = postgres().await;
    session::contract::check_with_account(&*store.sessions, &*store.accounts).await;
}

#[tokio::test]
async fn postgres_keeps_the_contract_of_limits() {
    let store = postgres().await;
    limit::contract::check(&*store.limits).await;
    limit::contract::check_sweeping(&*store.limits).await;
}

#[tokio::test]
async fn postgres_keeps_the_contract_of_keys() {
    key::contract::check(&*postgres().await.keys).await;
}

#[tokio::test]
async fn postgres_keeps_the_contract_of_sealed_keys() {
    key::contract::check_sealing(postgres().await.keys).await;
}

#[tokio::test]
async fn postgres_keeps_the_contract_of_revocations() {
    let store = postgres().await;
    revocation::contract::check(&*store.accounts, &*store.sessions, &*store.revocations).await;
}

#[tokio::test]
async fn postgres_keeps_the_contract_of_service_credentials() {
    service_credential::contract::check(&*postgres().await.service_credentials).await;
}

#[tokio::test]
async fn every_store_says_that_it_is_well() {
    let folder = tempfile::tempdir().unwrap();
    for store in [memory().await, embedded(folder.path()).await, postgres().await] {
        store.health.ping().await.unwrap();
    }
}
