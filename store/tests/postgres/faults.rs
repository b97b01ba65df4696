//! The database stops, dies, takes no writes, has no connection left, does not answer: what was acknowledged stays, everything else is a failure, and nobody has to restart anything.

use std::collections::HashMap;

use bitjang_core::account::contract::account;
use bitjang_core::session::contract::session;
use bitjang_core::testing::{Dice, at};
use bitjang_core::{AccountId, Commit, Session, SessionId};
use bitjang_store::Opened;
use bitjang_store::testing::Server;
use tokio_postgres::NoTls;

use crate::world::{begin, ended, feed, open, sign_out, until};

async fn started(settings: &str) -> (Server, Opened, String) {
    let server = Server::start(settings).unwrap();
    let address = server.database().unwrap();
    let store = open(&address).await;
    (server, store, address)
}

async fn recovers(store: &Opened) {
    until("it recovers", async || store.health.ping().await.is_ok()).await;
    until("the feed too", async || {
        store.revocations.after(bitjang_core::revocation::Position::default(), 1).await.is_ok()
    })
    .await;
}

#[tokio::test]
async fn a_database_that_was_stopped_and_started_is_used_again() {
    let ((server, store, _), dice) = (started("").await, Dice::seeded(1));
    let session = begin(&store, &dice).await;
    server.stop().unwrap();
    assert!(store.sessions.find(session.id).await.is_err() && sign_out(&store, &session).await.is_err());
    assert!(
        store.accounts.insert(account("down", &dice)).await.is_err() && store.health.ping().await.is_err()
    );
    server.start_again().unwrap();
    recovers(&store).await;
    assert_eq!(store.sessions.find(session.id).await.unwrap().as_deref(), Some(&session));
    assert_eq!(sign_out(&store, &session).await.unwrap(), Commit::Done);
    assert_eq!(feed(&store).await.len(), 1);
}

const WRITERS: u64 = 8;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_kill_9_of_the_database() {
    let (server, store, _) = started("").await;
    let mut acknowledged: HashMap<SessionId, Session> = HashMap::new();
    for round in 0..3 {
        let (enough, told) = tokio::sync::mpsc::channel(1);
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| tokio::spawn(write(store.clone(), 100 * round + writer, enough.clone())))
            .collect();
        enough_is_written(told).await;
        server.kill().unwrap();
        for writer in writers {
            acknowledged.extend(writer.await.unwrap().into_iter().map(|session| (session.id, session)));
        }
        until("it starts again", async || server.start_again().is_ok()).await;
        recovers(&store).await;
    }
    let revoked: Vec<_> = feed(&store).await.into_iter().map(|entry| entry.revocation.of).collect();
    assert!(acknowledged.len() > 50);
    for (id, told) in acknowledged {
        let kept = store.sessions.find(id).await.unwrap().expect("it is there");
        assert!(kept.revision >= told.revision, "{kept:?} is older than {told:?}");
        let is_revoked = revoked.contains(&bitjang_core::revocation::Revoked::Session(id));
        assert_eq!(kept.ended.is_some(), is_revoked, "an end and its revocation are there together");
    }
}

async fn enough_is_written(mut told: tokio::sync::mpsc::Receiver<()>) {
    for _ in 0..200 {
        told.recv().await.unwrap();
    }
}

/// Begins sessions, touches them and ends them until the first failure; the last record of each that was acknowledged.
async fn write(store: Opened, seed: u64, told: tokio::sync::mpsc::Sender<()>) -> Vec<Session> {
    let (dice, mut acknowledged) = (Dice::seeded(seed), Vec::new());
    loop {
        let begun = session(AccountId::generate(&dice, at(1)), 10, &dice);
        let touched = Session { seen_at: at(11), revision: begun.revision.next(), ..begun.clone() };
        if store.sessions.insert(begun.clone()).await.is_err() {
            return acknowledged;
        }
        acknowledged.push(begun);
        match store.sessions.replace(touched.clone(), None).await {
            Ok(commit) => assert_eq!(commit, Commit::Done),
            Err(_) => return acknowledged,
        }
        acknowledged.push(touched.clone());
        match sign_out(&store, &touched).await {
            Ok(commit) => assert_eq!(commit, Commit::Done),
            Err(_) => return acknowledged,
        }
        acknowledged.push(ended(&touched));
        // An error means that enough has been written.
        let _ = told.try_send(());
    }
}

#[tokio::test]
async fn a_commit_whose_answer_does_not_come_is_a_failure_and_may_be_asked_for_again() {
    let ((server, store, _), dice) = (started("").await, Dice::seeded(2));
    let session = begin(&store, &dice).await;
    server.pause().unwrap();
    let failure = sign_out(&store, &session).await.unwrap_err();
    assert_eq!(failure.action(), "replace a session");
    server.resume().unwrap();
    recovers(&store).await;
    // It was done, or it was not: either way the next reading says the truth, and goes on from there.
    let kept = store.sessions.find(session.id).await.unwrap().unwrap();
    if kept.ended.is_none() {
        assert_eq!(sign_out(&store, &kept).await.unwrap(), Commit::Done);
    }
    assert!(store.sessions.find(session.id).await.unwrap().unwrap().ended.is_some());
    assert_eq!(feed(&store).await.len(), 1, "once");
}

#[tokio::test]
async fn a_database_that_takes_no_writes_still_reads() {
    let ((server, store, address), dice) = (started("").await, Dice::seeded(3));
    let session = begin(&store, &dice).await;
    server.run("postgres", "ALTER SYSTEM SET default_transaction_read_only = on").unwrap();
    server.run("postgres", "SELECT pg_reload_conf()").unwrap();
    until("it is read-only", async || store.health.ping().await.is_err()).await;
    assert!(sign_out(&store, &session).await.is_err());
    assert!(store.accounts.insert(account("read-only", &dice)).await.is_err());
    assert_eq!(store.sessions.find(session.id).await.unwrap().as_deref(), Some(&session));
    let [survey] = [bitjang_store::postgres::Survey::of(&address.parse().unwrap()).await.unwrap()];
    assert!(survey.is_read_only);
    server.run("postgres", "ALTER SYSTEM RESET default_transaction_read_only").unwrap();
    server.run("postgres", "SELECT pg_reload_conf()").unwrap();
    recovers(&store).await;
    until("it writes", async || matches!(sign_out(&store, &session).await, Ok(Commit::Done))).await;
}

#[tokio::test]
async fn without_a_connection_it_fails_and_with_one_it_goes_on() {
    let (server, dice) =
        (Server::start("-c max_connections=6 -c superuser_reserved_connections=0").unwrap(), Dice::seeded(4));
    let address = server.database().unwrap();
    let store = open(&address).await;
    let mut hogs = Vec::new();
    until("nothing is left", async || match tokio_postgres::connect(&address, NoTls).await {
        Ok((client, connection)) => {
            tokio::spawn(connection);
            hogs.push(client);
            false
        }
        Err(_) => true,
    })
    .await;
    assert!(store.accounts.insert(account("full", &dice)).await.is_err());
    drop(hogs);
    until("it goes on", async || store.accounts.insert(account("roomy", &dice)).await.is_ok()).await;
    recovers(&store).await;
}

#[tokio::test]
async fn many_at_once_wait_for_few_connections() {
    let (address, dice) = (crate::world::database(), Dice::seeded(5));
    let store = open(&format!("{address}?connections=2")).await;
    let session = begin(&store, &dice).await;
    let asked = (0..200).map(|_| store.sessions.find(session.id));
    assert!(bitjang_core::testing::together(asked).await.iter().all(Result::is_ok));
}
