//! Why a token was not taken.

use bitjang_core::token::Rejected;

use crate::Problem;

/// Why a verifier said no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The token is not good.
    #[error("the token is not good: {0}")]
    Token(#[from] Rejected),
    /// Its session has ended.
    #[error("the session has ended")]
    Revoked,
    /// The view of the feed is too old to tell whether its session has ended.
    #[error("the view of the revocation feed is too old")]
    Stale,
    /// No key of the issuer is known yet.
    #[error("the issuer's keys are not known yet")]
    NoKeys,
}

impl Refused {
    /// The stable code: for metrics and logs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Token(rejected) => rejected.code(),
            Self::Revoked => "token_revoked",
            Self::Stale => "feed_stale",
            Self::NoKeys => "keys_unknown",
        }
    }
}

/// Who holds a bad token is signed out and learns no more; what we cannot tell at the moment is not the holder's fault.
impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Token(_) | Refused::Revoked => Self::signed_out(),
            Refused::Stale | Refused::NoKeys => {
                Self::unavailable().retry_after(std::time::Duration::from_secs(1))
            }
        }
    }
}
