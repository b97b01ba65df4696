//! Revocations: what ends access tokens before their time, everywhere.
//!
//! An entry names a session, or all tokens of an account that were minted before an epoch, and lives as long as an access token minted before it
//! could: the set holds the last few minutes, not all of time.

mod bookmark;
#[cfg(feature = "testing")]
pub mod contract;
mod port;
mod set;
mod spread;
mod tail;

pub use bookmark::{Bookmark, NotABookmark, Part};
pub use port::{Entry, Position, Revocations};
pub use set::RevokedSet;
pub use tail::Tail;

use std::time::Duration;

use crate::time::{CLOCKS_APART, LONGEST_LEEWAY};
use crate::{Account, AccountId, SessionId, Time};

/// That the access tokens of some sessions are good no longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// Whose.
    pub of: Revoked,
    /// Since when.
    pub at: Time,
    /// When the last token that it concerns has expired, and it may be forgotten.
    pub until: Time,
}

/// The sessions that a revocation concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Revoked {
    /// One session.
    Session(SessionId),
    /// All sessions of the account, but the spared one, as far as their tokens were minted in an epoch before this one.
    Before {
        /// The account.
        account: AccountId,
        /// The first epoch whose tokens are still good.
        epoch: u64,
        /// The one session whose tokens of an older epoch are still good.
        spared: Option<SessionId>,
    },
}

/// How much longer: the clock of the server that minted a token may be ahead, that of the server that revokes it behind, and that of the verifier too.
const SLACK: Duration = CLOCKS_APART.saturating_mul(2).saturating_add(LONGEST_LEEWAY);

impl Revocation {
    /// Revokes one session's tokens, which live for `access` at most.
    pub fn of_session(session: SessionId, access: Duration, now: Time) -> Self {
        Self::of(Revoked::Session(session), access, now)
    }

    /// Revokes the tokens that were minted before this record of an account raised its epoch.
    pub fn of_sessions_before(account: &Account, access: Duration, now: Time) -> Self {
        let (epoch, spared) = (account.epoch.number, account.epoch.untouched());
        Self::of(Revoked::Before { account: account.id, epoch, spared }, access, now)
    }

    fn of(of: Revoked, access: Duration, now: Time) -> Self {
        Self { of, at: now, until: now.plus(access).plus(SLACK) }
    }
}
