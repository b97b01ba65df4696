//! Revocations in memory: in the order of their positions, and of the moment they concern nobody any more.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::Mutex;

use async_trait::async_trait;
use bitjang_core::revocation::{Entry, Position};
use bitjang_core::{Failure, Revocation, Revocations, Time};

use super::{Memory, whole};
use crate::feed_end::FeedEnd;

/// Entries, and those who wait for more of them.
#[derive(Default)]
pub(crate) struct Feed {
    table: Mutex<RevocationTable>,
    end: FeedEnd,
}

#[derive(Default)]
struct RevocationTable {
    kept: BTreeMap<Position, Revocation>,
    in_order_of_end: BTreeSet<(Time, Position)>,
    /// The last position that was ever used.
    last: Position,
}

impl Feed {
    /// Takes in what a record revokes. Called while that record's table is locked for writing, so that nobody sees one of the two without the other.
    pub(super) fn push(&self, revokes: Option<Revocation>) {
        let Some(revocation) = revokes else { return };
        let mut table = whole(self.table.lock());
        table.push(revocation);
        self.end.move_to(table.end());
    }

    /// Takes in an entry whose position others have given it. Taking it in again changes nothing.
    pub(crate) fn learn(&self, entry: Entry) {
        let mut table = whole(self.table.lock());
        table.put(entry);
        self.end.move_to(table.end());
    }

    /// Holds these entries and no others from now on.
    pub(crate) fn begin_anew(&self, entries: Vec<Entry>) {
        let mut anew = RevocationTable::default();
        for entry in entries {
            anew.put(entry);
        }
        let mut table = whole(self.table.lock());
        *table = anew;
        self.end.move_to(table.end());
    }

    pub(crate) fn after(&self, after: Position, at_most: usize) -> Vec<Entry> {
        whole(self.table.lock()).after(after, at_most)
    }

    /// Returns when it holds an entry beyond `after`.
    pub(crate) async fn passes(&self, after: Position) -> Result<(), Failure> {
        self.end.passes(after).await
    }

    pub(crate) fn forget(&self, now: Time, at_most: usize) -> usize {
        let mut table = whole(self.table.lock());
        let forgotten = table.forget(now, at_most);
        self.end.move_to(table.end());
        forgotten
    }
}

impl RevocationTable {
    fn push(&mut self, revocation: Revocation) {
        self.put(Entry { position: Position(self.last.0 + 1), revocation });
    }

    fn put(&mut self, Entry { position, revocation }: Entry) {
        self.last = self.last.max(position);
        if let Some(before) = self.kept.insert(position, revocation) {
            self.in_order_of_end.remove(&(before.until, position));
        }
        self.in_order_of_end.insert((revocation.until, position));
    }

    fn end(&self) -> Position {
        self.kept.last_key_value().map_or_else(Position::default, |(position, _)| *position)
    }

    fn after(&self, after: Position, at_most: usize) -> Vec<Entry> {
        let beyond = self.kept.range((Bound::Excluded(after), Bound::Unbounded)).take(at_most);
        beyond.map(|(position, revocation)| Entry { position: *position, revocation: *revocation }).collect()
    }

    fn forget(&mut self, now: Time, at_most: usize) -> usize {
        let past: Vec<_> = self
            .in_order_of_end
            .iter()
            .take(at_most)
            .take_while(|(until, _)| *until <= now)
            .copied()
            .collect();
        for each in &past {
            self.in_order_of_end.remove(each);
            self.kept.remove(&each.1);
        }
        past.len()
    }
}

#[async_trait]
impl Revocations for Memory {
    async fn after(&self, after: Position, at_most: usize) -> Result<Vec<Entry>, Failure> {
        Ok(self.feed.after(after, at_most))
    }

    async fn wait(&self, after: Position) -> Result<(), Failure> {
        self.feed.passes(after).await
    }

    async fn forget(&self, now: Time, at_most: usize) -> Result<usize, Failure> {
        Ok(self.feed.forget(now, at_most))
    }
}
