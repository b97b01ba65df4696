//! The feed across servers: nothing is lost, everything is in order, however late it is committed and whoever dies on the way.

use bitjang_core::revocation::{Bookmark, Entry, Position, Revoked, Tail};
use bitjang_core::testing::{Dice, together};
use bitjang_core::{Commit, Session, SessionId};
use bitjang_store::Opened;
use bitjang_store::testing::Server;
use tokio_postgres::{Client, NoTls};

use crate::world::{AT_LAST, begin, database, feed, open, sign_out, two, until};

/// Reads on, as a follower does, until `many` entries have come.
async fn follow(store: &Opened, many: usize) -> Vec<Entry> {
    let mut heard: Vec<Entry> = Vec::new();
    while heard.len() < many {
        let read = heard.last().map_or(Position::default(), |entry| entry.position);
        tokio::time::timeout(AT_LAST, store.revocations.wait(read))
            .await
            .expect("there is more to come")
            .unwrap();
        heard.extend(store.revocations.after(read, 7).await.unwrap());
    }
    heard
}

async fn some(store: &Opened, many: usize, dice: &Dice) -> Vec<Session> {
    let mut sessions = Vec::new();
    for _ in 0..many {
        sessions.push(begin(store, dice).await);
    }
    sessions
}

/// A connection on which nothing is done by itself.
async fn by_hand(address: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(address, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// Writes the entry of a session as a server does, and nothing else.
fn entry(session: SessionId) -> String {
    let hex = session.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
    format!("INSERT INTO bitjang.feed (session, at, until) VALUES ('\\x{hex}', 20000000, 380000000)")
}

#[tokio::test]
async fn followers_of_every_server_hear_everything_once_and_in_the_same_order() {
    let ([one, other], dice) = (two().await, Dice::seeded(1));
    let sessions = some(&one, 200, &dice).await;
    let ending = async {
        let stores = [&one, &other].into_iter().cycle();
        let ends =
            together(sessions.iter().zip(stores).map(|(session, store)| sign_out(store, session))).await;
        assert!(ends.into_iter().all(|end| end.unwrap() == Commit::Done));
    };
    let (at_one, at_other, ()) = tokio::join!(follow(&one, 200), follow(&other, 200), ending);
    assert_eq!(at_one, at_other);
    assert!(at_one.is_sorted_by(|before, after| before.position < after.position));
    let heard: Vec<Revoked> = at_one.iter().map(|entry| entry.revocation.of).collect();
    assert!(sessions.iter().all(|session| heard.contains(&Revoked::Session(session.id))));
}

#[tokio::test]
async fn a_server_that_starts_later_reads_the_same_feed() {
    let (address, dice) = (database(), Dice::seeded(2));
    let first = open(&address).await;
    for session in some(&first, 20, &dice).await {
        assert_eq!(sign_out(&first, &session).await.unwrap(), Commit::Done);
    }
    assert_eq!(feed(&open(&address).await).await, feed(&first).await);
}

#[tokio::test]
async fn an_entry_that_is_committed_late_stands_behind_those_that_were_read_before() {
    let (address, dice) = (database(), Dice::seeded(3));
    let store = open(&address).await;
    let sessions = some(&store, 3, &dice).await;
    let slow = by_hand(&address).await;
    // Its id is the lowest of the three; its commit is the last.
    slow.batch_execute(&format!("BEGIN; {}", entry(sessions[0].id))).await.unwrap();
    for session in &sessions[1..] {
        assert_eq!(sign_out(&store, session).await.unwrap(), Commit::Done);
    }
    let read = follow(&store, 2).await;
    slow.batch_execute("COMMIT").await.unwrap();
    let last = read[1].position;
    tokio::time::timeout(AT_LAST, store.revocations.wait(last)).await.unwrap().unwrap();
    let [late] = store.revocations.after(last, 10).await.unwrap().try_into().unwrap();
    assert_eq!(late.revocation.of, Revoked::Session(sessions[0].id));
}

#[tokio::test]
async fn an_entry_whose_server_died_after_the_commit_is_heard_all_the_same() {
    let ([one, other], dice) = (two().await, Dice::seeded(4));
    let address = database();
    let stores = [open(&address).await, open(&address).await];
    let session = begin(&stores[0], &dice).await;
    // Committed; no position was given, and nobody was notified.
    Server::shared().unwrap().run(&address, &entry(session.id)).unwrap();
    for store in &stores {
        let [heard] = follow(store, 1).await.try_into().unwrap();
        assert_eq!(heard.revocation.of, Revoked::Session(session.id));
    }
    assert!(feed(&one).await.is_empty() && feed(&other).await.is_empty(), "in this database alone");
}

#[tokio::test]
async fn whoever_reads_is_told_of_all_that_was_acknowledged_anywhere() {
    let ([one, other], dice) = (two().await, Dice::seeded(5));
    for session in some(&one, 50, &dice).await {
        let before = feed(&other).await.len();
        assert_eq!(sign_out(&one, &session).await.unwrap(), Commit::Done);
        assert_eq!(feed(&other).await.len(), before + 1, "asked for after the acknowledgement");
    }
}

#[tokio::test]
async fn what_one_server_forgets_is_forgotten_by_all() {
    let ([one, other], dice) = (two().await, Dice::seeded(6));
    let session = begin(&one, &dice).await;
    assert_eq!(sign_out(&one, &session).await.unwrap(), Commit::Done);
    let before = feed(&other).await[0].position;
    let late = bitjang_core::testing::at(100_000);
    assert_eq!(one.revocations.forget(late, 10).await.unwrap(), 1);
    assert_eq!(other.revocations.forget(late, 10).await.unwrap(), 0);
    assert!(feed(&one).await.is_empty() && feed(&other).await.is_empty());
    let next = begin(&one, &dice).await;
    assert_eq!(sign_out(&one, &next).await.unwrap(), Commit::Done);
    assert!(feed(&other).await[0].position > before, "a position is never used again");
}

/// What restoring a backup does: the entries after it are gone, positions go back, connections are cut.
const RESTORE: &str = "DELETE FROM bitjang.feed WHERE position > 1; UPDATE bitjang.feed_end SET position = 1;
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";

#[tokio::test]
async fn who_followed_a_database_before_it_was_restored_hears_all_of_it_anew() {
    let (address, dice) = (database(), Dice::seeded(7));
    let store = open(&address).await;
    let sessions = some(&store, 6, &dice).await;
    for session in &sessions[..4] {
        assert_eq!(sign_out(&store, session).await.unwrap(), Commit::Done);
    }
    let place = feed(&store).await.last().unwrap().bookmark();
    let mut told = Tail::beyond(place);
    assert_eq!(told.next(&*store.revocations, 10).await.unwrap(), Some(vec![]));
    Server::shared().unwrap().run(&address, RESTORE).unwrap();
    until("it is read again", async || {
        store.revocations.after(Position::default(), 10).await.is_ok_and(|feed| feed.len() == 1)
    })
    .await;
    assert_eq!(told.next(&*store.revocations, 10).await.unwrap(), None, "a stream that is open ends");
    for session in &sessions[4..] {
        until("it is ended", async || matches!(sign_out(&store, session).await, Ok(Commit::Done))).await;
    }
    let part = store.revocations.read_on(place, 10).await.unwrap();
    let heard: Vec<_> = part.entries.iter().map(|entry| entry.revocation.of).collect();
    assert_eq!(
        heard,
        [0, 4, 5].map(|one| Revoked::Session(sessions[one].id)),
        "all, and nothing that is gone"
    );
    assert_eq!(part.after, Bookmark::START);
}
