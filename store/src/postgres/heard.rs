//! What this process has heard of the feed, and what it remembers of records because of it.
//!
//! A record in memory is good for as long as the feed would have told of a change: what changes elsewhere drops it here. When the feed has not been read for longer than the
//! bound, nothing in memory is believed.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bitjang_core::revocation::Entry;
use bitjang_core::{Account, AccountId, Failure, Session, SessionId};
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use super::ahead::Ahead;
use super::revocations::News;
use crate::agents::Agents;
use crate::cache::Records;
use crate::memory::Feed;

/// How long whoever needs the present end of the feed waits for it.
const PATIENCE: Duration = Duration::from_secs(2);

/// Shared by the store and the task that reads the feed.
pub(super) struct Heard {
    pub(super) feed: Feed,
    pub(super) accounts: Records<AccountId, Account>,
    pub(super) sessions: Records<SessionId, Session>,
    pub(super) agents: Agents,
    max_staleness: Duration,
    began: Instant,
    /// Up to when the feed is known, in microseconds after `began`; 0 when it never was.
    known_until: AtomicU64,
    /// How often somebody asked for the present end of the feed.
    asked: AtomicU64,
    pub(super) wake: Notify,
    /// How far our clock is ahead of the database's, once somebody has looked.
    ahead: Mutex<Option<Ahead>>,
    rounds: watch::Sender<Round>,
}

/// The last reading of the feed.
#[derive(Clone, Copy, Default)]
struct Round {
    /// Whose question it answers, and those of all before.
    answers: u64,
    succeeded: bool,
}

/// The feed could not be read.
#[derive(Debug, thiserror::Error)]
#[error("the feed of revocations cannot be read at the moment")]
struct Deaf;

impl Heard {
    pub(super) fn new(cache_bytes: u64, max_staleness: Duration) -> Self {
        Self {
            feed: Feed::default(),
            accounts: Records::holding(cache_bytes / 2),
            sessions: Records::holding(cache_bytes / 2),
            agents: Agents::default(),
            max_staleness,
            began: Instant::now(),
            known_until: AtomicU64::new(0),
            asked: AtomicU64::new(0),
            wake: Notify::new(),
            ahead: Mutex::default(),
            rounds: watch::Sender::new(Round::default()),
        }
    }

    /// The accounts in memory, if they are to be believed.
    pub(super) fn accounts_if_fresh(&self) -> Option<&Records<AccountId, Account>> {
        self.is_fresh().then_some(&self.accounts)
    }

    /// The sessions in memory, if they are to be believed.
    pub(super) fn sessions_if_fresh(&self) -> Option<&Records<SessionId, Session>> {
        self.is_fresh().then_some(&self.sessions)
    }

    fn is_fresh(&self) -> bool {
        self.staleness().is_some_and(|staleness| staleness <= self.max_staleness)
    }

    /// How long ago the feed was known to its end; nothing when it never was.
    pub(super) fn staleness(&self) -> Option<Duration> {
        let known_until = self.known_until.load(Ordering::Acquire);
        (known_until > 0).then(|| self.began.elapsed().saturating_sub(Duration::from_micros(known_until)))
    }

    /// Returns when everything is heard that was written before this was asked; fails when the feed cannot be read.
    pub(super) async fn all(&self, action: &'static str) -> Result<(), Failure> {
        let question = self.asked.fetch_add(1, Ordering::AcqRel) + 1;
        let mut rounds = self.rounds.subscribe();
        self.wake.notify_one();
        let answered = rounds.wait_for(|round| round.answers >= question);
        match tokio::time::timeout(PATIENCE, answered).await {
            Ok(Ok(round)) if round.succeeded => Ok(()),
            _ => Err(Failure::new(action, Deaf)),
        }
    }

    /// The questions that a reading which begins now will answer.
    pub(super) fn questions(&self) -> u64 {
        self.asked.load(Ordering::Acquire)
    }

    /// Drops from memory what the feed says has changed; what was revoked by that.
    pub(super) fn take(&self, News { position, account, session, revocation }: News) -> Option<Entry> {
        if let Some(account) = account {
            self.accounts.forget(account);
        }
        if let Some(session) = session {
            self.sessions.forget(session);
        }
        revocation.map(|revocation| Entry { position, revocation })
    }

    /// Everything that was written before `at` has been taken in.
    pub(super) fn know_until(&self, at: Instant, answers: u64) {
        let micros = at.duration_since(self.began).as_micros();
        self.known_until.store(u64::try_from(micros).unwrap_or(u64::MAX).max(1), Ordering::Release);
        self.rounds.send_replace(Round { answers, succeeded: true });
    }

    /// The feed could not be read.
    pub(super) fn know_nothing(&self) {
        self.rounds.send_replace(Round { answers: self.questions(), succeeded: false });
    }

    /// Our clock is so far ahead of the database's.
    pub(super) fn clock_is(&self, ahead: Ahead) {
        *self.ahead.lock().unwrap_or_else(PoisonError::into_inner) = Some(ahead);
    }

    pub(super) fn clock(&self) -> Option<Ahead> {
        *self.ahead.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Believes nothing in memory any more.
    pub(super) fn forget_records(&self) {
        self.accounts.forget_all();
        self.sessions.forget_all();
    }

    /// For as long as an account is being written.
    pub(super) fn letting_go_of_account(&self, id: AccountId) -> LettingGo<'_> {
        LettingGo { heard: self, of: Kept::Account(id) }
    }

    /// For as long as a session is being ended.
    pub(super) fn letting_go_of_session(&self, id: SessionId) -> LettingGo<'_> {
        LettingGo { heard: self, of: Kept::Session(id) }
    }
}

enum Kept {
    Account(AccountId),
    Session(SessionId),
}

/// Drops a record from memory when a write has ended that the feed tells of, however it ended, also when nobody waits for it any more; and has the feed read.
pub(super) struct LettingGo<'h> {
    heard: &'h Heard,
    of: Kept,
}

impl Drop for LettingGo<'_> {
    fn drop(&mut self) {
        match self.of {
            Kept::Account(id) => self.heard.accounts.forget(id),
            Kept::Session(id) => self.heard.sessions.forget(id),
        }
        self.heard.wake.notify_one();
    }
}
