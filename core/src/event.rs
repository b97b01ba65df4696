//! What happened, told as it happens: for metrics and the log, without a secret in it.

use crate::session::EndedWhy;
use crate::{AccountId, SessionId};

/// Something an operator may want to count or look up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A new account.
    SignedUp(AccountId),
    /// A new session.
    SignedIn(AccountId, SessionId),
    /// A sign-up that was refused, with the refusal's code.
    SignUpRefused(&'static str),
    /// A sign-in that was refused, with the refusal's code.
    SignInRefused(&'static str),
    /// A refresh token went on to the next generation.
    Turned(SessionId),
    /// The refresh token that was spent last came again: a racing tab, or an answer that got lost.
    TurnedAgain(SessionId),
    /// One session ended.
    SessionEnded(SessionId, EndedWhy),
    /// All sessions of an account but perhaps one ended.
    SessionsEnded(AccountId, EndedWhy),
    /// An account's password hash was brought up to the current parameters.
    PasswordUpgraded(AccountId),
    /// An account cannot sign in because what is stored as its password hash cannot be read.
    PasswordUnusable(AccountId),
    /// Something that nobody waits for did not work (and will be tried again): what it was.
    PutOff(&'static str),
}

/// Hears of events. Must return at once and cannot fail.
pub trait Events: Send + Sync {
    /// Takes note of `event`.
    fn record(&self, event: &Event);
}

/// Hears nothing: for tools and tests.
impl Events for () {
    fn record(&self, _: &Event) {}
}
