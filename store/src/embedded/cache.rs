//! Decoded records in front of the readers, never older than the last commit that was acknowledged.
//!
//! A reader takes a place in the cache before it looks at the disk, and may only fill that very place. The writer, between COMMIT and the first answer,
//! puts the new record in or takes the old one out, and either voids the place: what the reader brings back late is given to whoever asked before the
//! commit was acknowledged, and not kept.

use std::hash::Hash;
use std::sync::Arc;

use bitjang_core::revocation::Position;
use bitjang_core::{Account, AccountId, Session, SessionId};
use quick_cache::Weighter;
use quick_cache::sync::{Cache, GuardResult};

use crate::feed_end::FeedEnd;

/// The most a record counts for. A record heavier than its part of the cache would not be let in, and then would not void a reader's place either.
const MAX_WEIGHT: u64 = 8 * 1024;

/// The least a cache may hold: many times [`MAX_WEIGHT`] in each of its parts.
const MIN_BYTES: u64 = 2 * 1024 * 1024;

/// About what a record weighs, for guessing how many there will be.
const USUAL_WEIGHT: u64 = 512;

/// What the cache itself and the allocator spend on an entry, in bytes.
const OVERHEAD: usize = 96;

/// A record that says how much memory it takes.
pub(super) trait Weigh {
    /// Bytes on the heap, about.
    fn weigh(&self) -> usize;
}

impl Weigh for Account {
    fn weigh(&self) -> usize {
        let name = self.name.as_ref().map_or(0, |name| name.as_str().len());
        let roles: usize = self.roles.as_slice().iter().map(|role| size_of::<String>() + role.len()).sum();
        size_of::<Self>() + self.identifier.as_str().len() + name + self.password.as_str().len() + roles
    }
}

impl Weigh for Session {
    fn weigh(&self) -> usize {
        size_of::<Self>() + self.client.agent.as_ref().map_or(0, String::len)
    }
}

#[derive(Clone)]
struct Scales;

impl<Id, Record: Weigh> Weighter<Id, Arc<Record>> for Scales {
    fn weight(&self, _: &Id, record: &Arc<Record>) -> u64 {
        u64::try_from(OVERHEAD + record.weigh()).map_or(MAX_WEIGHT, |weight| weight.min(MAX_WEIGHT))
    }
}

/// Records of one kind, by id.
pub(super) struct Records<Id, Record>(Cache<Id, Arc<Record>, Scales>);

impl<Id: Copy + Eq + Hash, Record: Weigh> Records<Id, Record> {
    fn holding(bytes: u64) -> Self {
        let bytes = bytes.max(MIN_BYTES);
        let records = usize::try_from(bytes / USUAL_WEIGHT).unwrap_or(usize::MAX);
        Self(Cache::with_weighter(records, bytes, Scales))
    }

    /// The record, if it is here.
    pub(super) fn find(&self, id: Id) -> Option<Arc<Record>> {
        self.0.get(&id)
    }

    /// The record, read with `read` if it is not here, and kept unless a commit came between.
    pub(super) fn load<E>(
        &self,
        id: Id,
        read: impl FnOnce() -> Result<Option<Record>, E>,
    ) -> Result<Option<Arc<Record>>, E> {
        match self.0.get_value_or_guard(&id, None) {
            GuardResult::Value(record) => Ok(Some(record)),
            GuardResult::Guard(place) => {
                let Some(record) = read()?.map(Arc::new) else { return Ok(None) };
                let _refused_if_void = place.insert(Arc::clone(&record));
                Ok(Some(record))
            }
            GuardResult::Timeout => read().map(|record| record.map(Arc::new)),
        }
    }

    /// Takes in what has been committed.
    pub(super) fn put(&self, id: Id, record: &Arc<Record>) {
        self.0.insert(id, Arc::clone(record));
    }

    /// Drops what has been deleted.
    pub(super) fn forget(&self, id: Id) {
        self.0.remove(&id);
    }
}

/// What is known of the last commit without looking at the disk.
pub(super) struct Caches {
    pub(super) accounts: Records<AccountId, Account>,
    pub(super) sessions: Records<SessionId, Session>,
    pub(super) feed_end: FeedEnd,
}

impl Caches {
    /// Caches of about `bytes` together, half for each: an account is larger than a session, and there are more sessions.
    pub(super) fn holding(bytes: u64, feed_end: FeedEnd) -> Self {
        Self { accounts: Records::holding(bytes / 2), sessions: Records::holding(bytes / 2), feed_end }
    }

    /// Wakes those who wait for a revocation, if there was one.
    pub(super) fn heard_of(&self, revoked: Option<Position>) {
        if let Some(position) = revoked {
            self.feed_end.move_to(position);
        }
    }
}
