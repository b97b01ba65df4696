//! Where keys and revocations come from: over HTTP, or from the same process.

use std::time::Duration;

use async_trait::async_trait;
use bitjang_core::revocation::Bookmark;
use bitjang_core::token::KeySet;
use bitjang_core::{Failure, Revocation, Time};

/// An issuer, as a verifier sees it.
#[async_trait]
pub(super) trait Source: Send + Sync {
    /// The keys that it publishes.
    async fn keys(&self) -> Result<KeySet, Failure>;

    /// How often to ask for them, and how far apart at the least when a token names a key that is not known.
    fn key_pace(&self) -> Pace;

    /// Opens the feed beyond `after`; where it has no such place, from its start.
    async fn feed(&self, after: Bookmark) -> Result<Box<dyn Feed>, Failure>;

    /// What the issuer says of a token: asked once, bounded in time.
    async fn ask(&self, token: &str) -> Result<Answer, Failure>;
}

/// How often to ask for keys.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// When nothing happens.
    pub(super) every: Duration,
    /// When tokens name unknown keys.
    pub(super) apart: Duration,
}

/// What the issuer says of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(not(feature = "remote"), expect(dead_code, reason = "only an issuer elsewhere can be asked"))]
pub(super) enum Answer {
    /// Its session is live, and its account has these roles.
    Live {
        /// In the order of the account's record, as in tokens.
        roles: Vec<String>,
    },
    /// It is not.
    Ended,
}

/// One reading of the feed, from its opening until it is lost. [`Feed::next`] may be dropped while it waits.
#[async_trait]
pub(super) trait Feed: Send {
    /// What comes next.
    async fn next(&mut self) -> Result<Heard, Lost>;
}

/// What a feed says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// Something was revoked.
    Entry {
        /// Right behind it.
        place: Bookmark,
        /// What.
        revocation: Revocation,
    },
    /// That was all.
    Heartbeat {
        /// Up to here.
        place: Bookmark,
        /// By the issuer's clock.
        now: Time,
    },
}

impl Heard {
    /// Where in the feed it was said.
    pub(super) fn place(&self) -> Bookmark {
        match self {
            Self::Entry { place, .. } | Self::Heartbeat { place, .. } => *place,
        }
    }
}

/// Why a feed is read no further.
#[derive(Debug, thiserror::Error)]
pub(super) enum Lost {
    /// It says what no feed of ours says: nothing of it is believed any more.
    #[error("the feed cannot be trusted: {0}")]
    Lie(&'static str),
    /// It ended, or could not be opened.
    #[error(transparent)]
    Broken(#[from] Failure),
    /// Nothing came for too long.
    #[error("the feed is silent")]
    Silent,
    /// What comes was sent long ago.
    #[error("the feed is late")]
    Late,
}
