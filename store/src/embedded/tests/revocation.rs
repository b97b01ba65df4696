//! A session's end and what it revokes: both or neither, whatever fails, and heard of before it is acknowledged.

use std::pin::pin;
use std::time::Duration;

use bitjang_core::account::Inserted;
use bitjang_core::account::contract::account;
use bitjang_core::revocation::{Position, Revoked};
use bitjang_core::testing::{at, together};
use bitjang_core::{Accounts, Commit, Failure, Revocation, Revocations, Session};

use super::batch::{UNCOMMITTABLE, all_at_once};
use super::{Gate, LateGate, Run, Stage, poll_once, signed_out};

/// From now on the engine refuses every revocation.
const REFUSED: Run = Run(
    "CREATE TEMP TRIGGER refused BEFORE INSERT ON main.revocation BEGIN SELECT RAISE(ABORT, 'refused'); END",
);

/// From now on the engine refuses every revocation, and gives up the transaction that it was to be part of.
const GIVEN_UP: Run = Run(
    "CREATE TEMP TRIGGER refused BEFORE INSERT ON main.revocation BEGIN SELECT RAISE(ROLLBACK, 'given up'); END",
);

const TAKEN_AGAIN: Run = Run("DROP TRIGGER refused");

async fn living(stage: &Stage) -> Session {
    let session = stage.session();
    stage.insert(&session).await.unwrap();
    session
}

/// Signs `session` out while two others are inserted in the same transaction: whether each of the two was.
async fn sign_out_between(stage: &Stage, session: &Session) -> [bool; 2] {
    let (one, other) = (stage.session(), stage.session());
    let open = stage.hold_the_writer();
    let (first, ended, second, ()) = tokio::join!(
        biased;
        stage.insert(&one),
        stage.sign_out(session),
        stage.insert(&other),
        async move { open.send(()).unwrap() }
    );
    assert!(ended.is_err());
    assert_eq!(stage.find_on_disk(one.id).await.is_some(), first.is_ok());
    assert_eq!(stage.find_on_disk(other.id).await.is_some(), second.is_ok());
    [first.is_ok(), second.is_ok()]
}

#[tokio::test]
async fn an_end_whose_revocation_cannot_be_written_is_undone_alone() {
    let stage = Stage::set();
    let session = living(&stage).await;
    stage.store.writer.write(REFUSED).await.unwrap();
    assert_eq!(sign_out_between(&stage, &session).await, [true, true]);
    assert_eq!(stage.find(session.id).await.as_ref(), Some(&session), "the cache has not seen it");
    assert_eq!(stage.find_on_disk(session.id).await.as_ref(), Some(&session), "nor has the disk");
    assert!(stage.feed().await.is_empty());

    stage.store.writer.write(TAKEN_AGAIN).await.unwrap();
    assert_eq!(stage.sign_out(&session).await.unwrap(), Commit::Done);
    assert_eq!(stage.find_on_disk(session.id).await, Some(signed_out(&session)));
    assert_eq!(stage.feed().await.len(), 1);
}

#[tokio::test]
async fn nor_is_half_of_it_there_when_the_engine_gives_the_transaction_up() {
    let stage = Stage::set();
    let session = living(&stage).await;
    stage.store.writer.write(GIVEN_UP).await.unwrap();
    assert_eq!(sign_out_between(&stage, &session).await, [false, false]);
    assert_eq!(stage.find_on_disk(session.id).await.as_ref(), Some(&session));
    assert!(stage.feed().await.is_empty());
    stage.store.writer.write(TAKEN_AGAIN).await.unwrap();
    assert_eq!(stage.sign_out(&session).await.unwrap(), Commit::Done);
}

#[tokio::test]
async fn a_raised_epoch_whose_revocation_cannot_be_written_is_undone() {
    let stage = Stage::set();
    let owner = account("owner", &stage.dice);
    assert_eq!(Accounts::insert(&stage.store, owner.clone()).await.unwrap(), Inserted::Done);
    let raised = owner.ending_sessions(None);
    let revocation = Revocation::of_sessions_before(&raised, Duration::from_secs(300), at(20));
    let raise = || Accounts::replace(&stage.store, raised.clone(), Some(revocation));

    stage.store.writer.write(REFUSED).await.unwrap();
    assert!(raise().await.is_err());
    stage.store.caches.accounts.forget(owner.id);
    assert_eq!(Accounts::find(&stage.store, owner.id).await.unwrap().as_deref(), Some(&owner));
    assert!(stage.feed().await.is_empty());
    stage.store.writer.write(TAKEN_AGAIN).await.unwrap();
    assert_eq!(raise().await.unwrap(), Commit::Done);
    assert_eq!(stage.feed().await.len(), 1);
}

