//! Which passwords are refused, and what to tell whoever chose one.

/// The fewest bytes that any configuration can ask of a password.
pub const MIN_BYTES: usize = 8;

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

impl Weakness {
    /// A name for programs that never changes.
    pub const fn code(self) -> &'static str {
        match self {
            Self::TooShort { .. } => "too_short",
            Self::TooLong => "too_long",
            Self::ContainsIdentifier => "contains_identifier",
            Self::Common => "common",
            Self::Guessable => "guessable",
        }
    }

    /// What to do about it, in English, for the person who chose the password.
    pub fn advice(self) -> String {
        match self {
            Self::TooShort { min } => format!("Use at least {min} characters. A few words in a row are easy to remember."),
            Self::TooLong => "Use at most 1,024 bytes.".to_owned(),
            Self::ContainsIdentifier => "Leave your user name or e-mail address out of it.".to_owned(),
            Self::Common => "Many people use this password, so it is tried first. Choose a few words that do not belong together.".to_owned(),
            Self::Guessable => {
                "This can be guessed quickly. Add another word or two, and avoid names, dates and keyboard rows.".to_owned()
            }
        }
    }
}
