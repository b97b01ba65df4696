//! A database's store, seen by whoever moves records out of it or into it; servers may use it meanwhile.
//!
//! The pause is a lock that one connection of ours holds and that every statement of every server asks for, by triggers: so it ends with that connection, whatever becomes of
//! this process, and whoever writes meanwhile is told at once instead of holding a connection that somebody could read with.

use async_trait::async_trait;
use tokio::task::JoinHandle;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Error};

use super::error::DatabaseError;
use super::follower::{BACKLOG, NUMBER};
use super::mark::{self, PAUSE};
use super::rows::{column_of, delete, from, insert, nth, ordered, read, shown, sql_type};
use super::url::PostgresUrl;
use super::{schema, tls};
use crate::moving::because;
use crate::moving::place::{Cause, Mark, Place, Records, Unwritten};
use crate::moving::record::{Kind, Row, Value};

/// What whoever fills a database holds: "BJMF".
const FILL: i64 = 0x424A_4D46;

/// A database's store, visited.
pub(crate) struct Visited {
    address: String,
    db: Line,
    /// Holds the locks, in a transaction that does nothing else, so that a pooler in between gives it to nobody else.
    guard: Line,
}

/// A connection, which ends with this.
struct Line {
    client: Client,
    driver: JoinHandle<()>,
}

impl Drop for Line {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl Line {
    async fn connect(url: &PostgresUrl) -> Result<Self, DatabaseError> {
        let authorities = |source| DatabaseError::Authorities { at: url.clone(), source };
        let tls = tls::connector(&url.trust).map_err(authorities)?;
        let mut config = url.config.clone();
        // Not what servers are called, by which they are counted.
        config.application_name("bitjang store");
        let (client, connection) =
            config.connect(tls).await.map_err(|error| DatabaseError::of(url, error))?;
        let driver = tokio::spawn(async move {
            // What ends it is told to whoever asks next.
            let _ = connection.await;
        });
        Ok(Self { client, driver })
    }
}

impl Visited {
    /// The store in this database, which servers may use; nothing if there is none.
    pub(crate) async fn visit(url: &PostgresUrl) -> Result<Option<Self>, DatabaseError> {
        let visited = Self::connect(url).await?;
        let standing =
            schema::standing(&visited.db.client).await.map_err(|error| DatabaseError::of(url, error))?;
        if standing.version == 0 {
            return Ok(None);
        }
        // The servers that run know the next shape, or do not mind it.
        schema::migrate(&visited.db.client, url).await?;
        Ok(Some(visited))
    }

    /// The store in this database, an empty one if there is none; nothing if a server or somebody like us uses it.
    pub(crate) async fn hold(url: &PostgresUrl) -> Result<Option<Self>, DatabaseError> {
        let held = Self::connect(url).await?;
        schema::migrate(&held.db.client, url).await?;
        let alone = held.is_alone().await.map_err(|error| DatabaseError::of(url, error))?;
        Ok(alone.then_some(held))
    }

    async fn connect(url: &PostgresUrl) -> Result<Self, DatabaseError> {
        let (db, guard) = (Line::connect(url).await?, Line::connect(url).await?);
        Ok(Self { address: url.to_string(), db, guard })
    }

    async fn is_alone(&self) -> Result<bool, Error> {
        self.begin_guarding().await?;
        let first =
            self.guard.client.query_one(&format!("SELECT pg_try_advisory_xact_lock({FILL})"), &[]).await?;
        let servers = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'bitjang'";
        let servers: i64 = self.db.client.query_one(servers, &[]).await?.try_get(0)?;
        Ok(first.try_get(0)? && servers == 0)
    }

    /// Begins the transaction that holds locks. Where the machine that this runs on is gone, the database finds out within seconds.
    async fn begin_guarding(&self) -> Result<(), Error> {
        self.guard
            .client
            .batch_execute(
                "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL lock_timeout = '10s';
                 SET LOCAL tcp_keepalives_idle = 3; SET LOCAL tcp_keepalives_interval = 2; SET LOCAL tcp_keepalives_count = 3",
            )
            .await
    }

    /// The mark, if there is one by now; then everything that was guarded is let go.
    async fn left_meanwhile(&self) -> Result<Option<Mark>, Error> {
        let found = mark::found(&self.db.client).await?;
        if found.is_some() {
            self.guard.client.batch_execute("ROLLBACK").await?;
        }
        Ok(found)
    }

    /// Gives places to entries of the feed until none is without.
    async fn number_the_feed(&self) -> Result<(), Error> {
        while self.db.client.execute(NUMBER, &[&BACKLOG]).await? > 0 {}
        Ok(())
    }

