//! What became of a folder's store, written down in its own database: so it is there or not together with the records it speaks of.

use rusqlite::{Connection, OptionalExtension as _};

use crate::moving::place::Mark;

/// Tables that nobody writes to once the store has been left.
const TABLES: [&str; 6] = ["account", "session", "key", "signer", "revocation", "service_credential"];

/// The mark that is there, if there is one.
pub(super) fn found(db: &Connection) -> rusqlite::Result<Option<Mark>> {
    let there = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'relocation'";
    if db.query_row(there, (), |row| row.get::<_, i64>(0))? == 0 {
        return Ok(None);
    }
    db.query_row("SELECT state, other FROM relocation", (), |row| {
        Ok(Mark::read(&row.get::<_, String>(0)?, row.get(1)?))
    })
    .optional()
}

/// Puts this mark in the place of the one that is there; inside a transaction.
pub(super) fn set(db: &Connection, mark: Option<&Mark>) -> rusqlite::Result<()> {
    db.execute_batch("DROP TABLE IF EXISTS relocation")?;
    let Some(mark) = mark else { return Ok(()) };
    db.execute_batch(
        "CREATE TABLE relocation (one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1), state TEXT NOT NULL, other TEXT NOT NULL) STRICT",
    )?;
    let (state, other) = mark.spelled();
    db.execute("INSERT INTO relocation (one, state, other) VALUES (1, ?1, ?2)", [state, other]).map(drop)
}

/// From the commit on, whoever has the database open and writes to it is told why not.
pub(super) fn lock(db: &Connection) -> rusqlite::Result<()> {
    each(|table, event| {
        db.execute_batch(&format!(
            "CREATE TRIGGER moved_{table}_{event} BEFORE {event} ON {table}
             BEGIN SELECT RAISE(ABORT, 'this store has been moved: set store.url to its new address, and start the server anew'); END"
        ))
    })
}

/// Takes that back.
pub(super) fn unlock(db: &Connection) -> rusqlite::Result<()> {
    each(|table, event| db.execute_batch(&format!("DROP TRIGGER IF EXISTS moved_{table}_{event}")))
}

fn each(run: impl Fn(&str, &str) -> rusqlite::Result<()>) -> rusqlite::Result<()> {
    let events = ["INSERT", "UPDATE", "DELETE"];
    TABLES
        .iter()
        .flat_map(|table| events.map(|event| (table, event)))
        .try_for_each(|(table, event)| run(table, event))
}
