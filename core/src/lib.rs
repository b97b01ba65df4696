//! The rules of Bitjang: who has an account, which session is whose, and when to say no.
//!
//! This crate knows no HTTP, no SQL, no file and no runtime, and never reads the clock or the dice by itself: all of it is handed in through
//! the [`Ports`]. Each flow of [`Auth`] reads a record, decides in a pure function, and commits with a compare-and-set.

pub mod account;
pub mod auth;
pub mod csrf;
mod encoding;
pub mod entropy;
pub mod error;
pub mod event;
mod flow;
pub mod identifier;
pub mod key;
pub mod keyring;
pub mod limit;
mod mac;
pub mod password;
mod principal;
pub mod ratchet;
pub mod revocation;
pub mod secret;
pub mod service_credential;
pub mod session;
#[cfg(feature = "testing")]
pub mod testing;
pub mod time;
pub mod token;

pub use account::{Account, AccountId, Accounts};
pub use auth::{Auth, Ports, Rules};
pub use csrf::CsrfToken;
pub use entropy::Entropy;
pub use error::{Error, Failure, Refusal};
pub use event::{Event, Events};
pub use flow::{
    Access, AccessToken, Credentials, Handed, Import, NewAccount, Operator, PasswordChange, Proof, Service,
    SignIn, SignedIn, Tokens,
};
pub use identifier::Identifier;
pub use key::Keys;
pub use keyring::{Keyring, NoKeys, TokenRules};
pub use limit::Limits;
pub use principal::Principal;
pub use revocation::{Revocation, Revocations};
pub use service_credential::{ServiceCredentials, ServiceToken};
pub use session::{Carrier, Client, Session, SessionId, SessionToken, Sessions};
pub use time::{CLOCKS_APART, Clock, LONGEST_LEEWAY, Time};

/// How often a record has been written. A commit names the revision it read; the store refuses it when another commit came first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Revision(pub u64);

impl Revision {
    /// The revision of a record that is written for the first time.
    pub const FIRST: Self = Self(1);

    /// The revision after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// What became of a compare-and-set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Commit {
    /// The record is written, durably.
    Done,
    /// Another commit came first, or the record is gone; nothing was written. Read again.
    Stale,
}
