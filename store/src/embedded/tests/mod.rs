//! What only shows from inside: one thread stopped at the worst moment, a COMMIT that fails, a disk that is full.

mod batch;
mod full;
mod race;
mod revocation;

use std::pin::{Pin, pin};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bitjang_core::revocation::{Entry, Position};
use bitjang_core::session::EndedWhy;
use bitjang_core::session::contract::session;
use bitjang_core::testing::{Dice, at};
use bitjang_core::{AccountId, Commit, Failure, Revocation, Revocations, Session, SessionId, Sessions};
use rusqlite::Connection;
use tempfile::TempDir;

use super::cache::Caches;
use super::writer::Change;
use super::{Embedded, Tuning};

/// A store in a folder that is gone with it.
struct Stage {
    store: Embedded,
    dice: Dice,
    _folder: TempDir,
}

impl Stage {
    fn set() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Embedded::open(folder.path(), Tuning::default()).unwrap();
        Self { store, dice: Dice::seeded(7), _folder: folder }
    }

    /// A new session of somebody.
    fn session(&self) -> Session {
        session(AccountId::generate(&self.dice, at(1)), 10, &self.dice)
    }

    /// Halts the writer in a transaction of its own until something is sent.
    fn hold_the_writer(&self) -> Sender<()> {
        let (gate, at_the_gate, open) = Gate::closed();
        assert!(poll_once(pin!(self.store.writer.write(gate))).is_pending());
        at_the_gate.recv().unwrap();
        open
    }

    async fn insert(&self, session: &Session) -> Result<(), Failure> {
        Sessions::insert(&self.store, session.clone()).await
    }

    async fn replace(&self, session: &Session) -> Result<Commit, Failure> {
        Sessions::replace(&self.store, session.clone(), None).await
    }

    async fn sign_out(&self, session: &Session) -> Result<Commit, Failure> {
        Sessions::replace(&self.store, signed_out(session), Some(revocation(session.id))).await
    }

    /// All that is in the feed.
    async fn feed(&self) -> Vec<Entry> {
        self.store.after(Position::default(), usize::MAX).await.unwrap()
    }

    async fn find(&self, id: SessionId) -> Option<Session> {
        Sessions::find(&self.store, id).await.unwrap().map(|session| (*session).clone())
    }

    /// What is on the disk, whatever the cache says.
    async fn find_on_disk(&self, id: SessionId) -> Option<Session> {
        self.store.caches.sessions.forget(id);
        self.find(id).await
    }
}

fn signed_out(session: &Session) -> Session {
    session.ending(EndedWhy::SignedOut, at(20)).unwrap()
}

fn revocation(session: SessionId) -> Revocation {
    Revocation::of_session(session, Duration::from_secs(300), at(20))
}

fn poll_once<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// A write that waits, inside its transaction, until it is let go.
struct Gate {
    reached: Sender<()>,
    opened: Mutex<Receiver<()>>,
}

impl Gate {
    /// A closed gate, what tells that somebody has come to it, and what opens it.
    fn closed() -> (Self, Receiver<()>, Sender<()>) {
        let ((reached, at_the_gate), (open, opened)) = (channel(), channel());
        (Self { reached, opened: Mutex::new(opened) }, at_the_gate, open)
    }

    fn wait(&self) {
        self.reached.send(()).unwrap();
        self.opened.lock().unwrap().recv().unwrap();
    }
}

impl Change for Gate {
    type Answer = ();
    const ACTION: &'static str = "wait";

    fn write(&self, _: &Connection) -> rusqlite::Result<()> {
        self.wait();
        Ok(())
    }

    fn publish(&self, (): &(), _: &Caches) {}
}

/// A write that is committed, and then waits until it is let go before the caches hear of it.
struct LateGate(Gate);

impl Change for LateGate {
    type Answer = ();
    const ACTION: &'static str = "wait after the commit";

    fn write(&self, _: &Connection) -> rusqlite::Result<()> {
        Ok(())
    }

    fn publish(&self, (): &(), _: &Caches) {
        self.0.wait();
    }
}

/// A write that runs any statements.
struct Run(&'static str);

impl Change for Run {
    type Answer = ();
    const ACTION: &'static str = "run statements";

    fn write(&self, db: &Connection) -> rusqlite::Result<()> {
        db.execute_batch(self.0)
    }

    fn publish(&self, (): &(), _: &Caches) {}
}
