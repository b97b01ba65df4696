//! The one thread that writes. It takes whatever waits, commits it together with one fsync, and then answers everybody.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{Builder, JoinHandle};

use bitjang_core::Failure;
use rusqlite::{Connection, ErrorCode};
use tokio::sync::{mpsc, oneshot};

use super::Closed;
use super::cache::Caches;
use super::folder::{check, empty_log};

/// How many writes may wait before those who ask have to.
const WAITING: usize = 1024;

/// How many writes are committed together at most: what bounds the wait of the first.
const BATCH: usize = 256;

/// One write, which changes one record or a few, and what the caches learn of it once it is committed.
pub(super) trait Change: Send + 'static {
    /// What whoever asked is told.
    type Answer: Send;

    /// What is being done, as in "could not *replace a session*".
    const ACTION: &'static str;

    /// Runs its statement, inside a transaction that it shares with others. Of more than one, either all are run or none.
    fn write(&self, db: &Connection) -> rusqlite::Result<Self::Answer>;

    /// Tells the caches, after COMMIT and before anybody is answered.
    fn publish(&self, answer: &Self::Answer, caches: &Caches);
}

/// What is known of how writing goes.
#[derive(Default)]
pub(super) struct Pulse {
    /// How many transactions have been committed.
    pub(super) commits: AtomicU64,
    /// Whether the last one could not be.
    pub(super) ailing: AtomicBool,
}

/// The writer's queue. Dropping it ends the thread, after what waits is committed.
pub(super) struct Writer {
    queue: Option<mpsc::Sender<Order>>,
    thread: Option<JoinHandle<()>>,
    pub(super) pulse: Arc<Pulse>,
}

enum Order {
    Write(Box<dyn Job>),
    Close(oneshot::Sender<()>),
}

impl Writer {
    /// Starts the thread that owns `db` from now on.
    pub(super) fn start(db: Connection, caches: Arc<Caches>) -> io::Result<Self> {
        let (queue, orders) = mpsc::channel(WAITING);
        let pulse = Arc::new(Pulse::default());
        let desk = Desk { db, caches, pulse: Arc::clone(&pulse), doubt: Some(Doubt::Log) };
        let thread = Builder::new().name("bitjang-writer".to_owned()).spawn(move || desk.work(orders))?;
        Ok(Self { queue: Some(queue), thread: Some(thread), pulse })
    }

    /// Writes `change`, durably. Whoever stops waiting does not stop the write once it is in the queue.
    pub(super) async fn write<C: Change>(&self, change: C) -> Result<C::Answer, Failure> {
        let (sender, answer) = oneshot::channel();
        let closed = || Failure::new(C::ACTION, Closed);
        self.order(Order::Write(Box::new(Pending { change, written: None, sender })))
            .await
            .map_err(|_| closed())?;
        answer.await.unwrap_or_else(|_| Err(closed()))
    }

    /// Commits what waits, and takes no more.
    pub(super) async fn close(&self) {
        let (sender, closed) = oneshot::channel();
        if self.order(Order::Close(sender)).await.is_ok() {
            let _either_way_it_has_ended = closed.await;
        }
    }

    async fn order(&self, order: Order) -> Result<(), Closed> {
        self.queue.as_ref().ok_or(Closed)?.send(order).await.map_err(|_| Closed)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue.take();
        if let Some(thread) = self.thread.take() {
            let _panicked = thread.join();
        }
    }
}

/// A change and whoever waits for it.
struct Pending<C: Change> {
    change: C,
    written: Option<rusqlite::Result<C::Answer>>,
    sender: oneshot::Sender<Result<C::Answer, Failure>>,
}

trait Job: Send {
    fn write(&mut self, db: &Connection);
    fn publish(&self, caches: &Caches);
    fn answer(self: Box<Self>, committed: Result<(), &Uncommitted>);
}

impl<C: Change> Job for Pending<C> {
    fn write(&mut self, db: &Connection) {
        self.written = Some(self.change.write(db));
    }

    fn publish(&self, caches: &Caches) {
        if let Some(Ok(answer)) = &self.written {
            self.change.publish(answer, caches);
        }
    }

    fn answer(self: Box<Self>, committed: Result<(), &Uncommitted>) {
        let answer = match (self.written, committed) {
            (Some(Err(error)), _) => Err(Failure::new(C::ACTION, error)),
            (_, Err(uncommitted)) => Err(Failure::new(C::ACTION, uncommitted.clone())),
            (Some(Ok(answer)), Ok(())) => Ok(answer),
            (None, Ok(())) => Err(Failure::new(C::ACTION, "it was not run")),
        };
        let _nobody_waits = self.sender.send(answer);
    }
}

