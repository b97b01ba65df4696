//! A sync that takes its time: who reads does not wait, who writes does, and all are told the truth in the end.

use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use bitjang_core::Sessions as _;
use bitjang_core::session::contract::session;
use bitjang_core::testing::{Dice, at, together};
use bitjang_core::{AccountId, Session};

use super::place::Place;

const MANY: usize = 200;

#[tokio::test]
async fn while_a_sync_takes_its_time_reads_go_on_and_writes_wait_and_are_then_committed_together() {
    let (place, dice) = (Place::empty(1), Dice::seeded(1));
    let store = place.open().unwrap();
    let fresh = || session(AccountId::generate(&dice, at(1)), 10, &dice);
    let (known, first) = (fresh(), fresh());
    store.insert(known.clone()).await.unwrap();
    drop(store);
    // Nothing is in memory any more.
    let store = place.open().unwrap();
    let before = store.commits();

    let held = place.disk.hold_syncs();
    let mut slow = pin!(store.insert(first.clone()));
    assert!(is_pending(slow.as_mut()));
    place.disk.wait_for_a_sync();
    let sessions: Vec<Session> = (0..MANY).map(|_| fresh()).collect();
    let mut writes = pin!(together(sessions.iter().map(|session| store.insert(session.clone()))));
    assert!(is_pending(writes.as_mut()));
    assert_eq!(store.find(known.id).await.unwrap().as_deref(), Some(&known));
    for waiting in sessions.iter().chain([&first]) {
        assert_eq!(store.find(waiting.id).await.unwrap(), None, "nobody sees what is not on the disk");
    }
    assert!(is_pending(slow.as_mut()) && is_pending(writes.as_mut()), "nobody is told that it is");

    drop(held);
    slow.await.unwrap();
    assert!(writes.await.iter().all(Result::is_ok));
    assert!(store.commits() - before <= 3, "{MANY} that waited took {} commits", store.commits() - before);
    let place = place.after_a_cut();
    let found = place.open().unwrap();
    for session in sessions.iter().chain([&first]) {
        assert_eq!(found.find(session.id).await.unwrap().as_deref(), Some(session));
    }
}

fn is_pending<F: Future>(future: Pin<&mut F>) -> bool {
    matches!(future.poll(&mut Context::from_waker(Waker::noop())), Poll::Pending)
}
