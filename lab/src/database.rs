//! The session DB that the servers of a scheme share: an embedded table that can be stopped, and counts what it is asked.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Result, ensure};
use rusqlite::{Connection, OptionalExtension as _, params};

/// One connection behind one lock: the one place that every server has to ask.
#[derive(Clone)]
pub struct Database(Arc<Inner>);

struct Inner {
    connection: Mutex<Connection>,
    stopped: AtomicBool,
    questions: AtomicU64,
    /// How long each answer takes, one after the other; nothing for as fast as it goes.
    pace: Option<Duration>,
    turn: tokio::sync::Mutex<()>,
}

impl Database {
    /// An empty one.
    pub fn open(pace: Option<Duration>) -> Result<Self> {
        let connection = Connection::open_in_memory()?;
        connection.execute_batch(
            "CREATE TABLE sessions (id TEXT PRIMARY KEY, name TEXT NOT NULL) STRICT;
             CREATE TABLE refresh_tokens (token TEXT PRIMARY KEY, family TEXT NOT NULL, name TEXT NOT NULL, spent INTEGER NOT NULL) STRICT;",
        )?;
        let connection = Mutex::new(connection);
        let (stopped, questions, turn) = Default::default();
        Ok(Self(Arc::new(Inner { connection, stopped, questions, pace, turn })))
    }

    /// From now on nobody is answered.
    pub fn stop(&self) {
        self.0.stopped.store(true, Ordering::SeqCst);
    }

    /// Answers again, with all that it knew.
    pub fn start(&self) {
        self.0.stopped.store(false, Ordering::SeqCst);
    }

    /// How often it was asked.
    pub fn questions(&self) -> u64 {
        self.0.questions.load(Ordering::Relaxed)
    }

    /// Remembers a session.
    pub async fn begin(&self, id: &str, name: &str) -> Result<()> {
        self.ask(|db| db.prepare_cached("INSERT INTO sessions VALUES (?1, ?2)")?.execute([id, name]))
            .await
            .map(drop)
    }

    /// Whose session this is.
    pub async fn whose(&self, id: &str) -> Result<Option<String>> {
        self.ask(|db| {
            db.prepare_cached("SELECT name FROM sessions WHERE id = ?1")?
                .query_row([id], |row| row.get(0))
                .optional()
        })
        .await
    }

    /// Forgets a session.
    pub async fn end(&self, id: &str) -> Result<()> {
        self.ask(|db| db.execute("DELETE FROM sessions WHERE id = ?1", [id])).await.map(drop)
    }

    /// Remembers the newest refresh token of a family.
    pub async fn hand_out(&self, token: &str, family: &str, name: &str) -> Result<()> {
        self.ask(|db| db.execute("INSERT INTO refresh_tokens VALUES (?1, ?2, ?3, 0)", [token, family, name]))
            .await
            .map(drop)
    }

    /// Marks a refresh token as spent: whose it is, its family, and whether it had been spent before.
    pub async fn spend(&self, token: &str) -> Result<Option<(String, String, bool)>> {
        self.ask(|db| {
            let found = "SELECT name, family, spent FROM refresh_tokens WHERE token = ?1";
            let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
            let known = db.query_row(found, [token], row).optional()?;
            db.execute("UPDATE refresh_tokens SET spent = 1 WHERE token = ?1", params![token])?;
            Ok(known)
        })
        .await
    }

    /// Forgets a family: all its tokens are worth nothing.
    pub async fn end_family(&self, family: &str) -> Result<()> {
        self.ask(|db| db.execute("DELETE FROM refresh_tokens WHERE family = ?1", [family])).await.map(drop)
    }

    async fn ask<T>(&self, question: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T> {
        self.0.questions.fetch_add(1, Ordering::Relaxed);
        if let Some(pace) = self.0.pace {
            let _turn = self.0.turn.lock().await;
            tokio::time::sleep(pace).await;
        }
        ensure!(!self.0.stopped.load(Ordering::SeqCst), "the session DB does not answer");
        Ok(question(&self.0.connection.lock().unwrap_or_else(PoisonError::into_inner))?)
    }
}
