//! How long is measured: thoroughly, or just enough to see that nothing is far off.

use std::time::Duration;

/// How often, and for how long each time.
#[derive(Clone, Copy)]
pub(crate) struct Plan {
    /// How often ours and the alternative take turns.
    pub(crate) rounds: usize,
    /// How long one of them is measured in a round.
    pub(crate) span: Duration,
    /// How often the server is started.
    pub(crate) starts: usize,
    /// How often a session is ended to see how that spreads.
    pub(crate) trials: usize,
    /// How many sessions the stores have that are compared.
    pub(crate) growth: &'static [usize],
    /// How many sessions several servers share.
    pub(crate) shared: usize,
}

impl Plan {
    /// A quarter of an hour altogether: for figures to be told.
    pub(crate) const THOROUGH: Self = Self {
        rounds: 5,
        span: Duration::from_secs(1),
        starts: 20,
        trials: 500,
        growth: &[1_000, 10_000, 100_000, 1_000_000],
        shared: 50_000,
    };
    /// Some minutes.
    pub(crate) const QUICK: Self = Self {
        rounds: 2,
        span: Duration::from_millis(500),
        starts: 5,
        trials: 50,
        growth: &[1_000, 50_000],
        shared: 5_000,
    };

    /// The same, up to ten million sessions.
    pub(crate) const fn to_ten_million(self) -> Self {
        Self { growth: &[1_000, 10_000, 100_000, 1_000_000, 10_000_000], ..self }
    }

    /// How many sessions the largest store has.
    pub(crate) fn most(self) -> usize {
        self.growth.last().copied().unwrap_or_default()
    }
}

/// With commas, as figures are read.
pub(crate) fn grouped(count: usize) -> String {
    let digits = count.to_string();
    let groups = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy).collect::<Vec<_>>();
    groups.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_parted() {
        assert_eq!([7, 1_000, 10_000_000].map(grouped), ["7", "1,000", "10,000,000"]);
    }
}
