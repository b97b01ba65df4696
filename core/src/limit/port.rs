//! The port to where attempts are counted. Its promise: of any number of attempts at once, exactly as many get through as the limits say.

use std::time::Duration;

use async_trait::async_trait;

use super::Charge;
use crate::{Failure, Time};

/// Whether an attempt may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Taken {
    /// One attempt was taken from every bucket.
    All,
    /// A bucket was empty, and nothing was taken from any. The longest wait of those that were.
    Nothing {
        /// How long until all of them hold an attempt again.
        retry_after: Duration,
    },
}

/// Counts attempts. Each method is one atomic step.
#[async_trait]
pub trait Limits: Send + Sync {
    /// Takes one attempt from every bucket, or from none.
    async fn take(&self, charges: &[Charge], now: Time) -> Result<Taken, Failure>;

    /// Gives one attempt back to every bucket.
    async fn give_back(&self, charges: &[Charge]) -> Result<(), Failure>;

    /// Forgets buckets that are full again, up to `at_most`; says how many.
    async fn sweep(&self, now: Time, at_most: usize) -> Result<usize, Failure>;
}
