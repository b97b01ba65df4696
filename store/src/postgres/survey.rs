//! What an operator wants to know of a database before trusting it with sessions. Changes nothing.

use std::time::Duration;

use bitjang_core::Time;
use tokio::time::Instant;

use super::ahead::Ahead;
use super::error::DatabaseError;
use super::row::{Unreadable, column, time};
use super::url::PostgresUrl;
use super::{schema, tls};

/// What was found at a database.
#[derive(Clone, Debug)]
pub struct Survey {
    /// What it calls itself, such as `PostgreSQL 17.2`.
    pub version: String,
    /// How far its schema has come; 0 when there is none yet.
    pub schema: i64,
    /// How far the schema of this release has come.
    pub known: i64,
    /// How long one question takes, there and back.
    pub latency: Duration,
    /// What its clock showed half-way through that question.
    pub clock: Time,
    /// How far the clock of each server that is connected is ahead of that.
    pub servers: Vec<Ahead>,
    /// How many connections it allows, where it says so.
    pub max_connections: Option<usize>,
    /// How many are open now.
    pub open_connections: usize,
    /// How many a server of ours may open, the one that follows the feed included.
    pub our_connections: usize,
    /// How transactions see one another when nobody says.
    pub isolation: String,
    /// What keeps a commit that was acknowledged from being on disk, such as `fsync = off`.
    pub not_durable: Vec<String>,
    /// Whether it takes no writes.
    pub is_read_only: bool,
    /// Whether nobody between us and it could read along or pretend to be it.
    pub is_verified: bool,
}

const ASK: &str = "SELECT version(), (extract(epoch FROM clock_timestamp()) * 1000000)::bigint, current_setting('max_connections', true),
    (SELECT count(*) FROM pg_stat_activity), current_setting('default_transaction_isolation', true), current_setting('fsync', true),
    current_setting('synchronous_commit', true), current_setting('transaction_read_only', true),
    (SELECT array_agg(application_name) FROM pg_stat_activity WHERE datname = current_database() AND application_name IS NOT NULL)";

impl Survey {
    /// Looks at the database.
    pub async fn of(url: &PostgresUrl) -> Result<Self, DatabaseError> {
        let authorities = |source| DatabaseError::Authorities { at: url.clone(), source };
        let tls = tls::connector(&url.trust).map_err(authorities)?;
        let said = |error| DatabaseError::of(url, error);
        let (client, connection) = url.config.connect(tls).await.map_err(said)?;
        let driver = tokio::spawn(connection);
        let schema = schema::standing(&client).await.map_err(said)?.version;
        let statement = client.prepare(ASK).await.map_err(said)?;
        let asked = Instant::now();
        let row = client.query_one(&statement, &[]).await.map_err(said)?;
        let latency = asked.elapsed();
        driver.abort();
        let found = Self::read(&row, schema, latency, url);
        found.map_err(|source| DatabaseError::Other { at: url.clone(), source })
    }

    fn read(
        row: &tokio_postgres::Row,
        schema: i64,
        latency: Duration,
        url: &PostgresUrl,
    ) -> Result<Self, Unreadable> {
        let text = |at| column::<Option<String>>(row, at);
        let names = column::<Option<Vec<String>>>(row, 8)?.unwrap_or_default();
        let settings = [("fsync", text(5)?), ("synchronous_commit", text(6)?)];
        let off = settings.into_iter().filter(|(_, value)| value.as_deref() == Some("off"));
        Ok(Self {
            version: text(0)?.unwrap_or_default().split(" on ").next().unwrap_or_default().to_owned(),
            schema,
            known: schema::known(),
            latency,
            clock: time(row, 1)?.plus(latency / 2),
            servers: names.iter().filter_map(|name| Ahead::told_by(name)).collect(),
            max_connections: text(2)?.and_then(|most| most.parse().ok()),
            open_connections: usize::try_from(column::<i64>(row, 3)?)?,
            our_connections: url.connections + 1,
            isolation: text(4)?.unwrap_or_default(),
            not_durable: off.map(|(name, _)| format!("{name} = off")).collect(),
            is_read_only: text(7)?.as_deref() == Some("on"),
            is_verified: url.is_verified(),
        })
    }
}
