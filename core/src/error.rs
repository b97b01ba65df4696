//! The two ways in which a flow does not succeed: we said no, or we broke.

use std::time::Duration;

use crate::identifier::BadIdentifier;
use crate::password::Weakness;

/// Why a flow gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// We said no: the client can do something about it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// We broke: the operator can do something about it.
    #[error(transparent)]
    Failed(#[from] Failure),
}

/// A no, with a code that never changes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The identifier cannot name an account.
    #[error("the identifier cannot be used: {0}")]
    BadIdentifier(#[from] BadIdentifier),
    /// The display name is empty, too long, or has characters that do not print.
    #[error("the name cannot be used")]
    BadName,
    /// A role is spelled in a way no role is.
    #[error(
        "a role must be 1 to 64 of a-z 0-9 _ - . and an account has 32 at most, of 800 characters together"
    )]
    BadRole,
    /// The password is too easy to guess.
    #[error("the password is too weak: {0}")]
    WeakPassword(#[from] Weakness),
    /// Another account has this identifier.
    #[error("the identifier is taken")]
    IdentifierTaken,
    /// Identifier and password do not belong together, or the account may not sign in.
    #[error("identifier and password do not match")]
    BadCredentials,
    /// Too many wrong guesses; wait this long.
    #[error("too many attempts")]
    TooManyAttempts {
        /// How long until the next attempt is let through.
        retry_after: Duration,
    },
    /// Nobody is signed in with what was presented.
    #[error("signed out")]
    SignedOut,
    /// The refresh token had been used before, by somebody else: its session has ended.
    #[error("the refresh token was used twice")]
    TokenReuse,
    /// The carrier of this session does not do that.
    #[error("not by this carrier")]
    OtherCarrier,
    /// It does not exist, or belongs to somebody else: the two look the same.
    #[error("not found")]
    NotFound,
    /// This server takes no new accounts.
    #[error("sign-up is closed")]
    SignUpClosed,
    /// More passwords are waiting to be hashed than can be in reasonable time.
    #[error("busy")]
    Busy,
}

impl Refusal {
    /// The stable code: for clients, metrics and logs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::BadIdentifier(_) => "bad_identifier",
            Self::BadName => "bad_name",
            Self::BadRole => "bad_role",
            Self::WeakPassword(_) => "weak_password",
            Self::IdentifierTaken => "identifier_taken",
            Self::BadCredentials => "bad_credentials",
            Self::TooManyAttempts { .. } => "too_many_attempts",
            Self::SignedOut => "signed_out",
            Self::TokenReuse => "token_reuse",
            Self::OtherCarrier => "other_carrier",
            Self::NotFound => "not_found",
            Self::SignUpClosed => "sign_up_closed",
            Self::Busy => "busy",
        }
    }
}

/// Something of ours that did not work. Logged once, where it is answered; never shown to a client.
#[derive(Debug, thiserror::Error)]
#[error("could not {action}")]
pub struct Failure {
    action: &'static str,
    source: Box<dyn std::error::Error + Send + Sync>,
}

impl Failure {
    /// A failure to do `action` (as in "could not *read a session*").
    pub fn new(action: &'static str, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { action, source: source.into() }
    }

    /// What was being done.
    pub const fn action(&self) -> &'static str {
        self.action
    }
}
