//! A client that signs up, begins sessions, turns and ends them, and ends all at once; and what must be there afterwards.

use std::collections::HashSet;
use std::time::Duration;

use bitjang_core::account::Inserted;
use bitjang_core::account::contract::account;
use bitjang_core::ratchet::{Branch, Ratchet};
use bitjang_core::revocation::{Position, Revoked};
use bitjang_core::session::{EndedWhy, contract::session};
use bitjang_core::testing::{Dice, at};
use bitjang_core::{
    Account, Accounts, Commit, Failure, Revision, Revocation, Revocations, Session, Sessions,
};
use bitjang_faults::Chance;
use bitjang_store::Embedded;

/// The revision at which a session is signed out.
const LAST: u64 = 5;

/// Revisions of one record: none is 0.
#[derive(Clone, Copy, Default)]
struct Known {
    asked: u64,
    acknowledged: u64,
}

pub(crate) struct Client {
    dice: Dice,
    chance: Chance,
    account: (Account, Known),
    sessions: Vec<(Session, Known)>,
}

/// What a client may find of a write that was not acknowledged.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unacknowledged {
    /// All of it, or nothing.
    MayBeThere,
    /// Nothing.
    IsNotThere,
}

impl Client {
    pub(crate) fn new(number: u64) -> Self {
        let dice = Dice::seeded(number);
        let account = account(&format!("client-{number}"), &dice);
        Self {
            dice,
            chance: Chance::seeded(number),
            account: (account, Known::default()),
            sessions: Vec::new(),
        }
    }

    /// Does so many steps, or as many as succeed.
    pub(crate) async fn write(&mut self, store: &Embedded, steps: u64) -> Result<(), Failure> {
        for _ in 0..steps {
            self.step(store).await?;
        }
        Ok(())
    }

    /// Does one step; the same again if the one before failed, which must find things as they were.
    pub(crate) async fn step(&mut self, store: &Embedded) -> Result<(), Failure> {
        let (account, known) = &mut self.account;
        let failed = self.sessions.iter_mut().find(|(_, known)| known.asked > known.acknowledged);
        if known.asked > known.acknowledged || known.acknowledged == 0 {
            return known.advance(async |to| write_account(store, account, to).await).await;
        }
        if let Some((session, known)) = failed {
            return known.advance(async |to| write_session(store, session, to).await).await;
        }
        if self.chance.below(12) == 0 {
            return known.advance(async |to| write_account(store, account, to).await).await;
        }
        let lives = |(_, known): &(Session, Known)| known.acknowledged < LAST;
        if !self.sessions.last().is_some_and(lives) || self.chance.below(8) == 0 {
            let begun = session(account.id, 10, &self.dice);
            self.sessions.push((begun, Known::default()));
        }
        let (session, known) = self.sessions.iter_mut().rfind(|session| lives(session)).unwrap();
        known.advance(async |to| write_session(store, session, to).await).await
    }

    /// Holds all it knows against the store and its feed: how many revocations are its own.
    pub(crate) async fn judge(
        &mut self,
        store: &Embedded,
        feed: &HashSet<Revoked>,
        other: Unacknowledged,
    ) -> usize {
        let (first, known) = &mut self.account;
        let kept = Accounts::find(store, first.id).await.unwrap();
        let revision = kept.as_ref().map_or(0, |kept| kept.revision.0);
        known.judge(revision, other);
        assert_eq!(
            kept.as_deref(),
            (revision > 0).then(|| account_at(first, revision)).as_ref(),
            "half a record"
        );
        let mut revocations = usize::try_from(revision.max(1) - 1).unwrap();
        for revision in 2..=revision {
            assert!(
                feed.contains(&raising(first, revision).of),
                "an epoch was raised, and its revocation is lost"
            );
        }
        for (first, known) in &mut self.sessions {
            let kept = Sessions::find(store, first.id).await.unwrap();
            let revision = kept.as_ref().map_or(0, |kept| kept.revision.0);
            known.judge(revision, other);
            assert_eq!(
                kept.as_deref(),
                (revision > 0).then(|| session_at(first, revision)).as_ref(),
                "half a record"
            );
            let revoked = feed.contains(&Revoked::Session(first.id));
            assert_eq!(revoked, revision == LAST, "an end and its revocation are both there or neither");
            revocations += usize::from(revoked);
        }
        revocations
    }
}

impl Known {
    async fn advance(&mut self, write: impl AsyncFnOnce(u64) -> Result<(), Failure>) -> Result<(), Failure> {
        self.asked = self.acknowledged + 1;
        write(self.asked).await?;
        self.acknowledged = self.asked;
        Ok(())
    }

    /// What may be there and is counts as acknowledged from now on; what may be and is not will not come any more.
    fn judge(&mut self, kept: u64, other: Unacknowledged) {
        assert!(
            kept >= self.acknowledged,
            "acknowledged was revision {}, and {kept} is there",
            self.acknowledged
        );
        let most = if other == Unacknowledged::MayBeThere { self.asked } else { self.acknowledged };
        assert!(kept <= most, "revision {kept} is there, and {most} is the most that may be");
        if other == Unacknowledged::MayBeThere {
            (self.asked, self.acknowledged) = (kept, kept);
        }
    }
}

/// Holds what all clients know against the store: nobody else has written.
pub(crate) async fn judge(store: &Embedded, clients: &mut [Client], other: Unacknowledged) {
    let entries = store.after(Position::default(), usize::MAX).await.unwrap();
    let feed: HashSet<_> = entries.iter().map(|entry| entry.revocation.of).collect();
    let mut expected = 0;
    for client in clients {
        expected += client.judge(store, &feed, other).await;
    }
    assert_eq!(entries.len(), expected, "every revocation is somebody's, and there once");
}

async fn write_account(store: &Embedded, first: &Account, to: u64) -> Result<(), Failure> {
    if to == 1 {
        assert_eq!(Accounts::insert(store, first.clone()).await?, Inserted::Done);
    } else {
        let next = account_at(first, to);
        assert_eq!(Accounts::replace(store, next, Some(raising(first, to))).await?, Commit::Done);
    }
    Ok(())
}

async fn write_session(store: &Embedded, first: &Session, to: u64) -> Result<(), Failure> {
    if to == 1 {
        return Sessions::insert(store, first.clone()).await;
    }
    let revokes = (to == LAST).then(|| Revocation::of_session(first.id, Duration::from_secs(300), at(20)));
    assert_eq!(Sessions::replace(store, session_at(first, to), revokes).await?, Commit::Done);
    Ok(())
}

fn account_at(first: &Account, revision: u64) -> Account {
    (1..revision).fold(first.clone(), |account, _| account.ending_sessions(None))
}

fn raising(first: &Account, to: u64) -> Revocation {
    Revocation::of_sessions_before(&account_at(first, to), Duration::from_secs(300), at(20))
}

fn session_at(first: &Session, revision: u64) -> Session {
    let turned = u32::try_from(revision - 1).unwrap();
    let spent = (turned > 0).then_some(Branch([u8::try_from(turned).unwrap(); 8]));
    let ended = first.ending(EndedWhy::SignedOut, at(20)).unwrap().ended.filter(|_| revision == LAST);
    Session {
        seen_at: at(10 + i64::from(turned)),
        ratchet: Ratchet { generation: turned, spent },
        ended,
        revision: Revision(revision),
        ..first.clone()
    }
}
