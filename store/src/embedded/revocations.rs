//! Revocations as rows, each written with the record that ends something, or not at all.

use async_trait::async_trait;
use bitjang_core::revocation::{Entry, Position, Revoked};
use bitjang_core::{AccountId, Commit, Failure, Revocation, Revocations, SessionId, Time};
use rusqlite::{Connection, Row, params};

use super::Embedded;
use super::cache::Caches;
use super::row::{count, time};
use super::writer::{Change, run};

#[async_trait]
impl Revocations for Embedded {
    async fn after(&self, after: Position, at_most: usize) -> Result<Vec<Entry>, Failure> {
        self.readers.ask("read revocations", move |db| entries(db, after, at_most)).await
    }

    async fn wait(&self, after: Position) -> Result<(), Failure> {
        self.caches.feed_end.passes(after).await
    }

    async fn forget(&self, now: Time, at_most: usize) -> Result<usize, Failure> {
        self.writer.write(Forget { now, at_most }).await.map(|(forgotten, _)| forgotten)
    }
}

/// What became of a record and what it revokes.
pub(super) enum Replaced {
    /// It is written, and with it, here, what it revokes.
    Done(Option<Position>),
    /// Neither is.
    Stale,
}

impl From<Replaced> for Commit {
    fn from(replaced: Replaced) -> Self {
        match replaced {
            Replaced::Done(_) => Self::Done,
            Replaced::Stale => Self::Stale,
        }
    }
}

/// Runs `replace`, which says how many rows it changed, and writes what it revokes: both or neither, whatever else is in the transaction.
pub(super) fn with_its_revocation(
    db: &Connection,
    revokes: Option<&Revocation>,
    replace: impl FnOnce() -> rusqlite::Result<usize>,
) -> rusqlite::Result<Replaced> {
    let both = || match replace()? {
        1 => revokes.map(|revocation| insert(db, revocation)).transpose().map(Replaced::Done),
        _ => Ok(Replaced::Stale),
    };
    // A single statement undoes itself when it fails.
    if revokes.is_some() { whole_or_not_at_all(db, both) } else { both() }
}

fn whole_or_not_at_all<T>(
    db: &Connection,
    write: impl FnOnce() -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    run(db, "SAVEPOINT write")?;
    let written = write().and_then(|answer| run(db, "RELEASE write").map(|()| answer));
    if written.is_err() {
        undo(db);
    }
    written
}

/// Takes back what this write has done, and nothing else; where even that fails, the whole transaction, so that no half of a write is committed.
fn undo(db: &Connection) {
    if run(db, "ROLLBACK TO write").and_then(|()| run(db, "RELEASE write")).is_err() {
        let _the_engine_may_have_done_it_already = run(db, "ROLLBACK");
    }
}

fn insert(db: &Connection, revocation: &Revocation) -> rusqlite::Result<Position> {
    let (session, before) = match revocation.of {
        Revoked::Session(session) => (Some(session), None),
        Revoked::Before { account, epoch, spared } => (None, Some((account, epoch, spared))),
    };
    db.prepare_cached(INSERT)?.execute(params![
        session.as_ref().map(SessionId::as_bytes),
        before.as_ref().map(|(account, ..)| account.as_bytes()),
        before.map(|(_, epoch, _)| epoch.cast_signed()),
        before.as_ref().and_then(|(.., spared)| spared.as_ref()).map(SessionId::as_bytes),
        revocation.at.as_micros(),
        revocation.until.as_micros(),
    ])?;
    Ok(Position(db.last_insert_rowid().cast_unsigned()))
}

const INSERT: &str =
    "INSERT INTO revocation (session, account, epoch, spared, at, until) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

fn entries(db: &Connection, after: Position, at_most: usize) -> rusqlite::Result<Vec<Entry>> {
    let after = i64::try_from(after.0).unwrap_or(i64::MAX);
    let at_most = i64::try_from(at_most).unwrap_or(i64::MAX);
    db.prepare_cached(AFTER)?.query_map([after, at_most], entry)?.collect()
}

const AFTER: &str = "SELECT position, session, account, epoch, spared, at, until FROM revocation
    WHERE position > ?1 ORDER BY position LIMIT ?2";

fn entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    let revocation = Revocation { of: revoked(row)?, at: time(row, 5)?, until: time(row, 6)? };
    Ok(Entry { position: position(row)?, revocation })
}

fn revoked(row: &Row<'_>) -> rusqlite::Result<Revoked> {
    if let Some(session) = row.get::<_, Option<_>>(1)? {
        return Ok(Revoked::Session(SessionId::from_bytes(session)));
    }
    Ok(Revoked::Before {
        account: AccountId::from_bytes(row.get(2)?),
        epoch: count(row, 3)?,
        spared: row.get::<_, Option<_>>(4)?.map(SessionId::from_bytes),
    })
}

fn position(row: &Row<'_>) -> rusqlite::Result<Position> {
    count(row, 0).map(Position)
}

/// The position of the last entry that is kept.
pub(super) fn end(db: &Connection) -> rusqlite::Result<Position> {
    db.prepare_cached("SELECT ifnull(max(position), 0) FROM revocation")?.query_row((), position)
}

struct Forget {
    now: Time,
    at_most: usize,
}

impl Change for Forget {
    /// How many entries were forgotten, and where the feed ends now.
    type Answer = (usize, Position);
    const ACTION: &'static str = "forget revocations";

    fn write(&self, db: &Connection) -> rusqlite::Result<(usize, Position)> {
        let at_most = i64::try_from(self.at_most).unwrap_or(i64::MAX);
        let forgotten = db.prepare_cached(FORGET)?.execute([self.now.as_micros(), at_most])?;
        Ok((forgotten, end(db)?))
    }

    fn publish(&self, (_, end): &(usize, Position), caches: &Caches) {
        caches.feed_end.move_to(*end);
    }
}

const FORGET: &str = "DELETE FROM revocation WHERE position IN (SELECT position FROM revocation WHERE until <= ?1 ORDER BY until LIMIT ?2)";
