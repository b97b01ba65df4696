//! What a server remembers, while others write: dropped when the feed tells, not believed when the feed is silent.

use std::sync::Arc;
use std::time::Duration;

use bitjang_core::account::Roles;
use bitjang_core::session::Foreseen;
use bitjang_core::session::contract::session;
use bitjang_core::testing::{Dice, at};
use bitjang_core::{Account, Commit, Revision, Revocation, Session};
use bitjang_store::Opened;
use bitjang_store::testing::Server;

use crate::world::{ACCESS, begin, ended, open_believing, sign_out, sign_up, two, until};

/// Reads a session, so that it is remembered.
async fn remembered(store: &Opened, session: &Session) -> Arc<Session> {
    store.sessions.find(session.id).await.unwrap();
    store.sessions.cached(session.id).unwrap()
}

async fn remembered_account(store: &Opened, account: &Account) -> Arc<Account> {
    store.accounts.find(account.id).await.unwrap();
    store.accounts.cached(account.id).unwrap()
}

#[tokio::test]
async fn a_session_that_ends_at_one_server_is_dropped_by_the_other() {
    let ([one, other], dice) = (two().await, Dice::seeded(1));
    for _ in 0..20 {
        let session = begin(&one, &dice).await;
        assert_eq!(*remembered(&one, &session).await, session);
        assert_eq!(*remembered(&other, &session).await, session);
        assert_eq!(sign_out(&one, &session).await.unwrap(), Commit::Done);
        assert!(one.sessions.cached(session.id).is_none(), "at once where it ended");
        until("the other has heard", async || other.sessions.cached(session.id).is_none()).await;
        assert_eq!(*remembered(&other, &session).await, ended(&session));
    }
}

#[tokio::test]
async fn what_was_written_is_foreseen_and_a_wrong_guess_writes_nothing() {
    let ([one, other], dice) = (two().await, Dice::seeded(8));
    let owner = sign_up(&one, "owner", &dice).await;
    let begun = session(owner.id, 10, &dice);
    one.sessions.insert(begun.clone()).await.unwrap();
    let read = async |store: &Opened| {
        until("both are foreseen", async || {
            store.sessions.with_account(begun.id, &*store.accounts).await.unwrap();
            store.sessions.foreseen(begun.id).is_some()
        })
        .await;
    };
    let turn = async |store: &Opened| {
        let (session, account) = store.sessions.foreseen(begun.id).unwrap();
        let next = Session { revision: session.revision.next(), ..Session::clone(&session) };
        (next.clone(), store.sessions.replace_foreseen(next, &account, &*store.accounts).await.unwrap())
    };
    read(&one).await;
    read(&other).await;
    for _ in 0..3 {
        let (next, became) = turn(&one).await;
        assert_eq!(became, Foreseen::Right);
        assert_eq!(one.sessions.foreseen(begun.id).map(|(session, _)| session), Some(Arc::new(next)));
    }
    let kept = one.sessions.find(begun.id).await.unwrap().unwrap();
    let (_, became) = turn(&other).await;
    assert_eq!(became, Foreseen::Wrong(Some((Arc::clone(&kept), Arc::new(owner.clone())))));
    assert!(other.sessions.foreseen(begun.id).is_none(), "it is not guessed twice");
    read(&other).await;
    let disabled = owner.disabled();
    assert_eq!(one.accounts.replace(disabled.clone(), None).await.unwrap(), Commit::Done);
    // Whether the other has heard of it or not.
    if other.sessions.foreseen(begun.id).is_some() {
        assert_eq!(turn(&other).await.1, Foreseen::Wrong(Some((kept, Arc::new(disabled)))));
    }
}

