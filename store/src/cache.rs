//! Decoded records in memory, in front of where they are kept.
//!
//! A reader takes a place in the cache before it looks at the store, and a writer before it writes there; each may only fill that very place. Whoever hears of a later record
//! puts it in or takes the old one out, and either voids the place: what the reader brings back late is given to whoever asked, and not kept.

use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bitjang_core::{Account, Session};
use quick_cache::Weighter;
use quick_cache::sync::{Cache, GuardResult};

/// The most a record counts for. A record heavier than its part of the cache would not be let in, and then would not void a reader's place either.
const MAX_WEIGHT: u64 = 8 * 1024;

/// The least a cache may hold: many times [`MAX_WEIGHT`] in each of its parts.
const MIN_BYTES: u64 = 2 * 1024 * 1024;

/// About what a record weighs, for guessing how many there will be.
const USUAL_WEIGHT: u64 = 400;

/// What the cache itself and the allocator spend on an entry, in bytes.
const OVERHEAD: usize = 96;

/// A record that says how much memory it takes.
pub(crate) trait Weigh {
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
    /// As if nobody shared its agent: what nobody shares must not get in for nothing.
    fn weigh(&self) -> usize {
        size_of::<Self>() + self.client.agent.as_ref().map_or(0, |agent| agent.len())
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
pub(crate) struct Records<Id, Record> {
    kept: Cache<Id, Arc<Record>, Scales>,
    /// How often something was put in or taken out by who knew better.
    news: AtomicU64,
}

/// How much news there was, before a record was asked for whose id is not known yet.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment(u64);

impl<Id: Copy + Eq + Hash, Record: Weigh> Records<Id, Record> {
    /// Records of about `bytes` together.
    pub(crate) fn holding(bytes: u64) -> Self {
        let bytes = bytes.max(MIN_BYTES);
        let records = usize::try_from(bytes / USUAL_WEIGHT).unwrap_or(usize::MAX);
        Self { kept: Cache::with_weighter(records, bytes, Scales), news: AtomicU64::new(0) }
    }

    /// The record, if it is here.
    pub(crate) fn find(&self, id: Id) -> Option<Arc<Record>> {
        self.kept.get(&id)
    }

    /// The record, read with `read` if it is not here, and kept unless a commit came between.
    pub(crate) fn load<E>(
        &self,
        id: Id,
        read: impl FnOnce() -> Result<Option<Record>, E>,
    ) -> Result<Option<Arc<Record>>, E> {
        match self.kept.get_value_or_guard(&id, None) {
            GuardResult::Value(record) => Ok(Some(record)),
            GuardResult::Guard(place) => {
                let Some(record) = read()?.map(Arc::new) else { return Ok(None) };
                let _refused_if_void = place.insert(Arc::clone(&record));
                Ok(Some(record))
            }
            GuardResult::Timeout => read().map(|record| record.map(Arc::new)),
        }
    }

    /// The record as `read` finds it now, whatever is here; kept if nothing is, unless something came between.
    pub(crate) async fn refresh<E>(
        &self,
        id: Id,
        read: impl Future<Output = Result<Option<Record>, E>>,
    ) -> Result<Option<Arc<Record>>, E>
    where
        Record: PartialEq,
    {
        // No waiting for another reader: what it finds may be older than this question.
        let place = self.kept.get_value_or_guard(&id, Some(Duration::ZERO));
        let found = read.await?.map(Arc::new);
        match (place, &found) {
            (GuardResult::Guard(place), Some(record)) => {
                let _refused_if_void = place.insert(Arc::clone(record));
            }
            (GuardResult::Value(here), found) if Some(&here) != found.as_ref() => self.forget(id),
            _ => {}
        }
        Ok(found)
    }

    /// Now, to say it to [`Records::keep`] later.
    pub(crate) fn moment(&self) -> Moment {
        Moment(self.news.load(Ordering::Acquire))
    }

    /// Keeps a record that was read after `since`, if nothing is here and there was no news of any record meanwhile; drops what is here and is not the same.
    ///
    /// For a reader that could not take a place before it looked, since it did not know whose.
    pub(crate) fn keep(&self, id: Id, record: &Arc<Record>, since: Moment)
    where
        Record: PartialEq,
    {
        match self.kept.get_value_or_guard(&id, Some(Duration::ZERO)) {
            // The place first: news that comes after this look voids it.
            GuardResult::Guard(place) if self.moment() == since => {
                let _refused_if_void = place.insert(Arc::clone(record));
            }
            GuardResult::Value(here) if here != *record => self.forget(id),
            _ => {}
        }
    }

    /// Does `write`, and keeps the record it says it has written, unless something came between. Whatever becomes of it, also when nobody waits for it any more, what was here before is gone.
    pub(crate) async fn write<E>(
        &self,
        id: Id,
        write: impl Future<Output = Result<Option<Arc<Record>>, E>>,
    ) -> Result<bool, E> {
        // In this order, or a reader that began before the commit could fill a place after it.
        self.forget(id);
        let place = self.kept.get_value_or_guard(&id, Some(Duration::ZERO));
        let mut forgetting = self.forgetting(id);
        let written = write.await?;
        if let (GuardResult::Guard(place), Some(record)) = (place, &written) {
            let _refused_if_void = place.insert(Arc::clone(record));
            forgetting.armed = false;
        }
        Ok(written.is_some())
    }

    /// Takes in what has been committed.
    pub(crate) fn put(&self, id: Id, record: &Arc<Record>) {
        self.tell();
        self.kept.insert(id, Arc::clone(record));
    }

    /// Drops what has been deleted, or is kept elsewhere in a later form.
    pub(crate) fn forget(&self, id: Id) {
        self.tell();
        self.kept.remove(&id);
    }

    /// Drops it when a write has ended, however it ended, also when nobody waits for it any more.
    pub(crate) fn forgetting(&self, id: Id) -> Forgetting<'_, Id, Record> {
        Forgetting { records: self, id, armed: true }
    }

    /// Drops everything.
    pub(crate) fn forget_all(&self) {
        self.tell();
        self.kept.clear();
    }

    /// Before what the news is about is changed.
    fn tell(&self) {
        self.news.fetch_add(1, Ordering::AcqRel);
    }
}

/// Drops a record when this is dropped, unless a new one was kept.
pub(crate) struct Forgetting<'r, Id: Copy + Eq + Hash, Record: Weigh> {
    records: &'r Records<Id, Record>,
    id: Id,
    armed: bool,
}

