//! The threads that read, each with a connection of its own.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};

use bitjang_core::Failure;
use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::Closed;

/// How many questions may wait before those who ask have to.
const WAITING: usize = 1024;

type Question = Box<dyn FnOnce(&Connection) + Send>;

/// Readers that share one queue. Dropping them ends their threads.
pub(super) struct Readers {
    queue: Option<mpsc::Sender<Question>>,
    threads: Vec<JoinHandle<()>>,
}

impl Readers {
    /// One thread per connection.
    pub(super) fn start(connections: Vec<Connection>) -> io::Result<Self> {
        let (queue, questions) = mpsc::channel(WAITING);
        let questions = Arc::new(Mutex::new(questions));
        let start = |db| {
            let questions = Arc::clone(&questions);
            Builder::new().name("bitjang-reader".to_owned()).spawn(move || answer_all(&db, &questions))
        };
        let threads = connections.into_iter().map(start).collect::<io::Result<_>>()?;
        Ok(Self { queue: Some(queue), threads })
    }

    /// Runs `read` on a reader. Nothing is read for somebody who no longer waits.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        action: &'static str,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Failure> {
        let (sender, answer) = oneshot::channel();
        let question = Box::new(move |db: &Connection| {
            if !sender.is_closed() {
                let _nobody_waits = sender.send(read(db));
            }
        });
        let closed = || Failure::new(action, Closed);
        self.queue.as_ref().ok_or_else(closed)?.send(question).await.map_err(|_| closed())?;
        answer.await.map_err(|_| closed())?.map_err(|error| Failure::new(action, error))
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        self.queue.take();
        for thread in self.threads.drain(..) {
            let _panicked = thread.join();
        }
    }
}

/// One reader waits for the next question; the others wait for their turn to wait.
fn answer_all(db: &Connection, questions: &Mutex<mpsc::Receiver<Question>>) {
    let next = || questions.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv();
    while let Some(question) = next() {
        question(db);
    }
}
