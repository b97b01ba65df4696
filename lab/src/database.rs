//! The session DB that the servers of a scheme share: Redis, or an embedded table. It can be stopped, and counts what it is asked.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Result, ensure};
use rusqlite::{Connection, OptionalExtension as _};

use crate::redis::Redis;

/// The one place that every server has to ask.
#[derive(Clone)]
pub struct Database(Arc<Inner>);

struct Inner {
    /// Where sessions are; nothing where they are in the embedded table.
    redis: Option<Redis>,
    connection: Mutex<Connection>,
    stopped: AtomicBool,
    questions: AtomicU64,
    /// How long each answer takes, one after the other; nothing for as fast as it goes.
    pace: Option<Duration>,
    turn: tokio::sync::Mutex<()>,
}

impl Database {
    /// An empty one, with sessions in `redis` if there is one.
    pub(crate) fn open(redis: Option<Redis>, pace: Option<Duration>) -> Result<Self> {
        let connection = Connection::open_in_memory()?;
        connection.execute_batch(
            "CREATE TABLE sessions (id TEXT PRIMARY KEY, name TEXT NOT NULL) STRICT;
             CREATE TABLE refresh_tokens (token TEXT PRIMARY KEY, family TEXT NOT NULL, name TEXT NOT NULL, spent INTEGER NOT NULL) STRICT;",
        )?;
        let connection = Mutex::new(connection);
        let (stopped, questions, turn) = Default::default();
        Ok(Self(Arc::new(Inner { redis, connection, stopped, questions, pace, turn })))
    }

    /// What it is, for whoever watches.
    pub fn kind(&self) -> &'static str {
        if self.0.redis.is_some() { "Redis" } else { "SQLite" }
    }

    /// From now on nobody is answered: Redis is killed, the table keeps silent.
    pub fn stop(&self) {
        self.0.stopped.store(true, Ordering::SeqCst);
        self.0.redis.as_ref().map(Redis::kill);
    }

    /// Answers again, with all that it knew.
    pub async fn start(&self) -> Result<()> {
        self.0.stopped.store(false, Ordering::SeqCst);
        match &self.0.redis {
            Some(redis) => redis.run().await.map(drop),
            None => Ok(()),
        }
    }

    /// How often it was asked.
    pub fn questions(&self) -> u64 {
        self.0.questions.load(Ordering::Relaxed)
    }

    /// Remembers a session.
    pub async fn begin(&self, id: &str, name: &str) -> Result<()> {
        if let Some(redis) = &self.0.redis {
            self.in_turn().await;
            return redis.ask(&["SET", id, name]).await.map(drop);
        }
        self.ask(|db| db.prepare_cached("INSERT INTO sessions VALUES (?1, ?2)")?.execute([id, name]))
            .await
            .map(drop)
    }

    /// Whose session this is.
    pub async fn whose(&self, id: &str) -> Result<Option<String>> {
        if let Some(redis) = &self.0.redis {
            self.in_turn().await;
            return redis.ask(&["GET", id]).await;
        }
        self.ask(|db| {
            db.prepare_cached("SELECT name FROM sessions WHERE id = ?1")?
                .query_row([id], |row| row.get(0))
                .optional()
        })
        .await
    }

    /// Forgets a session.
    pub async fn end(&self, id: &str) -> Result<()> {
        if let Some(redis) = &self.0.redis {
            self.in_turn().await;
            return redis.ask(&["DEL", id]).await.map(drop);
        }
        self.ask(|db| db.execute("DELETE FROM sessions WHERE id = ?1", [id])).await.map(drop)
    }

    /// Remembers the first refresh token of a family, which bears its name.
    pub async fn hand_out(&self, token: &str, name: &str) -> Result<()> {
        self.ask(|db| db.execute("INSERT INTO refresh_tokens VALUES (?1, ?1, ?2, 0)", [token, name]))
            .await
            .map(drop)
    }

    /// Spends a refresh token for the `next` of its family, in one step: whose it is. One that was spent before ends its family.
    pub async fn turn(&self, token: &str, next: &str) -> Result<Option<String>> {
        self.ask(|db| {
            let spent = "UPDATE refresh_tokens SET spent = 1 WHERE token = ?1 AND spent = 0";
            if db.execute(spent, [token])? == 0 {
                return end_family(db, token).map(|()| None);
            }
            let handed_out = "INSERT INTO refresh_tokens SELECT ?2, family, name, 0 FROM refresh_tokens WHERE token = ?1 RETURNING name";
            db.query_row(handed_out, [token, next], |row| row.get(0)).optional()
        })
        .await
    }

    /// Forgets the family of a refresh token: all its tokens are worth nothing.
    pub async fn end_family(&self, token: &str) -> Result<()> {
        self.ask(|db| end_family(db, token)).await
    }

    async fn ask<T>(&self, question: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T> {
        self.in_turn().await;
        ensure!(!self.0.stopped.load(Ordering::SeqCst), "the session DB does not answer");
        Ok(question(&self.0.connection.lock().unwrap_or_else(PoisonError::into_inner))?)
    }

    /// Counts a question, and takes the time that an answer takes.
    async fn in_turn(&self) {
        self.0.questions.fetch_add(1, Ordering::Relaxed);
        if let Some(pace) = self.0.pace {
            let _turn = self.0.turn.lock().await;
            tokio::time::sleep(pace).await;
        }
    }
}

fn end_family(db: &Connection, token: &str) -> rusqlite::Result<()> {
    let family =
        "DELETE FROM refresh_tokens WHERE family = (SELECT family FROM refresh_tokens WHERE token = ?1)";
    db.execute(family, [token]).map(drop)
}