impl<Id: Copy + Eq + Hash, Record: Weigh> Drop for Forgetting<'_, Id, Record> {
    fn drop(&mut self) {
        if self.armed {
            self.records.forget(self.id);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::pin::pin;
    use std::task::{Context, Waker};

    use bitjang_core::session::contract::session;
    use bitjang_core::testing::Dice;
    use bitjang_core::{AccountId, SessionId};
    use tokio::sync::oneshot;

    use super::*;

    /// Halts a reader between its question and its answer, does `meanwhile`, and lets it go on: whether it left anything behind.
    async fn leaves_something_behind(
        meanwhile: impl FnOnce(&Records<SessionId, Session>, SessionId),
    ) -> bool {
        let sessions = Records::holding(0);
        let old = session(AccountId::from_bytes([1; 16]), 10, &Dice::seeded(1));
        let (answer, asked) = oneshot::channel();
        {
            let read = async { Ok::<_, Infallible>(asked.await.ok()) };
            let mut reader = pin!(sessions.refresh(old.id, read));
            assert!(reader.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
            meanwhile(&sessions, old.id);
            answer.send(old.clone()).unwrap();
            assert_eq!(reader.await.unwrap().as_deref(), Some(&old));
        }
        sessions.find(old.id).is_some()
    }

    #[tokio::test]
    async fn a_reader_that_nothing_overtakes_fills_its_place() {
        assert!(leaves_something_behind(|_, _| ()).await);
    }

    #[tokio::test]
    async fn a_reader_that_news_overtake_leaves_nothing_old_behind() {
        assert!(!leaves_something_behind(Records::forget).await);
        assert!(!leaves_something_behind(|sessions, _| sessions.forget_all()).await);
    }

    /// Halts a write before its commit, does `meanwhile`, and lets it commit if `done`: what it left behind.
    async fn written(
        done: bool,
        meanwhile: impl FnOnce(&Records<SessionId, Session>, &Arc<Session>),
    ) -> Option<Arc<Session>> {
        let sessions = Records::holding(0);
        let old = Arc::new(session(AccountId::from_bytes([1; 16]), 10, &Dice::seeded(1)));
        let next = Arc::new(Session { revision: old.revision.next(), ..Session::clone(&old) });
        sessions.put(old.id, &old);
        let (answer, asked) = oneshot::channel();
        {
            let write = async { Ok::<_, Infallible>(asked.await.ok()) };
            let mut writer = pin!(sessions.write(old.id, write));
            assert!(writer.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
            assert!(sessions.find(old.id).is_none(), "nobody knows which is kept");
            meanwhile(&sessions, &old);
            if done {
                answer.send(Arc::clone(&next)).unwrap();
            } else {
                drop(answer);
            }
            assert_eq!(writer.await, Ok(done));
        }
        sessions.find(old.id)
    }

    #[tokio::test]
    async fn what_was_written_is_kept_unless_news_came_in_between() {
        assert!(written(true, |_, _| ()).await.is_some_and(|kept| kept.revision.0 == 2));
        assert!(written(true, |sessions, old| sessions.forget(old.id)).await.is_none());
        assert!(written(true, |sessions, _| sessions.forget_all()).await.is_none());
        assert!(written(false, |_, _| ()).await.is_none());
    }

    #[tokio::test]
    async fn whoever_reads_during_a_write_leaves_nothing_old_behind() {
        let read = |sessions: &Records<SessionId, Session>, old: &Arc<Session>| {
            let since = sessions.moment();
            sessions.keep(old.id, old, since);
        };
        assert!(written(true, read).await.is_some_and(|kept| kept.revision.0 == 2));
        assert!(written(false, read).await.is_none());
    }

    #[tokio::test]
    async fn a_write_that_nobody_waits_for_any_more_leaves_nothing_behind() {
        let sessions = Records::holding(0);
        let old = Arc::new(session(AccountId::from_bytes([1; 16]), 10, &Dice::seeded(1)));
        sessions.put(old.id, &old);
        {
            let write = std::future::pending::<Result<_, Infallible>>();
            let mut writer = pin!(sessions.write(old.id, write));
            assert!(writer.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        }
        assert!(sessions.find(old.id).is_none());
    }

    /// Reads without a place, does `meanwhile`, and keeps what was read: whether it left anything behind.
    fn keeps(meanwhile: impl FnOnce(&Records<SessionId, Session>, SessionId)) -> Option<Arc<Session>> {
        let sessions = Records::holding(0);
        let read = Arc::new(session(AccountId::from_bytes([1; 16]), 10, &Dice::seeded(1)));
        let since = sessions.moment();
        meanwhile(&sessions, read.id);
        sessions.keep(read.id, &read, since);
        sessions.find(read.id)
    }

    #[test]
    fn a_reader_without_a_place_keeps_nothing_that_news_may_have_overtaken() {
        assert!(keeps(|_, _| ()).is_some());
        assert!(keeps(Records::forget).is_none());
        assert!(keeps(|sessions, _| sessions.forget_all()).is_none());
        let other = SessionId::from_bytes([9; 16]);
        assert!(keeps(|sessions, _| sessions.forget(other)).is_none(), "whose news it was is not asked");
    }

    #[test]
    fn a_reader_without_a_place_does_not_put_an_old_record_over_a_later_one() {
        let mut later = session(AccountId::from_bytes([1; 16]), 10, &Dice::seeded(1));
        later.revision = later.revision.next();
        let kept = keeps(|sessions, id| sessions.put(id, &Arc::new(later.clone())));
        assert!(kept.is_none_or(|kept| *kept == later));
    }

    #[tokio::test]
    async fn what_is_here_and_was_overtaken_elsewhere_is_dropped() {
        let sessions = Records::holding(0);
        let old = session(AccountId::from_bytes([1; 16]), 10, &Dice::seeded(1));
        sessions.put(old.id, &Arc::new(old.clone()));
        let next = Session { revision: old.revision.next(), ..old.clone() };
        let found = sessions.refresh(old.id, async { Ok::<_, Infallible>(Some(next.clone())) }).await;
        assert_eq!(found.unwrap().as_deref(), Some(&next));
        assert!(sessions.find(old.id).is_none());
    }
}