/// Why a write that was fine by itself is not in the database.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the transaction it was part of was not committed")]
struct Uncommitted(#[source] Arc<rusqlite::Error>);

impl From<rusqlite::Error> for Uncommitted {
    fn from(error: rusqlite::Error) -> Self {
        Self(Arc::new(error))
    }
}

/// What the thread works with.
struct Desk {
    db: Connection,
    caches: Arc<Caches>,
    pulse: Arc<Pulse>,
    doubt: Option<Doubt>,
}

/// What has to be dispelled before anything is written. When a sync fails, the system may drop what it was to write, show it as written to whoever reads, and not try again: the next sync
/// succeeds and proves nothing (<https://wiki.postgresql.org/wiki/Fsync_Errors>).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Doubt {
    /// Nobody knows whether the log that was found at the start is on the disk: a process before this one may have met a sync that failed. What is written behind it may be lost with it.
    Log,
    /// The disk has failed us.
    Disk,
}

impl Desk {
    fn work(mut self, mut orders: mpsc::Receiver<Order>) {
        let (mut taken, mut batch, mut closing) =
            (Vec::with_capacity(BATCH), Vec::with_capacity(BATCH), Vec::new());
        while orders.blocking_recv_many(&mut taken, BATCH) > 0 {
            for order in taken.drain(..) {
                match order {
                    Order::Write(job) => batch.push(job),
                    Order::Close(sender) => closing.push(sender),
                }
            }
            if !closing.is_empty() {
                orders.close();
            }
            self.commit(&mut batch);
        }
        // Only tidies up: what is in the log is as safe as what is in the database.
        let _put_off = empty_log(&self.db);
        for sender in closing {
            let _nobody_waits = sender.send(());
        }
    }

    fn commit(&mut self, batch: &mut Vec<Box<dyn Job>>) {
        if batch.is_empty() {
            return;
        }
        let committed = self.dispel_doubt().and_then(|()| self.transact(batch));
        self.pulse.ailing.store(committed.is_err(), Ordering::Release);
        if committed.is_ok() {
            self.pulse.commits.fetch_add(1, Ordering::Relaxed);
            for job in &*batch {
                job.publish(&self.caches);
            }
        }
        for job in batch.drain(..) {
            job.answer(committed.as_ref().copied());
        }
    }

    /// All that was committed is written once more, from the log into the database, and synced there; the log, with what failed in it, is emptied.
    fn dispel_doubt(&mut self) -> Result<(), Uncommitted> {
        if let Some(doubt) = self.doubt {
            empty_log(&self.db)?;
            if doubt == Doubt::Disk {
                check(&self.db)?;
            }
            self.doubt = None;
        }
        Ok(())
    }

    fn transact(&mut self, batch: &mut [Box<dyn Job>]) -> Result<(), Uncommitted> {
        let done = run(&self.db, "BEGIN IMMEDIATE")
            .and_then(|()| self.write_all(batch))
            .and_then(|()| run(&self.db, "COMMIT"));
        if !self.db.is_autocommit() {
            // A COMMIT that failed leaves the transaction open, and what it holds must not slip into the next.
            let _nothing_left_to_roll_back = run(&self.db, "ROLLBACK");
        }
        if done.as_ref().is_err_and(is_of_the_disk) {
            self.doubt = Some(Doubt::Disk);
        }
        Ok(done?)
    }

    /// A write that fails undoes only itself, unless the engine gave the whole transaction up (disk full, I/O error).
    fn write_all(&self, batch: &mut [Box<dyn Job>]) -> rusqlite::Result<()> {
        for job in batch {
            job.write(&self.db);
            if self.db.is_autocommit() {
                return Err(rusqlite::Error::SqliteFailure(
                    rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_ABORT_ROLLBACK),
                    None,
                ));
            }
        }
        Ok(())
    }
}

/// Whether the disk may not hold what it was given: a write or a sync has failed, for another reason than a lack of room.
fn is_of_the_disk(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::SystemIoFailure | ErrorCode::DatabaseCorrupt))
}

/// Runs a statement that is the same each time.
pub(super) fn run(db: &Connection, statement: &str) -> rusqlite::Result<()> {
    db.prepare_cached(statement)?.raw_execute().map(drop)
}
