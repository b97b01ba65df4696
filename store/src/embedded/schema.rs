//! The shape of the database: numbered migrations, and how far this file has come (`PRAGMA user_version`).

use rusqlite::Connection;

/// The migrations, in order; a file at version n has seen the first n.
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001_accounts_sessions_keys.sql"),
    include_str!("migrations/0002_tokens.sql"),
    include_str!("migrations/0003_sealed_keys.sql"),
    include_str!("migrations/0004_authorization.sql"),
];

/// Marks a file as ours (`PRAGMA application_id`): "BJNG".
const APPLICATION: i64 = 0x424A_4E47;

/// Why a file was not brought to the present shape.
#[derive(Debug)]
pub(super) enum Obstacle {
    /// A later release has written it.
    Newer { found: i64 },
    /// It is the database of another program.
    Foreign,
    /// The engine said no.
    Engine(rusqlite::Error),
}

impl From<rusqlite::Error> for Obstacle {
    fn from(error: rusqlite::Error) -> Self {
        Self::Engine(error)
    }
}

/// The version this binary writes.
pub(super) fn known() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

/// Whether the file is in the present shape.
pub(super) fn is_present(db: &Connection) -> rusqlite::Result<bool> {
    Ok(number(db, "PRAGMA user_version")? == known())
}

/// Brings the file to the present shape, each migration whole or not at all.
pub(super) fn migrate(db: &Connection) -> Result<(), Obstacle> {
    let found = number(db, "PRAGMA user_version")?;
    refuse_foreign(db, found)?;
    if found > known() {
        return Err(Obstacle::Newer { found });
    }
    for (version, migration) in (1..).zip(MIGRATIONS).filter(|(version, _)| *version > found) {
        db.execute_batch(&format!(
            "BEGIN IMMEDIATE; {migration}; PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {version}; COMMIT"
        ))?;
    }
    Ok(())
}

fn refuse_foreign(db: &Connection, version: i64) -> Result<(), Obstacle> {
    let empty = version == 0 && number(db, "SELECT count(*) FROM sqlite_schema")? == 0;
    let ours = number(db, "PRAGMA application_id")? == APPLICATION;
    if empty || ours { Ok(()) } else { Err(Obstacle::Foreign) }
}

fn number(db: &Connection, question: &str) -> rusqlite::Result<i64> {
    db.query_row(question, (), |row| row.get(0))
}
