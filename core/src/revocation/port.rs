//! The port to the feed of revocations. Its promise: whoever reads on from a position misses nothing.

use std::fmt;
use std::str::FromStr;

use async_trait::async_trait;

use super::Revocation;
use crate::{Failure, Time};

/// A place in the feed. Entries are read in the order of their positions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(pub u64);

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Position {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// A revocation and its place in the feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where it stands.
    pub position: Position,
    /// What it says.
    pub revocation: Revocation,
}

/// The feed. Entries come into it with the records that end sessions, through [`Sessions::replace`](crate::Sessions::replace) and
/// [`Accounts::replace`](crate::Accounts::replace): either both are written or neither.
#[async_trait]
pub trait Revocations: Send + Sync {
    /// Up to `at_most` entries beyond `after`, in order. Position 0 lies before the first.
    ///
    /// An entry is in here before the write that made it is acknowledged.
    async fn after(&self, after: Position, at_most: usize) -> Result<Vec<Entry>, Failure>;

    /// Returns when there is an entry beyond `after`, at once if there is one already. Dropping the future stops waiting.
    async fn wait(&self, after: Position) -> Result<(), Failure>;

    /// Forgets up to `at_most` entries that concern no live token any more; says how many. Positions are never used again.
    async fn forget(&self, now: Time, at_most: usize) -> Result<usize, Failure>;
}