#[tokio::test]
async fn a_commit_that_fails_revokes_nothing_and_wakes_nobody() {
    let stage = Stage::set();
    let session = living(&stage).await;
    let mut wait = pin!(stage.store.wait(Position::default()));
    let open = stage.hold_the_writer();
    let (spoiled, ended, ()) = tokio::join!(
        biased;
        stage.store.writer.write(UNCOMMITTABLE),
        stage.sign_out(&session),
        async move { open.send(()).unwrap() }
    );
    assert!(spoiled.is_err() && ended.is_err());
    assert!(poll_once(wait.as_mut()).is_pending());
    assert!(stage.feed().await.is_empty());
    assert_eq!(stage.find_on_disk(session.id).await, Some(session));
}

#[tokio::test]
async fn of_many_ends_of_one_session_one_revokes() {
    let stage = Stage::set();
    let session = living(&stage).await;
    let answers = all_at_once(&stage, (0..20).map(|_| stage.sign_out(&session))).await;
    assert_eq!(answers.iter().filter(|answer| matches!(answer, Ok(Commit::Done))).count(), 1);
    assert_eq!(stage.feed().await.len(), 1);
}

#[tokio::test]
async fn whoever_waits_has_heard_of_an_end_before_it_is_acknowledged() {
    let stage = Stage::set();
    let session = living(&stage).await;
    let (gate, at_the_gate, open) = Gate::closed();
    let held = stage.hold_the_writer();
    let mut wait = pin!(stage.store.wait(Position::default()));
    let mut sign_out = pin!(stage.sign_out(&session));
    let mut after = pin!(stage.store.writer.write(LateGate(gate)));
    assert!(poll_once(sign_out.as_mut()).is_pending() && poll_once(after.as_mut()).is_pending());
    assert!(poll_once(wait.as_mut()).is_pending());
    held.send(()).unwrap();

    at_the_gate.recv().unwrap();
    assert!(poll_once(sign_out.as_mut()).is_pending(), "committed, and not yet acknowledged");
    assert!(poll_once(wait.as_mut()).is_ready());
    let of = stage.feed().await.into_iter().map(|entry| entry.revocation.of).collect::<Vec<_>>();
    assert_eq!(of, [Revoked::Session(session.id)]);
    open.send(()).unwrap();
    assert_eq!(sign_out.await.unwrap(), Commit::Done);
}

#[tokio::test]
async fn nobody_sees_an_end_or_its_revocation_before_the_commit() {
    let stage = Stage::set();
    let session = living(&stage).await;
    let (gate, at_the_gate, open) = Gate::closed();
    let held = stage.hold_the_writer();
    let (mut sign_out, mut after) = (pin!(stage.sign_out(&session)), pin!(stage.store.writer.write(gate)));
    assert!(poll_once(sign_out.as_mut()).is_pending() && poll_once(after.as_mut()).is_pending());
    held.send(()).unwrap();

    at_the_gate.recv().unwrap();
    assert_eq!(stage.find_on_disk(session.id).await.as_ref(), Some(&session));
    assert!(stage.feed().await.is_empty(), "both statements have run, their transaction goes on");
    open.send(()).unwrap();
    assert_eq!(sign_out.await.unwrap(), Commit::Done);
    assert_eq!(stage.find_on_disk(session.id).await, Some(signed_out(&session)));
    assert_eq!(stage.feed().await.len(), 1);
}

#[tokio::test]
async fn when_there_is_no_room_an_end_and_its_revocation_are_missing_together() {
    let stage = Stage::set();
    let sessions = together((0..500).map(|_| living(&stage))).await;
    stage.store.writer.write(Run("PRAGMA max_page_count = 20")).await.unwrap();
    let answers: Vec<Result<Commit, Failure>> =
        together(sessions.iter().map(|session| stage.sign_out(session))).await;
    assert!(answers.iter().any(Result::is_err), "it has run out of room");
    stage.store.writer.write(Run("PRAGMA max_page_count = 1000000")).await.unwrap();
    let revoked: Vec<Revoked> = stage.feed().await.iter().map(|entry| entry.revocation.of).collect();
    for (session, answer) in sessions.iter().zip(answers) {
        let ended = stage.find_on_disk(session.id).await.unwrap().ended.is_some();
        assert_eq!(ended, answer.is_ok(), "what was acknowledged has ended, and nothing else");
        assert_eq!(revoked.contains(&Revoked::Session(session.id)), ended);
    }
}
