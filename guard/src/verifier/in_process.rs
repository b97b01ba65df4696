//! An issuer in the same process: its store is the feed.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bitjang_core::Failure;
use bitjang_core::revocation::{Bookmark, Entry, Revocations, Tail};
use bitjang_core::token::KeySet;

use super::Clocks;
use super::source::{Answer, Feed, Heard, Lost, Pace, Source};

/// How many entries are read from the store at once.
const BATCH: usize = 1_000;
/// How far heartbeats are apart: what the server's own feed does.
const HEARTBEAT: Duration = Duration::from_secs(2);

pub(super) struct InProcess {
    revocations: Arc<dyn Revocations>,
    keys: Box<dyn Fn() -> KeySet + Send + Sync>,
    clocks: Arc<dyn Clocks>,
}

impl InProcess {
    pub(super) fn new(
        revocations: Arc<dyn Revocations>,
        keys: Box<dyn Fn() -> KeySet + Send + Sync>,
        clocks: Arc<dyn Clocks>,
    ) -> Self {
        Self { revocations, keys, clocks }
    }
}

#[async_trait]
impl Source for InProcess {
    async fn keys(&self) -> Result<KeySet, Failure> {
        Ok((self.keys)())
    }

    fn key_pace(&self) -> Pace {
        Pace { every: Duration::from_secs(5), apart: Duration::from_secs(1) }
    }

    async fn feed(&self, after: Bookmark) -> Result<Box<dyn Feed>, Failure> {
        let (revocations, clocks) = (Arc::clone(&self.revocations), Arc::clone(&self.clocks));
        let tail = Tail::beyond(after);
        Ok(Box::new(Reading { revocations, clocks, tail, batch: VecDeque::new(), told: false }))
    }

    async fn ask(&self, _: &str) -> Result<Answer, Failure> {
        Err(Failure::new("ask about a token", "the issuer is in this process: there is nobody else to ask"))
    }
}

struct Reading {
    revocations: Arc<dyn Revocations>,
    clocks: Arc<dyn Clocks>,
    tail: Tail,
    batch: VecDeque<Entry>,
    /// Whether a heartbeat told that this was all, and nothing came since.
    told: bool,
}

#[async_trait]
impl Feed for Reading {
    async fn next(&mut self) -> Result<Heard, Lost> {
        if self.batch.is_empty() {
            if self.told {
                // A heartbeat is due when nothing comes.
                let news = tokio::time::timeout(HEARTBEAT, self.tail.wait(&*self.revocations)).await;
                news.unwrap_or(Ok(()))?;
            }
            // The moment before the store is asked is the one for which its answer is whole.
            let now = self.clocks.now().wall;
            let batch = self.tail.next(&*self.revocations, BATCH).await?;
            self.batch = batch.ok_or_else(|| Failure::new("read on", "the feed has gone back"))?.into();
            if self.batch.is_empty() {
                self.told = true;
                return Ok(Heard::Heartbeat { place: self.tail.place(), now });
            }
        }
        self.told = false;
        let entry = self.batch.pop_front().ok_or(Lost::Silent)?;
        Ok(Heard::Entry { place: entry.bookmark(), revocation: entry.revocation })
    }
}
