//! Which passwords are too easy to guess.

/// Why a password is too easy to guess.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Weakness {
    /// It has fewer bytes than asked for.
    #[error("it needs at least {min} characters")]
    TooShort {
        /// How many it needs.
        min: usize,
    },
    /// It is longer than any that is accepted.
    #[error("it is longer than 1,024 bytes")]
    TooLong,
    /// It contains the identifier.
    #[error("it contains the identifier")]
    ContainsIdentifier,
    /// It is one of those that everybody tries first.
    #[error("it is among the most common passwords")]
    Common,
    /// It can be guessed quickly.
    #[error("it can be guessed quickly")]
    Guessable,
}
