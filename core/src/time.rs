//! Points in time, as whole microseconds since the Unix epoch, and the clock that tells them.

use std::time::Duration;

/// How far apart the clocks of servers that share a store may be: up to this nobody is signed out, and no revocation or key is forgotten too early.
pub const CLOCKS_APART: Duration = Duration::from_secs(120);

/// The most that a verifier may let its clock and ours differ.
pub const LONGEST_LEEWAY: Duration = Duration::from_secs(60);

/// A point in time: microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(i64);

impl Time {
    /// The point this many microseconds after the Unix epoch.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since the Unix epoch.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// This point moved into the future; the end of time rather than an overflow.
    #[must_use]
    pub fn plus(self, span: Duration) -> Self {
        Self(self.0.saturating_add(micros(span)))
    }

    /// This point moved into the past; the beginning of time rather than an overflow.
    #[must_use]
    pub fn minus(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(micros(span)))
    }

    /// How long ago `earlier` was; zero when it lies ahead.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

fn micros(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
}

/// Tells the time. Handed in, so that rules can be tested at any moment.
pub trait Clock: Send + Sync {
    /// The present moment by the wall clock.
    fn now(&self) -> Time;
}
