//! What tests hand in where production hands in the world: a clock moved by hand, dice that fall the same way each time.
#![expect(clippy::unwrap_used, clippy::missing_panics_doc, clippy::indexing_slicing, reason = "for tests")]

use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::task::Poll;
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};

use crate::{Clock, Entropy, Event, Events, Time};

/// The point `seconds` after the Unix epoch.
pub fn at(seconds: i64) -> Time {
    Time::from_micros(seconds * 1_000_000)
}

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub struct HandClock(AtomicI64);

impl HandClock {
    /// A clock that shows `time`.
    pub fn showing(time: Time) -> Self {
        Self(AtomicI64::new(time.as_micros()))
    }

    /// Moves the clock forward.
    pub fn advance(&self, span: Duration) {
        self.0.fetch_add(i64::try_from(span.as_micros()).unwrap(), Ordering::Relaxed);
    }

    /// Sets the clock, also back.
    pub fn set(&self, time: Time) {
        self.0.store(time.as_micros(), Ordering::Relaxed);
    }
}

impl Clock for HandClock {
    fn now(&self) -> Time {
        Time::from_micros(self.0.load(Ordering::Relaxed))
    }
}

/// Dice that fall the same way in each run: SHA-256 of a seed and a counter.
#[derive(Debug)]
pub struct Dice {
    seed: u64,
    thrown: AtomicU64,
}

impl Dice {
    /// Dice whose every throw follows from `seed`.
    pub fn seeded(seed: u64) -> Self {
        Self { seed, thrown: AtomicU64::new(0) }
    }
}

impl Entropy for Dice {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            let throw =
                [self.seed.to_le_bytes(), self.thrown.fetch_add(1, Ordering::Relaxed).to_le_bytes()].concat();
            chunk.copy_from_slice(&digest(&SHA256, &throw).as_ref()[..chunk.len()]);
        }
    }
}

/// Remembers every event it hears.
#[derive(Debug, Default)]
pub struct Ledger(Mutex<Vec<Event>>);

impl Ledger {
    /// Everything heard since the last time this was asked.
    pub fn take(&self) -> Vec<Event> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl Events for Ledger {
    fn record(&self, event: &Event) {
        self.0.lock().unwrap().push(event.clone());
    }
}

/// Polls all of `futures` together until each has its answer, in their order.
pub async fn together<F: Future>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let mut waiting: Vec<_> = futures.into_iter().map(|future| (Box::pin(future), None)).collect();
    std::future::poll_fn(|context| {
        for (future, answer) in &mut waiting {
            if answer.is_none()
                && let Poll::Ready(ready) = future.as_mut().poll(context)
            {
                *answer = Some(ready);
            }
        }
        if waiting.iter().all(|(_, answer)| answer.is_some()) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    waiting.into_iter().filter_map(|(_, answer)| answer).collect()
}
