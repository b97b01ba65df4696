//! Records in PostgreSQL, or what speaks its protocol, shared by any number of servers: one statement for each step, a feed that every server follows, and a cache that the feed
//! keeps true.

mod accounts;
mod ahead;
mod error;
mod follower;
mod health;
mod heard;
mod keys;
mod limits;
mod link;
mod mark;
mod revocations;
mod row;
mod rows;
mod schema;
mod service_credentials;
mod sessions;
mod survey;
mod tls;
mod url;
mod visited;

pub use ahead::Ahead;
pub use error::DatabaseError;
pub use survey::Survey;
pub use url::{BadPostgresUrl, PostgresUrl};
pub(crate) use visited::Visited;

use std::sync::Arc;
use std::time::Duration;

use bitjang_core::Failure;
use tokio_postgres::Row;

use self::follower::{Follower, Line};
use self::heard::Heard;
use self::link::{Ask, Link};
use self::row::Unreadable;
use crate::remembering::Remembering;

/// The longest that a record in memory is believed without news of the feed: entries must not be forgotten before they are read, nor a token be minted that outlives its revocation.
const MOST_STALENESS: Duration = Duration::from_secs(30);

/// A store in a database. Dropping it ends its connections.
pub struct Postgres {
    heard: Arc<Heard>,
    link: Link,
    _follower: Follower,
}

impl Postgres {
    /// Opens the store in the database at `url`; makes the schema `bitjang` there if there is none, or brings it to the present shape.
    ///
    /// Records in memory are believed for so long after the feed was last heard, half a minute at most.
    pub async fn open(url: &PostgresUrl, remembering: impl Into<Remembering>) -> Result<Self, DatabaseError> {
        let Remembering { bytes, max_staleness } = remembering.into();
        let tls = tls::connector(&url.trust)
            .map_err(|source| DatabaseError::Authorities { at: url.clone(), source })?;
        let heard = Arc::new(Heard::new(bytes, max_staleness.min(MOST_STALENESS)));
        let said = |error| DatabaseError::of(url, error);
        let first = Line::connect(url, tls.clone(), &heard).await.map_err(said)?;
        schema::migrate(&first.client, url).await?;
        if let Some(mark) = mark::found(&first.client).await.map_err(said)? {
            return Err(DatabaseError::of_mark(url, mark));
        }
        let first = first.listen().await.map_err(said)?;
        let other = |source| DatabaseError::Other { at: url.clone(), source };
        let link = Link::new(url, tls.clone()).map_err(other)?;
        let follower = Follower::start(url.clone(), tls, Arc::clone(&heard), first);
        heard.all("read the feed").await.map_err(|failure| other(failure.into()))?;
        Ok(Self { heard, link, _follower: follower })
    }

    /// What `read` makes of each row of an answer.
    async fn all<T>(
        &self,
        action: &'static str,
        ask: Ask<'_>,
        read: impl Fn(&Row) -> Result<T, Unreadable>,
    ) -> Result<Vec<T>, Failure> {
        let rows = self.link.ask(action, ask).await?;
        rows.iter().map(|row| read(row).map_err(|error| Failure::new(action, error))).collect()
    }

    /// The same, of an answer with one row at most.
    async fn one<T>(
        &self,
        action: &'static str,
        ask: Ask<'_>,
        read: impl Fn(&Row) -> Result<T, Unreadable>,
    ) -> Result<Option<T>, Failure> {
        Ok(self.all(action, ask, read).await?.pop())
    }
}
