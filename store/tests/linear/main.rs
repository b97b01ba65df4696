//! What a crowd of clients is answered, by servers on every store, is what one account would answer, asked one question after the other.
//!
//! Histories of concurrent sign-ins, refreshes, checks, sign-outs, ends of other sessions, password changes and locks, at one server or two, with answers that come late or get lost, are
//! checked against [`model::Model`]. With `BITJANG_PROVE` set there are fifty times as many.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod broken;
mod checker;
mod crowd;
mod history;
mod model;
mod servers;
mod shaken;

use std::time::Duration;

use bitjang_core::Auth;
use bitjang_store::testing::{Redis, Server};
use bitjang_store::{Belief, Opened, StoreUrl, open};

use crate::broken::Fault;
use crate::checker::is_linearizable;
use crate::history::Answered;
use crate::model::Promise;
use crate::servers::{clock, servers, with};

/// How old a yes may be at a server that did not write the end: short, so that the bound is tried as well.
const STALENESS: Duration = Duration::from_millis(250);

/// Plays so many histories at these servers, or fifty times as many, and checks each.
async fn all_are_linearizable(what: &str, servers: &[Auth], promise: Promise, histories: u64) {
    let histories = if std::env::var_os("BITJANG_PROVE").is_some() { 50 * histories } else { histories };
    let (mut operations, mut unknown, mut old) = (0, 0, 0);
    for seed in 0..histories {
        let history = crowd::history(servers, seed).await;
        operations += history.len();
        unknown += history.iter().filter(|operation| operation.answered == Answered::Nothing).count();
        assert!(is_linearizable(&history, promise), "{what}, seed {seed}: {history:#?}");
        old += u32::from(!is_linearizable(&history, Promise::STRICT));
    }
    println!(
        "{what}: {histories} histories of {operations} operations, {unknown} without an answer, {old} histories with a yes that was old, all linearizable"
    );
}

async fn store(url: &StoreUrl) -> Opened {
    open(url, STALENESS).await.unwrap()
}

async fn on_one_database() -> [Opened; 2] {
    let url = Server::shared().unwrap().database().unwrap().parse().unwrap();
    [store(&url).await, store(&url).await]
}

#[tokio::test]
async fn histories_on_memory_are_linearizable() {
    let memory = store(&StoreUrl::Memory).await;
    let servers = servers(&[memory.clone(), memory], 1).await;
    all_are_linearizable("memory, two servers", &servers, Promise::STRICT, 400).await;
}

#[tokio::test]
async fn histories_on_the_embedded_store_are_linearizable() {
    let folder = tempfile::tempdir().unwrap();
    let embedded = store(&StoreUrl::Embedded(folder.path().join("data"))).await;
    let servers = servers(&[embedded], 2).await;
    all_are_linearizable("embedded", &servers, Promise::STRICT, 60).await;
}

#[tokio::test]
async fn histories_of_two_servers_on_postgres_are_linearizable_but_for_a_yes_as_old_as_is_promised() {
    let servers = servers(&on_one_database().await, 3).await;
    let promise = Promise { staleness: Some(STALENESS), decides_by_copies: false };
    all_are_linearizable("PostgreSQL, two servers", &servers, promise, 30).await;
}

#[tokio::test]
async fn histories_with_redis_beside_postgres_are_linearizable_but_for_a_yes_as_old_as_is_promised() {
    let redis = Redis::start("").unwrap();
    let mut stores = Vec::new();
    for store in on_one_database().await {
        let access = Duration::from_secs(300);
        let belief = Belief { clock: clock(), access, max_staleness: STALENESS };
        stores.push(store.beside_redis(&redis.address().parse().unwrap(), belief).await.unwrap());
    }
    let servers = servers(&stores, 4).await;
    let promise = Promise { staleness: Some(STALENESS), decides_by_copies: true };
    all_are_linearizable("PostgreSQL and Redis, two servers", &servers, promise, 30).await;
}

#[tokio::test]
async fn a_store_with_a_fault_is_found_out() {
    // A store that remembers, so that what it remembers can be wrong.
    let folder = tempfile::tempdir().unwrap();
    let remembers = StoreUrl::Embedded(folder.path().join("data"));
    for fault in Fault::ALL {
        let url = if fault == Fault::RemembersTheEnded { &remembers } else { &StoreUrl::Memory };
        let sound = store(url).await;
        let servers = servers(&[with(fault, &sound), with(fault, &sound)], 5).await;
        let mut seed = 0;
        while is_linearizable(&crowd::history(&servers, seed).await, Promise::STRICT) {
            seed += 1;
            assert!(seed < 1_000, "{fault:?} is not found");
        }
        println!("{fault:?} is found in history {seed}");
    }
}
