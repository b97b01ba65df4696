//! What became of a database's store, written down beside it; and the triggers that make servers of any release wait, or stop writing for good.

use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Error};

use crate::moving::place::Mark;

/// What the mover holds alone for as long as nobody else may write: "BJMP". Whoever writes asks for a share of it.
pub(super) const PAUSE: i64 = 0x424A_4D50;

/// Where servers write, in the order in which their own statements lock; and on what. Positions are given to entries of the feed at any time: they end nothing.
const TABLES: [(&str, &str); 7] = [
    ("account", "INSERT OR UPDATE OR DELETE"),
    ("session", "INSERT OR UPDATE OR DELETE"),
    ("key", "INSERT OR UPDATE OR DELETE"),
    ("signer", "INSERT OR UPDATE OR DELETE"),
    ("service_credential", "INSERT OR UPDATE OR DELETE"),
    ("bucket", "INSERT OR UPDATE OR DELETE"),
    ("feed", "INSERT OR DELETE"),
];

/// The mark that is there, if there is one.
pub(super) async fn found(db: &Client) -> Result<Option<Mark>, Error> {
    match db.query_opt("SELECT state, other FROM bitjang.relocation", &[]).await {
        Ok(None) => Ok(None),
        Ok(Some(row)) => Ok(Some(Mark::read(row.try_get(0)?, row.try_get(1)?))),
        Err(error) => match error.code() {
            Some(&SqlState::UNDEFINED_TABLE | &SqlState::INVALID_SCHEMA_NAME) => Ok(None),
            _ => Err(error),
        },
    }
}

/// Puts this mark in the place of the one that is there; inside a transaction.
pub(super) async fn set(db: &Client, mark: Option<&Mark>) -> Result<(), Error> {
    db.batch_execute("DROP TABLE IF EXISTS bitjang.relocation").await?;
    let Some(mark) = mark else { return Ok(()) };
    // Servers may be somebody who owns nothing here.
    db.batch_execute(
        "CREATE TABLE bitjang.relocation (one boolean NOT NULL PRIMARY KEY DEFAULT true CHECK (one), state text NOT NULL, other text NOT NULL);
         GRANT SELECT ON bitjang.relocation TO PUBLIC",
    )
    .await?;
    let (state, other) = mark.spelled();
    db.execute("INSERT INTO bitjang.relocation (state, other) VALUES ($1, $2)", &[&state, &other])
        .await
        .map(drop)
}

/// Makes whoever writes ask for a share of [`PAUSE`]; inside a transaction. Waits for statements that are under way.
pub(super) async fn make_pausable(db: &Client) -> Result<(), Error> {
    let ask = format!(
        "IF NOT pg_try_advisory_xact_lock_shared({PAUSE}) THEN RAISE EXCEPTION 'this store is being moved: writes wait for a moment'; END IF; RETURN NULL;"
    );
    trigger(db, "pausing", &ask).await
}

/// Makes whoever writes fail from the commit on; inside a transaction.
pub(super) async fn lock(db: &Client) -> Result<(), Error> {
    let refuse = "RAISE EXCEPTION 'this store has been moved: set store.url to its new address, and start the server anew';";
    trigger(db, "moved", refuse).await
}

async fn trigger(db: &Client, function: &str, body: &str) -> Result<(), Error> {
    let triggers = TABLES.map(|(table, events)| {
        format!(
            "CREATE OR REPLACE TRIGGER moving BEFORE {events} ON bitjang.{table} FOR EACH STATEMENT EXECUTE FUNCTION bitjang.{function}();"
        )
    });
    db.batch_execute(&format!(
        "CREATE OR REPLACE FUNCTION bitjang.{function}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$; {}",
        triggers.concat()
    ))
    .await
}

/// Takes all of it away; inside a transaction.
pub(super) async fn unlock(db: &Client) -> Result<(), Error> {
    let triggers = TABLES.map(|(table, _)| format!("DROP TRIGGER IF EXISTS moving ON bitjang.{table};"));
    db.batch_execute(&format!(
        "{} DROP FUNCTION IF EXISTS bitjang.pausing(); DROP FUNCTION IF EXISTS bitjang.moved()",
        triggers.concat()
    ))
    .await
}
