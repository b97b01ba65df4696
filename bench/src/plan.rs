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
}

impl Plan {
    /// Some minutes altogether: for figures to be told.
    pub(crate) const THOROUGH: Self = Self { rounds: 5, span: Duration::from_secs(5), starts: 20 };
    /// A minute or two.
    pub(crate) const QUICK: Self = Self { rounds: 3, span: Duration::from_secs(2), starts: 5 };
}
