//! The time in the lab: that of the machine, set forward when an attack needs tomorrow.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Shared by the servers of one scheme.
#[derive(Clone, Debug, Default)]
pub struct Clock(Arc<AtomicI64>);

impl Clock {
    /// Seconds since 1970.
    #[expect(clippy::disallowed_methods, reason = "the lab's clocks come from here")]
    pub fn now(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX).saturating_add(self.0.load(Ordering::Relaxed))
    }

    /// Lets so much time pass at once.
    pub fn advance(&self, span: Duration) {
        self.0.fetch_add(i64::try_from(span.as_secs()).unwrap_or(i64::MAX), Ordering::Relaxed);
    }
}

/// A moment, by a clock that is never set: for measuring.
#[expect(clippy::disallowed_methods, reason = "a measurement needs the real time")]
pub(crate) fn moment() -> Instant {
    Instant::now()
}
