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
    /// How many sessions a large store has.
    pub(crate) sessions: usize,
    /// How that is told.
    pub(crate) flat: &'static str,
}

impl Plan {
    /// Some minutes altogether: for figures to be told.
    pub(crate) const THOROUGH: Self = Self {
        rounds: 5,
        span: Duration::from_secs(5),
        starts: 20,
        trials: 500,
        sessions: 1_000_000,
        flat: "refreshes with 1,000,000 sessions; with 1,000",
    };
    /// A minute or two.
    pub(crate) const QUICK: Self = Self {
        rounds: 3,
        span: Duration::from_secs(2),
        starts: 5,
        trials: 100,
        sessions: 100_000,
        flat: "refreshes with 100,000 sessions; with 1,000",
    };
}
