//! How many connections there may be, and which one has to leave when all seats are taken: the one that has done nothing for the longest time.
//!
//! Without that, whoever opens as many connections as there are seats, and says nothing on them, keeps everybody else waiting.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

/// How soon it is looked again for somebody who may leave, where everybody has a request under way.
const AGAIN: Duration = Duration::from_millis(50);

/// From how many connections on it is worth giving their memory back.
const CROWD: usize = 500;

/// Where [`Seat::under_way`] says that the connection has to leave: no more requests begin on it.
const LEAVING: u32 = u32::MAX;

/// The seats of one listener.
#[derive(Debug)]
pub(super) struct Seats {
    free: Arc<Semaphore>,
    taken: Mutex<Occupied>,
    come: Arc<AtomicU64>,
}

/// Who sits.
#[derive(Debug, Default)]
struct Occupied {
    seats: BTreeMap<u64, Arc<Seat>>,
    /// The most there were since memory was last given back.
    most: usize,
}

/// One connection's seat.
#[derive(Debug)]
pub(super) struct Seat {
    /// How many connections have come: the clock by which it is told who has been idle for longest.
    come: Arc<AtomicU64>,
    /// How many requests are being worked on, or [`LEAVING`].
    under_way: AtomicU32,
    /// When a request on it was last worked on, or it came.
    since: AtomicU64,
    /// Whether an answer on it goes on and on, as the feed does.
    streams: AtomicBool,
    told_to_leave: Notify,
}

/// A seat that is free again when this is dropped.
#[derive(Debug)]
pub(super) struct Taken {
    seats: Arc<Seats>,
    number: u64,
    pub(super) seat: Arc<Seat>,
    _permit: Option<OwnedSemaphorePermit>,
}

impl Seats {
    pub(super) fn new(how_many: usize) -> Arc<Self> {
        let (free, taken) = (Arc::new(Semaphore::new(how_many)), Mutex::default());
        Arc::new(Self { free, taken, come: Arc::default() })
    }

    /// A seat, as soon as there is one; where there is none, somebody who is idle is told to leave.
    pub(super) async fn take(self: &Arc<Self>) -> Taken {
        let permit = self.permit().await;
        self.seat(permit)
    }

    /// A place for somebody who had come before the doors were closed, whether there is a seat or not.
    pub(super) fn stand(self: &Arc<Self>) -> Taken {
        self.seat(None)
    }

    fn seat(self: &Arc<Self>, permit: Option<OwnedSemaphorePermit>) -> Taken {
        let number = self.come.fetch_add(1, Ordering::Relaxed);
        let seat = Arc::new(Seat::taken(Arc::clone(&self.come), number));
        self.occupied().sit(number, Arc::clone(&seat));
        Taken { seats: Arc::clone(self), number, seat, _permit: permit }
    }

    /// The semaphore is never closed, so there is always a permit in the end.
    async fn permit(&self) -> Option<OwnedSemaphorePermit> {
        loop {
            if let Ok(permit) = Arc::clone(&self.free).try_acquire_owned() {
                return Some(permit);
            }
            self.tell_one_to_leave();
            if let Ok(permit) = tokio::time::timeout(AGAIN, Arc::clone(&self.free).acquire_owned()).await {
                return permit.ok();
            }
        }
    }

    fn tell_one_to_leave(&self) {
        let occupied = self.occupied();
        // Whoever follows the feed leaves last: it would come again at once.
        let longest_idle =
            occupied.seats.values().filter(|seat| seat.is_idle()).min_by_key(|seat| seat.idleness());
        if let Some(seat) = longest_idle {
            seat.leave();
        }
    }

    fn occupied(&self) -> MutexGuard<'_, Occupied> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Occupied {
    fn sit(&mut self, number: u64, seat: Arc<Seat>) {
        self.seats.insert(number, seat);
        self.most = self.most.max(self.seats.len());
    }

    /// Whether a crowd has gone with whoever leaves now, and its memory is to be given back.
    fn stand_up(&mut self, number: u64) -> bool {
        self.seats.remove(&number);
        let gone = self.most >= CROWD && self.seats.len() <= self.most / 2;
        if gone {
            self.most = self.seats.len();
        }
        gone
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        let crowd_has_gone = self.seats.occupied().stand_up(self.number);
        if crowd_has_gone {
            // It takes milliseconds, and nobody waits for it.
            tokio::task::spawn_blocking(bitjang_trim::trim);
        }
    }
}

