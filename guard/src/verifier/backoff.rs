//! How long to wait before trying again: longer each time, never the same for two who wait for the same server.

use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

/// Waits that double up to a cap, each shortened at random by up to half.
#[derive(Debug)]
pub(super) struct Backoff {
    shortest: Duration,
    longest: Duration,
    failures: u32,
}

impl Backoff {
    pub(super) const fn new(shortest: Duration, longest: Duration) -> Self {
        Self { shortest, longest, failures: 0 }
    }

    /// It worked.
    pub(super) fn reset(&mut self) {
        self.failures = 0;
    }

    /// How long to wait after one more failure.
    pub(super) fn next(&mut self) -> Duration {
        // Spreads load and guards no secret: the random seed of a hash map is random enough.
        self.jittered(RandomState::new().hash_one(()))
    }

    fn jittered(&mut self, dice: u64) -> Duration {
        let whole = self.shortest.saturating_mul(1 << self.failures.min(16)).min(self.longest);
        self.failures = self.failures.saturating_add(1);
        let half = whole / 2;
        half + half * u32::try_from(dice % 1_000).unwrap_or(0) / 1_000
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_cap_and_never_fall_below_half() {
        let mut backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(1));
        let waits: Vec<u128> = (0..6).map(|_| backoff.jittered(0).as_millis()).collect();
        assert_eq!(waits, [50, 100, 200, 400, 500, 500]);
        assert!(backoff.jittered(999) < Duration::from_secs(1));
        backoff.reset();
        assert_eq!(backoff.jittered(500), Duration::from_millis(75));
    }
}
