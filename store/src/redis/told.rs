//! What the feed of the main store has told: which sessions have ended of late, and how long ago that was known.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use bitjang_core::revocation::{Position, RevokedSet};
use bitjang_core::{Clock, Failure, Revocation, Revocations, Session, Time};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

/// The longest that copies are believed without news of the feed, as records in memory are.
const MOST_STALENESS: Duration = Duration::from_secs(30);

/// How often the feed is read without being told that there is something, at the least.
const UNTOLD: Duration = Duration::from_secs(1);

/// How long to wait after the feed could not be read.
const AGAIN: Duration = Duration::from_millis(200);

/// How often entries are dropped that concern nobody any more, which looks at all of them.
const FORGET: Duration = Duration::from_secs(60);

/// How many entries are read at once.
const BATCH: usize = 1_000;

/// Shared by the store and the task that follows the feed.
pub(super) struct Told {
    revoked: RwLock<RevokedSet>,
    max_staleness: Duration,
    began: Instant,
    /// Up to when the feed is known, in microseconds after `began`; 0 when it never was.
    known_until: AtomicU64,
}

impl Told {
    pub(super) fn new(max_staleness: Duration) -> Self {
        let (revoked, known_until) = (RwLock::default(), AtomicU64::new(0));
        Self { revoked, max_staleness: max_staleness.min(MOST_STALENESS), began: Instant::now(), known_until }
    }

    /// Whether the feed was read to its end so lately that what it did not tell has not happened.
    pub(super) fn is_fresh(&self) -> bool {
        let known_until = Duration::from_micros(self.known_until.load(Ordering::Acquire));
        !known_until.is_zero() && self.began.elapsed().saturating_sub(known_until) <= self.max_staleness
    }

    /// Whether this session has ended, for all that was told.
    pub(super) fn has_ended(&self, session: &Session) -> bool {
        let revoked = self.revoked.read().unwrap_or_else(PoisonError::into_inner);
        revoked.revokes(session.id, session.account, session.epoch)
    }

    /// Takes in what ends sessions. If it turns out not to have been written, the main store is asked about them, no more.
    pub(super) fn learn(&self, revocation: &Revocation) {
        self.revoked.write().unwrap_or_else(PoisonError::into_inner).add(revocation);
    }

    fn forget(&self, now: Time) {
        self.revoked.write().unwrap_or_else(PoisonError::into_inner).forget(now);
    }

    /// Reads the feed to its end.
    async fn read_on(&self, feed: &dyn Revocations, last: &mut Position) -> Result<(), Failure> {
        let began = self.began.elapsed();
        loop {
            let entries = feed.after(*last, BATCH).await?;
            for entry in &entries {
                *last = entry.position;
                self.learn(&entry.revocation);
            }
            if entries.len() < BATCH {
                break;
            }
        }
        let micros = u64::try_from(began.as_micros()).unwrap_or(u64::MAX).max(1);
        self.known_until.store(micros, Ordering::Release);
        Ok(())
    }
}

/// The task that follows the feed. Dropping it ends it.
pub(super) struct Follower(JoinHandle<()>);

impl Drop for Follower {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Follower {
    /// Reads the feed, if it can be read now, and follows it from there.
    pub(super) async fn start(told: Arc<Told>, feed: Arc<dyn Revocations>, clock: Arc<dyn Clock>) -> Self {
        let mut last = Position::default();
        // When it cannot be read now, nothing is believed until it is.
        let _known = told.read_on(&*feed, &mut last).await;
        Self(tokio::spawn(follow(told, feed, clock, last)))
    }
}

async fn follow(told: Arc<Told>, feed: Arc<dyn Revocations>, clock: Arc<dyn Clock>, mut last: Position) {
    let untold = UNTOLD.min(told.max_staleness / 4);
    let mut forgot = Instant::now();
    loop {
        let is_broken = matches!(timeout(untold, feed.wait(last)).await, Ok(Err(_)));
        if told.read_on(&*feed, &mut last).await.is_err() || is_broken {
            sleep(AGAIN).await;
        }
        if forgot.elapsed() >= FORGET {
            told.forget(clock.now());
            forgot = Instant::now();
        }
    }
}
