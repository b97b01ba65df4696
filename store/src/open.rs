//! From an address to an open store, whatever its kind.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use async_trait::async_trait;
use bitjang_core::{Accounts, Clock, Failure, Keys, Limits, Revocations, ServiceCredentials, Sessions};

use crate::embedded::{Embedded, FolderError, Tuning};
use crate::memory::Memory;
use crate::postgres::{BadPostgresUrl, DatabaseError, Postgres, PostgresUrl};
use crate::redis::{BadAuthorities, Belief, Redis, RedisUrl};
use crate::remembering::Remembering;

/// Where records live, as written in the configuration (`store.url`).
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "there is one for each process")]
pub enum StoreUrl {
    /// `memory:`, gone when the process ends.
    Memory,
    /// `embedded:<folder>`, in this folder; a relative one is relative to the working directory.
    Embedded(PathBuf),
    /// `postgres://…`, in a database that other servers may share.
    Postgres(PostgresUrl),
}

/// A text that says no place this binary can keep records in. Repeats no more than the scheme: the rest may hold a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadStoreUrl {
    /// The scheme is not known here.
    #[error("no store is called \"{0}:\"; known are \"memory:\", \"embedded:<folder>\" and \"postgres://…\"")]
    UnknownScheme(String),
    /// There is no scheme.
    #[error("a store is written as \"memory:\", \"embedded:<folder>\" or \"postgres://…\"")]
    NoScheme,
    /// `embedded:` names no folder.
    #[error("\"embedded:\" needs a folder, as in \"embedded:bitjang-data\"")]
    NoFolder,
    /// `memory:` is all there is to say.
    #[error("nothing may follow \"memory:\"")]
    MoreThanMemory,
    /// `postgres://…` is not written as the address of a database.
    #[error(transparent)]
    Postgres(#[from] BadPostgresUrl),
}

impl FromStr for StoreUrl {
    type Err = BadStoreUrl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':').ok_or(BadStoreUrl::NoScheme)? {
            ("memory", "") => Ok(Self::Memory),
            ("memory", _) => Err(BadStoreUrl::MoreThanMemory),
            ("embedded", "") => Err(BadStoreUrl::NoFolder),
            ("embedded", folder) => Ok(Self::Embedded(folder.into())),
            ("postgres" | "postgresql", _) => Ok(Self::Postgres(text.parse()?)),
            (scheme, _) if is_scheme(scheme) => Err(BadStoreUrl::UnknownScheme(scheme.to_owned())),
            _ => Err(BadStoreUrl::NoScheme),
        }
    }
}

/// RFC 3986, section 3.1. Whatever else stands before a colon may be part of a password.
fn is_scheme(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
}

impl fmt::Display for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory => f.write_str("memory:"),
            Self::Embedded(folder) => write!(f, "embedded:{}", folder.display()),
            Self::Postgres(url) => url.fmt(f),
        }
    }
}

/// What became of a store that answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Its records are here.
    InUse,
    /// They have been moved elsewhere: it is still read, and takes no writes any more.
    Left,
}

/// What a store can be asked about itself.
#[async_trait]
pub trait Health: Send + Sync {
    /// Whether it can read, and could commit when it last tried; after a commit that failed, whether it can again. And whether it is still the one to ask.
    async fn ping(&self) -> Result<Condition, Failure>;

    /// Lets whoever surveys the store know how far this process's clock is from the store's. Nothing to do where no other process shares it.
    async fn compare_clocks(&self, _clock: &dyn Clock) -> Result<(), Failure> {
        Ok(())
    }

    /// Commits what waits and takes no more writes. Dropping the store does the same.
    async fn close(&self);
}

/// An open store, as the ports it implements.
#[derive(Clone)]
#[expect(missing_docs, reason = "each is documented as the trait it is")]
pub struct Opened {
    pub accounts: Arc<dyn Accounts>,
    pub sessions: Arc<dyn Sessions>,
    pub limits: Arc<dyn Limits>,
    pub keys: Arc<dyn Keys>,
    pub revocations: Arc<dyn Revocations>,
    pub service_credentials: Arc<dyn ServiceCredentials>,
    pub health: Arc<dyn Health>,
}

impl Opened {
    /// The ports of a store that has been opened by itself.
    pub fn from<S>(store: S) -> Self
    where
        S: Accounts + Sessions + Limits + Keys + Revocations + ServiceCredentials + Health + 'static,
    {
        let store = Arc::new(store);
        Self {
            accounts: Arc::<S>::clone(&store),
            sessions: Arc::<S>::clone(&store),
            limits: Arc::<S>::clone(&store),
            keys: Arc::<S>::clone(&store),
            revocations: Arc::<S>::clone(&store),
            service_credentials: Arc::<S>::clone(&store),
            health: store,
        }
    }

    /// The same store, with Redis beside it for what may be lost: when Redis is away, or empty, the store does it all by itself.
    pub async fn beside_redis(self, url: &RedisUrl, belief: Belief) -> Result<Self, OpenError> {
        Ok(Redis::beside(self, url, belief).await?)
    }
}

/// Why a store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The data folder cannot be used.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The database cannot be used.
    #[error(transparent)]
    Database(#[from] Box<DatabaseError>),
    /// No connection can be made to Redis, whether it runs or not.
    #[error(transparent)]
    Redis(#[from] BadAuthorities),
}

/// Opens the store that `url` names; makes it if there is none. Where as much is to be remembered as is usual, it is enough to say for how long that is believed.
pub async fn open(url: &StoreUrl, remembering: impl Into<Remembering>) -> Result<Opened, OpenError> {
    let remembering = remembering.into();
    let tuning = Tuning { cache_bytes: remembering.bytes, ..Tuning::default() };
    Ok(match url {
        StoreUrl::Memory => Opened::from(Memory::default()),
        StoreUrl::Embedded(folder) => Opened::from(Embedded::open(folder, tuning)?),
        StoreUrl::Postgres(url) => Opened::from(Postgres::open(url, remembering).await.map_err(Box::new)?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_url_is_read_back_as_it_was_written() {
        for text in ["memory:", "embedded:bitjang-data", "embedded:/var/lib/bitjang"] {
            assert_eq!(text.parse::<StoreUrl>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn any_other_text_is_refused_without_repeating_a_password() {
        let refused = |text: &str| text.parse::<StoreUrl>().unwrap_err();
        assert_eq!(refused("bitjang-data"), BadStoreUrl::NoScheme);
        assert_eq!(refused("hunter2@db:5432"), BadStoreUrl::NoScheme);
        assert_eq!(refused("embedded:"), BadStoreUrl::NoFolder);
        assert_eq!(refused("memory:x"), BadStoreUrl::MoreThanMemory);
        let unknown = refused("mysql://bitjang:hunter2@db/bitjang").to_string();
        assert!(unknown.starts_with("no store is called \"mysql:\"; known are"), "{unknown}");
        let malformed = refused("postgres://bitjang:hunter2@db:x/bitjang").to_string();
        assert!(!malformed.contains("hunter2"), "{malformed}");
        let inside_the_host = refused("postgres://bitjang@[db:hunter2@::1]/bitjang").to_string();
        assert!(!inside_the_host.contains("hunter2"), "{inside_the_host}");
    }
}
