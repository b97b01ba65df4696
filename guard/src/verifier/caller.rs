//! Who presents a good access token.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bitjang_core::token::{Rejected, Verified};
use bitjang_core::{AccountId, CLOCKS_APART, Principal, SessionId, Time};
use tokio::sync::Mutex;

use super::source::Answer;
use super::view::View;

/// Who is asking, by an access token that is good at this moment. Cheap to clone.
#[derive(Clone)]
pub struct Caller(pub(super) Arc<Known>);

impl Caller {
    /// Whose session it is.
    pub fn account(&self) -> AccountId {
        self.0.account
    }

    /// By which session.
    pub fn session(&self) -> SessionId {
        self.0.session
    }

    /// The account's epoch when the token was minted.
    pub fn epoch(&self) -> u64 {
        self.0.epoch
    }

    /// What the account was trusted with when the token was minted.
    pub fn roles(&self) -> impl Iterator<Item = &str> {
        self.0.roles.iter().map(AsRef::as_ref)
    }

    /// Whether the account was trusted with `role`.
    pub fn has_role(&self, role: &str) -> bool {
        self.roles().any(|had| had == role)
    }

    /// When the token expires.
    pub fn expires_at(&self) -> Time {
        self.0.expires_at
    }
}

impl Principal for Caller {
    fn account_id(&self) -> AccountId {
        self.account()
    }

    fn roles(&self) -> impl Iterator<Item = &str> {
        self.roles()
    }
}

impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = &self.0;
        f.debug_struct("Caller")
            .field("account", &known.account)
            .field("session", &known.session)
            .field("epoch", &known.epoch)
            .field("roles", &known.roles)
            .field("expires_at", &known.expires_at)
            .finish()
    }
}

/// What is remembered of a token whose signature and claims were found good.
pub(super) struct Known {
    account: AccountId,
    session: SessionId,
    epoch: u64,
    roles: Box<[Box<str>]>,
    issued_at: Time,
    expires_at: Time,
    /// Under which generation of the keys.
    keys: u64,
    /// In which generation of the view it was last looked up and not found revoked.
    clear_in: AtomicU64,
    /// What the server said of it, when it was asked. Held locked while it is being asked, so that it is asked once.
    pub(super) said: Mutex<Option<Said>>,
}

/// What the server said of a token.
#[derive(Clone)]
pub(super) struct Said {
    /// When it was asked, by the steady clock.
    pub(super) asked: Duration,
    /// What it answered; nothing if it could not be asked.
    pub(super) answer: Option<Answer>,
}

impl Known {
    /// Whether the token says that the account has these roles, and no others.
    pub(super) fn has(&self, roles: &[String]) -> bool {
        self.roles.iter().map(AsRef::as_ref).eq(roles.iter().map(String::as_str))
    }

    pub(super) fn new(verified: &Verified<'_>, keys: u64) -> Self {
        Self {
            account: verified.account,
            session: verified.session,
            epoch: verified.epoch,
            roles: verified.roles().iter().map(Box::from).collect(),
            issued_at: verified.issued_at,
            expires_at: verified.expires_at,
            keys,
            clear_in: AtomicU64::new(u64::MAX),
            said: Mutex::default(),
        }
    }

    /// Whether its key was known in this generation of the keys.
    pub(super) fn is_under(&self, keys: u64) -> bool {
        self.keys == keys
    }

    /// The same question that the full verification asks.
    pub(super) fn in_time(&self, now: Time, leeway: Duration) -> Result<(), Rejected> {
        if self.expires_at <= now.minus(leeway) {
            Err(Rejected::Expired)
        } else if self.issued_at > now.plus(CLOCKS_APART) {
            Err(Rejected::NotYetValid)
        } else {
            Ok(())
        }
    }

    /// Whether the view revokes it. Looks only when something has been revoked since it last did.
    pub(super) fn is_revoked(&self, view: &View) -> bool {
        let generation = view.generation();
        if self.clear_in.load(Ordering::Relaxed) == generation {
            return false;
        }
        let revoked = view.revokes(self.session, self.account, self.epoch);
        if !revoked {
            self.clear_in.store(generation, Ordering::Relaxed);
        }
        revoked
    }
}