/// A request that is under way until this is dropped.
#[derive(Debug)]
pub(super) struct UnderWay(Arc<Seat>);

impl UnderWay {
    /// Where it is under way.
    pub(super) fn seat(&self) -> &Arc<Seat> {
        &self.0
    }

    /// The answer goes on and on.
    pub(super) fn streams(&self) {
        self.0.streams.store(true, Ordering::Relaxed);
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.rest();
    }
}

impl Seat {
    fn taken(come: Arc<AtomicU64>, number: u64) -> Self {
        Self {
            come,
            under_way: AtomicU32::new(0),
            since: AtomicU64::new(number),
            streams: AtomicBool::new(false),
            told_to_leave: Notify::new(),
        }
    }

    /// Marks a request as under way; nothing when the connection has to leave, and nothing more may begin on it.
    pub(super) fn begin(self: Arc<Self>) -> Option<UnderWay> {
        self.work().then(|| UnderWay(self))
    }

    /// Counts one request more that is being worked on; whether that may be, and the connection need not leave.
    pub(super) fn work(&self) -> bool {
        let one_more = |count| (count != LEAVING).then(|| count + 1);
        self.under_way.fetch_update(Ordering::AcqRel, Ordering::Acquire, one_more).is_ok()
    }

    /// Counts one less: it is answered, or waits for its client.
    pub(super) fn rest(&self) {
        self.since.store(self.come.load(Ordering::Relaxed), Ordering::Relaxed);
        let one_less = |count| (count != LEAVING).then(|| count - 1);
        // Whoever leaves counts no more.
        let _ = self.under_way.fetch_update(Ordering::AcqRel, Ordering::Acquire, one_less);
    }

    fn is_idle(&self) -> bool {
        self.under_way.load(Ordering::Acquire) == 0
    }

    fn idleness(&self) -> (bool, u64) {
        (self.streams.load(Ordering::Relaxed), self.since.load(Ordering::Relaxed))
    }

    fn leave(&self) {
        if self.under_way.compare_exchange(0, LEAVING, Ordering::AcqRel, Ordering::Acquire).is_ok() {
            self.told_to_leave.notify_one();
        }
    }

    /// Waits until the connection has to leave.
    pub(super) async fn has_to_leave(&self) {
        self.told_to_leave.notified().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begun(taken: &Taken) -> Option<UnderWay> {
        Arc::clone(&taken.seat).begin()
    }

    #[tokio::test]
    async fn the_longest_idle_leaves_for_whoever_comes() {
        let seats = Seats::new(3);
        let (busy, early, late) = (seats.take().await, seats.take().await, seats.take().await);
        let under_way = begun(&busy).unwrap();
        drop(begun(&early).unwrap());
        drop(begun(&late).unwrap());
        // It came last, but nothing has been answered on it since.
        let newcomer = tokio::spawn({
            let seats = Arc::clone(&seats);
            async move { seats.take().await }
        });
        early.seat.has_to_leave().await;
        assert!(begun(&early).is_none(), "nothing more begins on it");
        assert!(begun(&busy).is_some() && begun(&late).is_some());
        drop(early);
        newcomer.await.unwrap();
        drop(under_way);
    }

    #[tokio::test]
    async fn who_is_slow_counts_as_idle_until_it_goes_on() {
        let seats = Seats::new(2);
        let (slower, slow) = (seats.take().await, seats.take().await);
        let _both_are_under_way = [begun(&slower).unwrap(), begun(&slow).unwrap()];
        for taken in [&slower, &slow] {
            taken.seat.rest();
        }
        seats.tell_one_to_leave();
        assert!(!slower.seat.work() && begun(&slower).is_none(), "it has to leave");
        assert!(slow.seat.work() && begun(&slow).is_some());
        seats.tell_one_to_leave();
        assert!(begun(&slow).is_some(), "it is being worked on");
    }

    #[tokio::test]
    async fn whoever_follows_the_feed_leaves_last() {
        let seats = Seats::new(2);
        let (follower, idle) = (seats.take().await, seats.take().await);
        begun(&follower).unwrap().streams();
        drop(begun(&idle).unwrap());
        seats.tell_one_to_leave();
        assert!(begun(&idle).is_none() && begun(&follower).is_some());
        seats.tell_one_to_leave();
        assert!(begun(&follower).is_none());
    }
}
