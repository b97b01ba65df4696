//! The shape of the database: numbered migrations, and how far it has come (`bitjang.migration`).
//!
//! Servers of two releases run side by side while the second is rolled out, so a migration only adds (expand); what nobody uses any more goes with a later
//! one (contract), which says the least that a server must know to run beside it.

use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use super::error::DatabaseError;
use super::url::PostgresUrl;

struct Migration {
    sql: &'static str,
    /// The least version that a server must know to run on what this one leaves behind.
    needs: i64,
}

/// The migrations, in order; a database at version n has seen the first n.
const MIGRATIONS: &[Migration] = &[
    Migration { sql: include_str!("migrations/0001_everything.sql"), needs: 1 },
    Migration { sql: include_str!("migrations/0002_authorization.sql"), needs: 1 },
];

/// What servers that migrate hold: "BJNG".
const LOCK: i64 = 0x424A_4E47;

/// How far a database has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) version: i64,
    pub(super) needs: i64,
}

/// The version this binary writes.
pub(super) fn known() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

/// Brings the database to the present shape, each migration whole or not at all, one server at a time.
pub(super) async fn migrate(db: &Client, at: &PostgresUrl) -> Result<(), DatabaseError> {
    let said = |error| DatabaseError::of(at, error);
    // Who is only to run on it need not have the right to change it.
    let mut standing = standing(db).await.map_err(said)?;
    if standing.version < known() {
        db.batch_execute(&format!("SELECT pg_advisory_lock({LOCK})")).await.map_err(said)?;
        standing = step_by_step(db).await.map_err(said)?;
        db.batch_execute(&format!("SELECT pg_advisory_unlock({LOCK})")).await.map_err(said)?;
    }
    if standing.needs > known() {
        return Err(DatabaseError::Newer { at: at.clone(), needed: standing.needs, known: known() });
    }
    Ok(())
}

async fn step_by_step(db: &Client) -> Result<Standing, tokio_postgres::Error> {
    let found = standing(db).await?;
    for (version, Migration { sql, needs }) in
        (1..).zip(MIGRATIONS).filter(|(version, _)| *version > found.version)
    {
        db.batch_execute(&format!(
            "BEGIN; {sql}; INSERT INTO bitjang.migration (version, needs) VALUES ({version}, {needs}); COMMIT"
        ))
        .await?;
    }
    standing(db).await
}

/// How far the database has come; not at all where there is nothing of ours.
pub(super) async fn standing(db: &Client) -> Result<Standing, tokio_postgres::Error> {
    let asked = "SELECT COALESCE(max(version), 0), COALESCE(max(needs), 0) FROM bitjang.migration";
    match db.query_one(asked, &[]).await {
        Ok(row) => Ok(Standing { version: row.try_get(0)?, needs: row.try_get(1)? }),
        Err(error) => match error.code() {
            Some(&SqlState::UNDEFINED_TABLE | &SqlState::INVALID_SCHEMA_NAME) => Ok(Standing::default()),
            _ => Err(error),
        },
    }
}
