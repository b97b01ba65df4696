//! What moving asks of a store: rows in and out, a pause for everybody else who writes, and a mark that says what became of it.

use async_trait::async_trait;

use super::record::{Kind, Row, Value};

/// What a store said no with.
pub(crate) type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why rows were not written.
pub(crate) enum Unwritten {
    /// There is no room for them.
    NoRoom(Cause),
    /// Anything else.
    Other(Cause),
}

/// Where records are read.
#[async_trait]
pub(crate) trait Records: Send {
    /// The rows that come after this key, in the order of their keys, up to so many. Fewer come at the end only.
    async fn page(
        &mut self,
        kind: &'static Kind,
        after: Option<&Value>,
        at_most: usize,
    ) -> Result<Vec<Row>, Cause>;

    /// Whether records of this kind are kept here at all.
    fn keeps(&self, kind: &'static Kind) -> bool;

    /// About how many there are.
    async fn count(&mut self, kind: &'static Kind) -> Result<u64, Cause>;
}

/// What became of a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// All that is in it has been moved elsewhere: nothing may be written any more.
    MovedTo(String),
    /// It is being filled from elsewhere, and that has not come to its end.
    FilledFrom(String),
}

impl Mark {
    /// As it is written down.
    pub(crate) fn spelled(&self) -> (&'static str, &str) {
        match self {
            Self::MovedTo(other) => ("moved_to", other),
            Self::FilledFrom(other) => ("filled_from", other),
        }
    }

    /// As it was written down. What a later release writes means that the store is not for this one.
    pub(crate) fn read(state: &str, other: String) -> Self {
        if state == "filled_from" { Self::FilledFrom(other) } else { Self::MovedTo(other) }
    }
}

/// A store, held to move things out of it or into it.
#[async_trait]
pub(crate) trait Place: Records {
    /// What it is called, without a secret.
    fn address(&self) -> String;

    /// What became of it.
    async fn mark(&mut self) -> Result<Option<Mark>, Cause>;

    /// Writes that down, or that it is a store like any other.
    async fn set_mark(&mut self, mark: Option<&Mark>) -> Result<(), Cause>;

    /// Takes rows out and puts others in, all or none.
    async fn write(&mut self, kind: &'static Kind, out: &[Value], put: &[Row]) -> Result<(), Unwritten>;

    /// From now on everything that is read is of one moment.
    async fn freeze(&mut self) -> Result<(), Cause>;

    /// From now on nobody else writes: until [`Place::go_on`], [`Place::retire`], or this process ends, however it ends. Unless another mover came first: its mark.
    async fn pause(&mut self) -> Result<Option<Mark>, Cause>;

    /// The pause is over.
    async fn go_on(&mut self);

    /// The pause becomes the end: with this mark, nobody writes any more, not even who has the store open now. Fails if the pause had ended by itself.
    async fn retire(&mut self, mark: &Mark) -> Result<(), Cause>;

    /// Takes a store that was moved away into use again: with every account's epoch raised by `raise`, and without a key of before.
    async fn revive(&mut self, raise: i64) -> Result<(), Cause>;
}
