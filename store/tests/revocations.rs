//! The feed of revocations beyond its contract: over restarts, when entries are forgotten, and seen from beside.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::Path;
use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Duration;

use bitjang_core::revocation::{Entry, Position, Revoked};
use bitjang_core::session::{EndedWhy, contract::session};
use bitjang_core::testing::{Dice, at};
use bitjang_core::{AccountId, Commit, Revocation, Session};
use bitjang_store::embedded::Tuning;
use bitjang_store::{Embedded, Memory, Opened};

const START: Position = Position(0);

fn memory() -> Opened {
    Opened::from(Memory::default())
}

fn embedded(folder: &Path) -> Opened {
    Opened::from(Embedded::open(folder, Tuning::default()).unwrap())
}

async fn begin(store: &Opened, dice: &Dice) -> Session {
    let session = session(AccountId::generate(dice, at(1)), 10, dice);
    store.sessions.insert(session.clone()).await.unwrap();
    session
}

async fn sign_out(store: &Opened, session: &Session) {
    let revocation = Revocation::of_session(session.id, Duration::from_secs(300), at(20));
    let ended = session.ending(EndedWhy::SignedOut, at(20)).unwrap();
    assert_eq!(store.sessions.replace(ended, Some(revocation)).await.unwrap(), Commit::Done);
}

async fn feed(store: &Opened) -> Vec<Entry> {
    store.revocations.after(START, usize::MAX).await.unwrap()
}

async fn forget_all(store: &Opened) {
    assert_eq!(store.revocations.forget(at(100_000), usize::MAX).await.unwrap(), 1);
    assert!(feed(store).await.is_empty());
}

/// Whether there is nothing to wait for beyond `after`.
fn has_it(store: &Opened, after: Position) -> bool {
    pin!(store.revocations.wait(after)).poll(&mut Context::from_waker(Waker::noop())).is_ready()
}

#[tokio::test]
async fn the_feed_is_the_same_after_a_restart() {
    let (folder, dice) = (tempfile::tempdir().unwrap(), Dice::seeded(1));
    let store = embedded(folder.path());
    sign_out(&store, &begin(&store, &dice).await).await;
    let before = feed(&store).await;
    drop(store);
    let store = embedded(folder.path());
    assert_eq!(feed(&store).await, before);
    assert!(has_it(&store, START));
    assert!(!has_it(&store, before.last().unwrap().position));
}

#[tokio::test]
async fn a_position_is_never_used_again() {
    let (folder, dice) = (tempfile::tempdir().unwrap(), Dice::seeded(2));
    let mut used = START;
    for round in 0..4 {
        let store = embedded(folder.path());
        sign_out(&store, &begin(&store, &dice).await).await;
        let position = feed(&store).await.last().unwrap().position;
        assert!(position > used, "{position} in round {round}, after {used}");
        assert_eq!(store.revocations.after(used, 10).await.unwrap().len(), 1, "whoever reads on hears of it");
        assert!(has_it(&store, used));
        used = position;
        forget_all(&store).await;
    }
}

#[tokio::test]
async fn a_position_is_never_used_again_in_memory() {
    let (store, dice, mut used) = (memory(), Dice::seeded(3), START);
    for _ in 0..4 {
        sign_out(&store, &begin(&store, &dice).await).await;
        let position = feed(&store).await.last().unwrap().position;
        assert!(position > used);
        used = position;
        forget_all(&store).await;
    }
}

#[tokio::test]
async fn whoever_has_read_nothing_is_not_told_for_ever_of_what_was_forgotten() {
    let (folder, dice) = (tempfile::tempdir().unwrap(), Dice::seeded(4));
    for store in [memory(), embedded(folder.path())] {
        sign_out(&store, &begin(&store, &dice).await).await;
        assert!(has_it(&store, START));
        forget_all(&store).await;
        assert!(!has_it(&store, START));
    }
    assert!(!has_it(&embedded(folder.path()), START), "not after a restart either");
}

#[tokio::test]
async fn only_what_concerns_nobody_is_forgotten() {
    let (folder, dice) = (tempfile::tempdir().unwrap(), Dice::seeded(5));
    for store in [memory(), embedded(folder.path())] {
        let (short, long) = (begin(&store, &dice).await, begin(&store, &dice).await);
        for (session, access) in [(&long, 900), (&short, 300)] {
            let revocation = Revocation::of_session(session.id, Duration::from_secs(access), at(20));
            let ended = session.ending(EndedWhy::SignedOut, at(20)).unwrap();
            assert_eq!(store.sessions.replace(ended, Some(revocation)).await.unwrap(), Commit::Done);
        }
        let until = feed(&store).await.last().unwrap().revocation.until;
        assert_eq!(store.revocations.forget(until, 10).await.unwrap(), 1);
        let [kept] = feed(&store).await.try_into().unwrap();
        assert_eq!(kept.revocation.of, Revoked::Session(long.id));
        assert!(has_it(&store, START) && !has_it(&store, kept.position));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_sees_that_a_session_ended_finds_its_revocation() {
    let (folder, dice) = (tempfile::tempdir().unwrap(), Dice::seeded(6));
    for store in [memory(), embedded(folder.path())] {
        let mut sessions = Vec::new();
        for _ in 0..50 {
            sessions.push(begin(&store, &dice).await);
        }
        let watching = tokio::spawn(watch(store.clone(), sessions.clone()));
        for session in &sessions {
            sign_out(&store, session).await;
        }
        watching.await.unwrap();
    }
}

/// Looks at one session after the other until it has ended, and then into the feed.
async fn watch(store: Opened, sessions: Vec<Session>) {
    let mut read = START;
    for session in sessions {
        while store.sessions.find(session.id).await.unwrap().unwrap().ended.is_none() {
            tokio::task::yield_now().await;
        }
        let [entry] = store.revocations.after(read, 1).await.unwrap().try_into().unwrap();
        assert_eq!(entry.revocation.of, Revoked::Session(session.id));
        read = entry.position;
    }
}

#[tokio::test]
async fn who_followed_a_folder_before_it_was_restored_hears_all_of_it_anew() {
    let (folder, backup, dice) =
        (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), Dice::seeded(7));
    let store = embedded(folder.path());
    sign_out(&store, &begin(&store, &dice).await).await;
    let early = feed(&store).await;
    drop(store);
    std::fs::copy(folder.path().join("bitjang.db"), backup.path().join("bitjang.db")).unwrap();
    let store = embedded(folder.path());
    for _ in 0..3 {
        sign_out(&store, &begin(&store, &dice).await).await;
    }
    let [.., near, last] = feed(&store).await.try_into().unwrap_or([early[0]; 4]);
    drop(store);

    let store = embedded(backup.path());
    assert_eq!(
        store.revocations.read_on(last.bookmark(), 10).await.unwrap().entries,
        early,
        "beyond its end"
    );
    for _ in 0..3 {
        sign_out(&store, &begin(&store, &dice).await).await;
    }
    let all = feed(&store).await;
    assert_eq!(all.last().unwrap().position, last.position, "the same numbers again");
    for place in [near, last] {
        assert_eq!(store.revocations.read_on(place.bookmark(), 10).await.unwrap().entries, all);
    }
    assert_eq!(
        store.revocations.read_on(early[0].bookmark(), 10).await.unwrap().entries,
        all[1..],
        "of both"
    );
}
