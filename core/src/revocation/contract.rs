//! What every store must do with revocations.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a suite of tests")]

use std::time::Duration;

use super::{Bookmark, Entry, Part, Position, Revocation, Revocations, Revoked};
use crate::account::contract::account;
use crate::session::EndedWhy;
use crate::session::contract::session;
use crate::testing::{Dice, at, together};
use crate::{Accounts, Commit, Session, Sessions};

const ACCESS: Duration = Duration::from_secs(300);

/// Runs the whole suite on an empty store.
pub async fn check(accounts: &dyn Accounts, sessions: &dyn Sessions, revocations: &dyn Revocations) {
    let dice = Dice::seeded(5);
    an_entry_is_written_with_the_record_it_comes_with(accounts, sessions, revocations, &dice).await;
    a_stale_write_revokes_nothing(sessions, revocations, &dice).await;
    reading_on_misses_nothing(sessions, revocations, &dice).await;
    reading_on_begins_anew_where_the_place_is_not_known(revocations).await;
    waiting_ends_with_the_next_entry(sessions, revocations, &dice).await;
    entries_are_forgotten_when_they_concern_nobody(revocations).await;
}

async fn last(revocations: &dyn Revocations) -> Position {
    revocations
        .after(Position::default(), usize::MAX)
        .await
        .unwrap()
        .last()
        .map_or(Position::default(), |entry| entry.position)
}

async fn begun(sessions: &dyn Sessions, dice: &Dice) -> Session {
    let session = session(crate::AccountId::generate(dice, at(1)), 10, dice);
    sessions.insert(session.clone()).await.unwrap();
    session
}

fn ending(session: &Session) -> (Session, Option<Revocation>) {
    let revocation = Revocation::of_session(session.id, ACCESS, at(20));
    (session.ending(EndedWhy::SignedOut, at(20)).unwrap(), Some(revocation))
}

async fn an_entry_is_written_with_the_record_it_comes_with(
    accounts: &dyn Accounts,
    sessions: &dyn Sessions,
    revocations: &dyn Revocations,
    dice: &Dice,
) {
    let session = begun(sessions, dice).await;
    let owner = account("revoked", dice);
    let _ = accounts.insert(owner.clone()).await.unwrap();

    let (ended, revocation) = ending(&session);
    assert_eq!(sessions.replace(ended, revocation).await.unwrap(), Commit::Done);
    let raised = owner.ending_sessions(Some(session.id));
    let all = Revocation::of_sessions_before(&raised, ACCESS, at(30));
    assert_eq!(accounts.replace(raised, Some(all)).await.unwrap(), Commit::Done);

    let entries = revocations.after(Position::default(), 10).await.unwrap();
    assert_eq!(entries.iter().map(|entry| entry.revocation).collect::<Vec<_>>(), [revocation.unwrap(), all]);
    assert!(entries[0].position > Position::default() && entries[0].position < entries[1].position);
    assert_eq!(revocations.after(entries[0].position, 10).await.unwrap(), entries[1..]);
    assert_eq!(revocations.after(Position::default(), 1).await.unwrap(), entries[..1]);
}

async fn a_stale_write_revokes_nothing(sessions: &dyn Sessions, revocations: &dyn Revocations, dice: &Dice) {
    let session = begun(sessions, dice).await;
    let touched = Session { seen_at: at(15), revision: session.revision.next(), ..session.clone() };
    assert_eq!(sessions.replace(touched, None).await.unwrap(), Commit::Done);
    let before = last(revocations).await;
    let (ended, revocation) = ending(&session);
    assert_eq!(sessions.replace(ended, revocation).await.unwrap(), Commit::Stale);
    assert_eq!(last(revocations).await, before);
}

async fn reading_on_misses_nothing(sessions: &dyn Sessions, revocations: &dyn Revocations, dice: &Dice) {
    let mut read = last(revocations).await;
    let mut born = Vec::new();
    for _ in 0..50 {
        born.push(begun(sessions, dice).await);
    }
    together(born.iter().map(|session| {
        let (ended, revocation) = ending(session);
        sessions.replace(ended, revocation)
    }))
    .await;
    let mut heard = Vec::new();
    while let entries = revocations.after(read, 7).await.unwrap()
        && let Some(end) = entries.last()
    {
        read = end.position;
        heard.extend(entries.iter().map(|entry| entry.revocation.of));
    }
    assert_eq!(heard.len(), 50);
    assert!(born.iter().all(|session| heard.contains(&Revoked::Session(session.id))));
}

async fn reading_on_begins_anew_where_the_place_is_not_known(revocations: &dyn Revocations) {
    let all = revocations.after(Position::default(), usize::MAX).await.unwrap();
    let [middle, last] = *all.last_chunk().unwrap();
    let elsewhere = Revocation::of_session(crate::SessionId::from_bytes([9; 16]), ACCESS, at(20));
    let beyond = Entry { position: Position(last.position.0 + 5), revocation: elsewhere };
    let other = Entry { revocation: elsewhere, ..middle };
    for known in [middle, last] {
        let rest = all.iter().filter(|entry| entry.position > known.position).copied().collect();
        let part = revocations.read_on(known.bookmark(), 10).await.unwrap();
        assert_eq!(part, Part { after: known.bookmark(), entries: rest });
        assert_eq!(part.end(), last.bookmark());
    }
    for unknown in [Bookmark::START, other.bookmark(), beyond.bookmark()] {
        let part = revocations.read_on(unknown, usize::MAX).await.unwrap();
        assert_eq!(part, Part { after: Bookmark::START, entries: all.clone() });
        assert_eq!(revocations.read_on(unknown, 1).await.unwrap().entries, all[..1]);
    }
}

async fn waiting_ends_with_the_next_entry(
    sessions: &dyn Sessions,
    revocations: &dyn Revocations,
    dice: &Dice,
) {
    let session = begun(sessions, dice).await;
    let (ended, revocation) = ending(&session);
    let before = last(revocations).await;
    let listening = async { revocations.wait(before).await.map(|()| Commit::Done) };
    let writing = async { sessions.replace(ended, revocation).await };
    let both: [std::pin::Pin<Box<dyn Future<Output = _> + Send>>; 2] =
        [Box::pin(listening), Box::pin(writing)];
    assert!(together(both).await.into_iter().all(|answer| matches!(answer, Ok(Commit::Done))));
    revocations.wait(before).await.unwrap();
}

async fn entries_are_forgotten_when_they_concern_nobody(revocations: &dyn Revocations) {
    let end = last(revocations).await;
    assert_eq!(revocations.forget(at(20), 1_000).await.unwrap(), 0);
    while revocations.forget(at(100_000), 3).await.unwrap() > 0 {}
    assert!(revocations.after(Position::default(), 10).await.unwrap().is_empty());
    assert!(end > Position::default());
}
