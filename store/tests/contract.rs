//! The contract suites of the core, on every store.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::Path;

use bitjang_core::{account, key, limit, revocation, session};
use bitjang_store::{Opened, StoreUrl, open};

fn memory() -> Opened {
    open(&StoreUrl::Memory).unwrap()
}

fn embedded(folder: &Path) -> Opened {
    open(&StoreUrl::Embedded(folder.join("data"))).unwrap()
}

#[tokio::test]
async fn memory_keeps_the_contract_of_accounts() {
    account::contract::check(&*memory().accounts).await;
}

#[tokio::test]
async fn memory_keeps_the_contract_of_sessions() {
    session::contract::check(&*memory().sessions).await;
}

#[tokio::test]
async fn memory_keeps_the_contract_of_limits() {
    limit::contract::check(&*memory().limits).await;
}

#[tokio::test]
async fn memory_keeps_the_contract_of_keys() {
    key::contract::check(&*memory().keys).await;
}

#[tokio::test]
async fn memory_keeps_the_contract_of_sealed_keys() {
    key::contract::check_sealing(memory().keys).await;
}

#[tokio::test]
async fn memory_keeps_the_contract_of_revocations() {
    let store = memory();
    revocation::contract::check(&*store.accounts, &*store.sessions, &*store.revocations).await;
}

#[tokio::test]
async fn embedded_keeps_the_contract_of_accounts() {
    let folder = tempfile::tempdir().unwrap();
    account::contract::check(&*embedded(folder.path()).accounts).await;
}

#[tokio::test]
async fn embedded_keeps_the_contract_of_sessions() {
    let folder = tempfile::tempdir().unwrap();
    session::contract::check(&*embedded(folder.path()).sessions).await;
}

#[tokio::test]
async fn embedded_keeps_the_contract_of_limits() {
    let folder = tempfile::tempdir().unwrap();
    limit::contract::check(&*embedded(folder.path()).limits).await;
}

#[tokio::test]
async fn embedded_keeps_the_contract_of_keys() {
    let folder = tempfile::tempdir().unwrap();
    key::contract::check(&*embedded(folder.path()).keys).await;
}

#[tokio::test]
async fn embedded_keeps_the_contract_of_sealed_keys() {
    let folder = tempfile::tempdir().unwrap();
    key::contract::check_sealing(embedded(folder.path()).keys).await;
}

#[tokio::test]
async fn embedded_keeps_the_contract_of_revocations() {
    let folder = tempfile::tempdir().unwrap();
    let store = embedded(folder.path());
    revocation::contract::check(&*store.accounts, &*store.sessions, &*store.revocations).await;
}

#[tokio::test]
async fn every_store_says_that_it_is_well() {
    let folder = tempfile::tempdir().unwrap();
    for store in [memory(), embedded(folder.path())] {
        store.health.ping().await.unwrap();
    }
}