#[tokio::test]
async fn one_trip_remembers_a_session_and_its_account() {
    let ([one, other], dice) = (two().await, Dice::seeded(6));
    let owner = sign_up(&one, "owner", &dice).await;
    let session = session(owner.id, 10, &dice);
    one.sessions.insert(session.clone()).await.unwrap();
    assert!(other.accounts.cached(owner.id).is_none() && other.sessions.cached(session.id).is_none());
    let read = async || other.sessions.with_account(session.id, &*other.accounts).await.unwrap();
    // News of another account may come in between, and then it is read once more.
    until("both are remembered", async || {
        read().await.is_some()
            && other.sessions.cached(session.id).is_some()
            && other.accounts.cached(owner.id).is_some()
    })
    .await;
    let disabled = owner.disabled();
    let revokes = Revocation::of_sessions_before(&disabled, ACCESS, at(20));
    assert_eq!(one.accounts.replace(disabled.clone(), Some(revokes)).await.unwrap(), Commit::Done);
    until("the other has heard", async || other.accounts.cached(owner.id).is_none()).await;
    assert_eq!(read().await.as_ref().map(|(_, account)| &**account), Some(&disabled));
}

#[tokio::test]
async fn an_account_that_changes_at_one_server_is_dropped_by_the_other() {
    let ([one, other], dice) = (two().await, Dice::seeded(2));
    let mut owner = sign_up(&one, "owner", &dice).await;
    let changes: [fn(&Account) -> Account; 3] =
        [Account::disabled, Account::enabled, |account| account.trusted_with(Roles::new(["admin"]).unwrap())];
    for change in changes {
        assert_eq!(*remembered_account(&other, &owner).await, owner);
        let next = change(&owner);
        let raised = next.epoch != owner.epoch;
        let revokes = raised.then(|| Revocation::of_sessions_before(&next, ACCESS, at(20)));
        assert_eq!(one.accounts.replace(next.clone(), revokes).await.unwrap(), Commit::Done);
        until("the other has heard", async || other.accounts.cached(owner.id).is_none()).await;
        owner = next;
    }
}

#[tokio::test]
async fn a_write_that_nobody_waits_for_any_more_leaves_nothing_old_behind() {
    let ([one, other], dice) = (two().await, Dice::seeded(3));
    for nth in 0..20 {
        let session = begin(&one, &dice).await;
        remembered(&one, &session).await;
        // As when the browser is gone before its answer.
        let patience = Duration::from_micros(100 * nth);
        let _given_up = tokio::time::timeout(patience, sign_out(&one, &session)).await;
        let is_over = async || other.sessions.find(session.id).await.unwrap().unwrap().ended.is_some();
        if is_over().await {
            until("it is dropped", async || {
                one.sessions.cached(session.id).is_none_or(|kept| kept.ended.is_some())
            })
            .await;
        }
    }
}

#[tokio::test]
async fn a_record_that_another_server_wrote_is_read_anew_after_a_stale_write() {
    let ([one, other], dice) = (two().await, Dice::seeded(4));
    let session = begin(&one, &dice).await;
    remembered(&other, &session).await;
    let touched = Session { seen_at: at(15), revision: session.revision.next(), ..session.clone() };
    assert_eq!(one.sessions.replace(touched.clone(), None).await.unwrap(), Commit::Done);
    assert_eq!(other.sessions.replace(touched.clone(), None).await.unwrap(), Commit::Stale);
    assert_eq!(*remembered(&other, &session).await, touched);
    let next = Session { revision: Revision(touched.revision.0 + 1), ..touched.clone() };
    assert_eq!(one.sessions.replace(next.clone(), None).await.unwrap(), Commit::Done);
    assert_eq!(
        other.sessions.find(session.id).await.unwrap().as_deref(),
        Some(&next),
        "what decides is never from memory"
    );
    assert_eq!(*remembered(&other, &session).await, next);
}

#[tokio::test]
async fn nothing_is_believed_when_the_feed_is_silent_for_too_long() {
    let (server, dice) = (Server::start("").unwrap(), Dice::seeded(5));
    let address = server.database().unwrap();
    let store = open_believing(&address, Duration::from_secs(2)).await;
    let session = begin(&store, &dice).await;
    remembered(&store, &session).await;
    server.pause().unwrap();
    until("the bound is over", async || store.sessions.cached(session.id).is_none()).await;
    server.resume().unwrap();
    until("the database answers", async || store.sessions.find(session.id).await.is_ok()).await;
    until("it is remembered again", async || {
        store.sessions.find(session.id).await.is_ok() && store.sessions.cached(session.id).is_some()
    })
    .await;
}
