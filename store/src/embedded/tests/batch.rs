//! What is committed together: few transactions for many writes, and no write that pays for another's fault.

use std::pin::pin;

use bitjang_core::Session;
use bitjang_core::session::EndedWhy;
use bitjang_core::testing::{at, together};
use tokio::task::unconstrained;

use super::{Gate, LateGate, Run, Stage, poll_once};
use crate::Health as _;

/// Runs `writes` so that all of them wait before the first is committed.
pub(super) async fn all_at_once<F: Future>(
    stage: &Stage,
    writes: impl IntoIterator<Item = F>,
) -> Vec<F::Output> {
    let open = stage.hold_the_writer();
    // Otherwise the runtime would let the second future run before all writes are in the queue.
    let writes = unconstrained(together(writes));
    tokio::join!(biased; writes, async move { open.send(()).unwrap() }).0
}

#[tokio::test]
async fn writes_that_wait_are_committed_together() {
    let stage = Stage::set();
    let sessions: Vec<Session> = (0..200).map(|_| stage.session()).collect();
    let before = stage.store.commits();
    let answers = all_at_once(&stage, sessions.iter().map(|session| stage.insert(session))).await;
    assert!(answers.iter().all(Result::is_ok));
    let commits = stage.store.commits() - before;
    assert_eq!(commits, 2, "one for what held the writer up, one for 200 writes");
    for session in &sessions {
        assert_eq!(stage.find_on_disk(session.id).await.as_ref(), Some(session));
    }
}

#[tokio::test]
async fn a_statement_that_fails_spoils_no_other() {
    let stage = Stage::set();
    let (one, other) = (stage.session(), stage.session());
    let double = Session { id: one.id, ..stage.session() };
    let answers = all_at_once(&stage, [&one, &double, &other].map(|session| stage.insert(session))).await;
    assert_eq!(answers.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, true]);
    assert_eq!(stage.find_on_disk(one.id).await, Some(one));
    assert_eq!(stage.find_on_disk(other.id).await, Some(other));
}

/// Makes COMMIT itself fail, and leaves the transaction open, as a full disk may.
pub(super) const UNCOMMITTABLE: Run = Run("CREATE TABLE parent (id INTEGER PRIMARY KEY) STRICT;
    CREATE TABLE child (parent INTEGER REFERENCES parent DEFERRABLE INITIALLY DEFERRED) STRICT;
    INSERT INTO child VALUES (1);");

#[tokio::test]
async fn a_commit_that_fails_changes_nothing_and_the_store_goes_on() {
    let stage = Stage::set();
    let (old, fresh) = (stage.session(), stage.session());
    stage.insert(&old).await.unwrap();
    let ended = old.ending(EndedWhy::SignedOut, at(20)).unwrap();

    let open = stage.hold_the_writer();
    let (spoiled, replaced, inserted, ()) = tokio::join!(
        biased;
        stage.store.writer.write(UNCOMMITTABLE),
        stage.replace(&ended),
        stage.insert(&fresh),
        async move { open.send(()).unwrap() }
    );
    assert!(spoiled.is_err() && replaced.is_err() && inserted.is_err());
    assert_eq!(stage.find(old.id).await, Some(old.clone()), "the cache has not seen it");
    assert_eq!(stage.find(fresh.id).await, None);
    assert_eq!(stage.find_on_disk(old.id).await, Some(old.clone()), "nor has the disk");

    stage.store.ping().await.unwrap();
    let _ = stage.replace(&ended).await.unwrap();
    stage.insert(&fresh).await.unwrap();
    assert_eq!(stage.find_on_disk(old.id).await, Some(ended));
    assert_eq!(stage.find_on_disk(fresh.id).await, Some(fresh));
}

#[tokio::test]
async fn a_write_whose_asker_has_gone_is_whole_or_not_there() {
    let stage = Stage::set();
    let (queued, never_asked, last) = (stage.session(), stage.session(), stage.session());
    let open = stage.hold_the_writer();
    assert!(poll_once(pin!(stage.insert(&queued))).is_pending());
    drop(stage.insert(&never_asked));
    open.send(()).unwrap();
    stage.insert(&last).await.unwrap();
    assert_eq!(stage.find_on_disk(queued.id).await, Some(queued.clone()));
    assert_eq!(stage.find_on_disk(never_asked.id).await, None);
}

#[tokio::test]
async fn more_writes_than_fit_the_queue_wait_their_turn() {
    let stage = Stage::set();
    let sessions: Vec<Session> = (0..3_000).map(|_| stage.session()).collect();
    let answers = all_at_once(&stage, sessions.iter().map(|session| stage.insert(session))).await;
    assert!(answers.iter().all(Result::is_ok));
    let commits = stage.store.commits();
    assert!(commits < 100, "3,000 writes took {commits} commits");
}

#[tokio::test]
async fn nobody_is_answered_before_the_commit() {
    let stage = Stage::set();
    let session = stage.session();
    let (gate, at_the_gate, open) = Gate::closed();
    let held = stage.hold_the_writer();
    let (mut insert, mut after) = (pin!(stage.insert(&session)), pin!(stage.store.writer.write(gate)));
    assert!(poll_once(insert.as_mut()).is_pending() && poll_once(after.as_mut()).is_pending());
    held.send(()).unwrap();

    at_the_gate.recv().unwrap();
    assert!(poll_once(insert.as_mut()).is_pending(), "its statement has run, its transaction goes on");
    assert_eq!(stage.find(session.id).await, None);
    open.send(()).unwrap();
    insert.await.unwrap();
    assert_eq!(stage.find(session.id).await.as_ref(), Some(&session));
}

#[tokio::test]
async fn nobody_is_answered_before_the_caches_know() {
    let stage = Stage::set();
    let old = stage.session();
    stage.insert(&old).await.unwrap();
    let ended = old.ending(EndedWhy::SignedOut, at(20)).unwrap();
    let (gate, at_the_gate, open) = Gate::closed();
    let held = stage.hold_the_writer();
    let mut before = pin!(stage.store.writer.write(LateGate(gate)));
    let mut replace = pin!(stage.replace(&ended));
    assert!(poll_once(before.as_mut()).is_pending() && poll_once(replace.as_mut()).is_pending());
    held.send(()).unwrap();

    at_the_gate.recv().unwrap();
    assert!(poll_once(before.as_mut()).is_pending() && poll_once(replace.as_mut()).is_pending());
    open.send(()).unwrap();
    let _ = replace.await.unwrap();
    assert_eq!(stage.find(old.id).await, Some(ended.clone()));
}