    async fn replace(&mut self, kind: &'static Kind, out: &[Value], put: &[Row]) -> Result<(), Error> {
        let transaction = self.db.client.transaction().await?;
        if !out.is_empty() {
            let keys = column_of(kind.key().1, out.iter());
            transaction.execute(&delete(kind), &[&*keys]).await?;
        }
        if !put.is_empty() {
            let columns: Vec<_> = (0..kind.columns.len()).map(|place| nth(kind, place, put)).collect();
            let given: Vec<&(dyn ToSql + Sync)> = columns.iter().map(|column| &**column as _).collect();
            transaction.execute(&insert(kind), &given).await?;
        }
        transaction.commit().await
    }
}

#[async_trait]
impl Records for Visited {
    async fn page(
        &mut self,
        kind: &'static Kind,
        after: Option<&Value>,
        at_most: usize,
    ) -> Result<Vec<Row>, Cause> {
        let ordered = ordered(kind);
        let after = after.map(|key| column_of(kind.key().1, std::iter::once(key)));
        let beyond = after.as_ref().map(|_| format!("AND {ordered} > ($1::{}[])[1]", sql_type(kind.key().1)));
        let sql = format!(
            "SELECT {} FROM {} {} ORDER BY {ordered} LIMIT {at_most}",
            kind.listed(|name| shown(kind, name)),
            from(kind),
            beyond.unwrap_or_default()
        );
        let given: Vec<&(dyn ToSql + Sync)> = after.iter().map(|key| &**key as _).collect();
        let rows = self.db.client.query(&sql, &given).await?;
        rows.iter().map(|row| read(kind, row)).collect()
    }

    fn keeps(&self, _: &'static Kind) -> bool {
        true
    }

    async fn count(&mut self, kind: &'static Kind) -> Result<u64, Cause> {
        let row = self.db.client.query_one(&format!("SELECT count(*) FROM {}", from(kind)), &[]).await?;
        Ok(row.try_get::<_, i64>(0)?.cast_unsigned())
    }
}

#[async_trait]
impl Place for Visited {
    fn address(&self) -> String {
        self.address.clone()
    }

    async fn mark(&mut self) -> Result<Option<Mark>, Cause> {
        Ok(mark::found(&self.db.client).await?)
    }

    async fn set_mark(&mut self, mark: Option<&Mark>) -> Result<(), Cause> {
        self.db.client.batch_execute("BEGIN").await?;
        mark::set(&self.db.client, mark).await?;
        Ok(self.db.client.batch_execute("COMMIT").await?)
    }

    async fn write(&mut self, kind: &'static Kind, out: &[Value], put: &[Row]) -> Result<(), Unwritten> {
        self.replace(kind, out, put).await.map_err(|error| match error.code() {
            Some(&SqlState::DISK_FULL) => Unwritten::NoRoom(error.into()),
            _ => Unwritten::Other(error.into()),
        })
    }

    async fn freeze(&mut self) -> Result<(), Cause> {
        Ok(self.db.client.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?)
    }

    async fn pause(&mut self) -> Result<Option<Mark>, Cause> {
        self.begin_guarding().await?;
        mark::make_pausable(&self.guard.client).await?;
        // What it is about to put in place of the triggers of a store that was left is not kept.
        if let Some(mark) = self.left_meanwhile().await? {
            return Ok(Some(mark));
        }
        self.guard.client.batch_execute("COMMIT").await?;
        self.begin_guarding().await?;
        // Waits for whoever had a share already, and for another mover.
        self.guard.client.batch_execute(&format!("SELECT pg_advisory_xact_lock({PAUSE})")).await?;
        if let Some(mark) = self.left_meanwhile().await? {
            return Ok(Some(mark));
        }
        // Nobody writes entries any more, so all of them get their places now, and afterwards none does.
        self.number_the_feed().await?;
        Ok(None)
    }

    async fn go_on(&mut self) {
        // Where that fails, the end of the connection does it.
        let _ = self.guard.client.batch_execute("ROLLBACK").await;
    }

    async fn retire(&mut self, mark: &Mark) -> Result<(), Cause> {
        let guard = &self.guard.client;
        let held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = $1 AND pid = pg_backend_pid() AND mode = 'ExclusiveLock' AND granted";
        let held: i64 =
            guard.query_one(held, &[&u32::try_from(PAUSE).unwrap_or_default()]).await?.try_get(0)?;
        if held != 1 {
            return Err(because("the pause had ended by itself"));
        }
        mark::lock(guard).await?;
        mark::set(guard, Some(mark)).await?;
        Ok(guard.batch_execute("COMMIT").await?)
    }

    async fn revive(&mut self, raise: i64) -> Result<(), Cause> {
        let db = &self.db.client;
        db.batch_execute("BEGIN").await?;
        mark::unlock(db).await?;
        mark::set(db, None).await?;
        db.execute(REVIVE, &[&raise]).await?;
        Ok(db.batch_execute("DELETE FROM bitjang.key; DELETE FROM bitjang.signer; COMMIT").await?)
    }
}

const REVIVE: &str = "UPDATE bitjang.account SET epoch = epoch + $1, epoch_since = epoch + $1, epoch_since_as_of = epoch + $1, epoch_spared = NULL,
    revision = revision + 1";
