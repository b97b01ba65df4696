//! Why a database could not be used, in words that say what to do.

use tokio_postgres::error::SqlState;

use super::url::PostgresUrl;
use crate::moving::place::Mark;

/// Why a database could not be used.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// Nobody answers there.
    #[error("the database {at} cannot be reached: check store.url, and whether it runs")]
    Unreachable {
        /// Where.
        at: PostgresUrl,
        /// What went wrong.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// It does not let us in.
    #[error("the database {at} does not let this user in: check user, password and pg_hba.conf")]
    NotLetIn {
        /// Where.
        at: PostgresUrl,
        /// What the server said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// It has no connection left for us.
    #[error(
        "the database {at} has no connection left: raise its max_connections, or lower `connections` in store.url"
    )]
    Full {
        /// Where.
        at: PostgresUrl,
        /// What the server said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// There is no such database.
    #[error("there is no database {at}: make it with `createdb`")]
    Missing {
        /// Where.
        at: PostgresUrl,
        /// What the server said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// We may not make our tables, or not use them.
    #[error(
        "this user may not make or use the schema \"bitjang\" in {at}: grant it CREATE on the database once, or own the schema"
    )]
    Forbidden {
        /// Where.
        at: PostgresUrl,
        /// What the server said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A later release has changed it beyond what this one can work with.
    #[error(
        "the database {at} asks for schema version {needed} at the least, and this release knows versions up to {known}: use a later release"
    )]
    Newer {
        /// Where.
        at: PostgresUrl,
        /// What a server must know.
        needed: i64,
        /// The latest version known.
        known: i64,
    },
    /// Everything in it has been moved elsewhere.
    #[error(
        "the store in {at} has been moved to {to}: set store.url to that. What is here is as it was then; `bitjang store reopen` takes it into use again, and signs everybody out"
    )]
    Moved {
        /// Where it was.
        at: PostgresUrl,
        /// Where it is.
        to: String,
    },
    /// It is being filled.
    #[error(
        "the store in {at} is not whole: it was being filled from {from}. Run that command again, it goes on where it was; or choose another database"
    )]
    Unfinished {
        /// Where.
        at: PostgresUrl,
        /// From where.
        from: String,
    },
    /// The certificate authorities cannot be read.
    #[error("the certificate authorities for {at} cannot be used: check sslrootcert")]
    Authorities {
        /// Where.
        at: PostgresUrl,
        /// What is wrong with them.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Anything else.
    #[error("the database {at} could not be opened")]
    Other {
        /// Where.
        at: PostgresUrl,
        /// What went wrong.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl DatabaseError {
    pub(super) fn of_mark(at: &PostgresUrl, mark: Mark) -> Self {
        let at = at.clone();
        match mark {
            Mark::MovedTo(to) => Self::Moved { at, to },
            Mark::FilledFrom(from) => Self::Unfinished { at, from },
        }
    }

    pub(super) fn of(at: &PostgresUrl, error: tokio_postgres::Error) -> Self {
        let (at, code) = (at.clone(), error.code().cloned());
        let source = error.into();
        let Some(code) = code else { return Self::Unreachable { at, source } };
        match code {
            SqlState::INVALID_PASSWORD | SqlState::INVALID_AUTHORIZATION_SPECIFICATION => {
                Self::NotLetIn { at, source }
            }
            SqlState::TOO_MANY_CONNECTIONS => Self::Full { at, source },
            SqlState::INVALID_CATALOG_NAME => Self::Missing { at, source },
            SqlState::INSUFFICIENT_PRIVILEGE => Self::Forbidden { at, source },
            SqlState::CANNOT_CONNECT_NOW | SqlState::ADMIN_SHUTDOWN => Self::Unreachable { at, source },
            _ => Self::Other { at, source },
        }
    }
}
