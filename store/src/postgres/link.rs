//! The connections into the database, and one statement on one of them, in bounded time.

use std::time::Duration;

use bitjang_core::Failure;
use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime};
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Error, Row};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::row::Unreadable;
use super::url::PostgresUrl;

/// How long a caller waits for a connection that is free.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long a statement may take. What was sent and not answered by then may or may not have been done.
const DEADLINE: Duration = Duration::from_secs(5);

/// How often a statement is sent that the database has undone because others were in its way.
const TRIES: usize = 8;

/// What a statement is given.
pub(super) type Given<'a> = &'a [&'a (dyn ToSql + Sync)];

/// A statement and what it is given.
#[derive(Clone, Copy)]
pub(super) struct Ask<'a> {
    pub(super) sql: &'a str,
    pub(super) given: Given<'a>,
}

/// Why a statement has no answer.
#[derive(Debug, thiserror::Error)]
enum NoAnswer {
    #[error("no connection to the database is free")]
    Busy(#[source] PoolError),
    #[error("the database did not answer in time; it is not known whether it was done")]
    Late,
    #[error("the database")]
    Refused(#[source] Error),
}

/// Connections, made when they are needed and used again.
pub(super) struct Link(Pool);

impl Link {
    pub(super) fn new(url: &PostgresUrl, tls: MakeRustlsConnect) -> Result<Self, Unreadable> {
        let config = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = Manager::from_config(url.config.clone(), tls, config);
        let pool = Pool::builder(manager)
            .max_size(url.connections)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(PATIENCE))
            .create_timeout(Some(DEADLINE))
            .recycle_timeout(Some(PATIENCE))
            .build()?;
        Ok(Self(pool))
    }

    /// The rows that one statement answers with. It is a transaction of its own: done durably, or not at all, or, after a failure, either.
    pub(super) async fn ask(&self, action: &'static str, ask: Ask<'_>) -> Result<Vec<Row>, Failure> {
        self.ask_after(action, None, ask).await
    }

    /// The same, with another statement sent just before it on the same connection, in the same round trip.
    pub(super) async fn ask_after(
        &self,
        action: &'static str,
        before: Option<Ask<'_>>,
        ask: Ask<'_>,
    ) -> Result<Vec<Row>, Failure> {
        let mut tried = 0;
        loop {
            tried += 1;
            match self.once(before, ask).await {
                // Undone for certain, so it may be sent again: the deadlock, or the conflict of serializable transactions, is over.
                Err(NoAnswer::Refused(error)) if was_undone(&error) && tried < TRIES => {}
                answer => return answer.map_err(|error| Failure::new(action, error)),
            }
        }
    }

    async fn once(&self, before: Option<Ask<'_>>, ask: Ask<'_>) -> Result<Vec<Row>, NoAnswer> {
        let client = self.0.get().await.map_err(NoAnswer::Busy)?;
        let answer = tokio::time::timeout(DEADLINE, both(&client, before, ask)).await;
        match answer {
            Ok(Ok(rows)) => Ok(rows),
            Ok(Err(error)) => {
                if is_worn_out(&error) {
                    drop(Object::take(client));
                }
                Err(NoAnswer::Refused(error))
            }
            Err(_) => {
                // Whoever had it next would wait for our answer first.
                drop(Object::take(client));
                Err(NoAnswer::Late)
            }
        }
    }

    /// Makes no more connections.
    pub(super) fn close(&self) {
        self.0.close();
    }
}

async fn both(client: &Object, before: Option<Ask<'_>>, ask: Ask<'_>) -> Result<Vec<Row>, Error> {
    let Some(before) = before else { return one(client, ask).await };
    let (first, second) = tokio::join!(biased; one(client, before), one(client, ask));
    first.and(second)
}

async fn one(client: &Object, Ask { sql, given }: Ask<'_>) -> Result<Vec<Row>, Error> {
    let statement = client.prepare_cached(sql).await?;
    client.query(&statement, given).await
}

fn was_undone(error: &Error) -> bool {
    matches!(error.code(), Some(&SqlState::T_R_SERIALIZATION_FAILURE | &SqlState::T_R_DEADLOCK_DETECTED))
}

/// Whether the connection should not be used again: it ended up at a copy that takes no writes, or what it prepared fits the tables no more.
fn is_worn_out(error: &Error) -> bool {
    let codes = [
        SqlState::READ_ONLY_SQL_TRANSACTION,
        SqlState::FEATURE_NOT_SUPPORTED,
        SqlState::INVALID_SQL_STATEMENT_NAME,
    ];
    error.code().is_some_and(|code| codes.contains(code))
}
