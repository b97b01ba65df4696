//! What a page may have to tell: problems, notices, and the errors that have a page of their own.

use serde::Serialize;

/// What went wrong with a form that was posted. Each names the field it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(into = "Telling")]
pub enum Problem {
    /// Identifier and password belong to no account together.
    BadCredentials,
    /// The guesses are used up for now.
    TooManyAttempts {
        /// How long to wait, in seconds.
        wait_seconds: u64,
    },
    /// Too many people are signing in at this moment.
    Busy,
    /// The store can't be reached.
    Unavailable,
    /// The form token is missing, old, or of another browser.
    FormExpired,
    /// The identifier belongs to somebody.
    IdentifierTaken,
    /// The identifier is empty, too long, or holds characters that can't be in one.
    BadIdentifier,
    /// The name is too long, or holds characters that can't be in one.
    BadName,
    /// The new password would not hold.
    WeakPassword(Weakness),
    /// The current password, asked for again, is wrong.
    WrongPassword,
}

/// Why a password would not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weakness {
    /// Shorter than allowed.
    TooShort {
        /// The fewest bytes.
        min_length: usize,
    },
    /// Longer than allowed.
    TooLong {
        /// The most bytes.
        max_length: usize,
    },
    /// On every list of common passwords.
    Common,
    /// It has the identifier in it.
    ContainsIdentifier,
    /// Found in few guesses.
    Guessable,
}

/// Good news above a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(into = "Telling")]
pub enum Notice {
    /// The visitor has signed out.
    SignedOut,
    /// The visitor has signed up.
    SignedUp,
    /// The visitor's session is over, so they have to sign in again.
    SessionEnded,
    /// The password has changed, and the other sessions have ended.
    PasswordChanged,
    /// One of the other sessions has ended.
    OtherEnded,
    /// All other sessions have ended.
    OthersEnded,
}

impl Notice {
    const ALL: [Self; 6] = [
        Self::SignedOut,
        Self::SignedUp,
        Self::SessionEnded,
        Self::PasswordChanged,
        Self::OtherEnded,
        Self::OthersEnded,
    ];

    /// The notice's name in the address of the page that tells it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::SignedOut => "signed_out",
            Self::SignedUp => "signed_up",
            Self::SessionEnded => "session_ended",
            Self::PasswordChanged => "password_changed",
            Self::OtherEnded => "other_ended",
            Self::OthersEnded => "others_ended",
        }
    }

    /// The notice of this name.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|notice| notice.code() == code)
    }
}

/// An error that gets a page of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(into = "Report")]
pub enum ErrorKind {
    /// 400
    BadRequest,
    /// 403, the request came from another site
    CrossSite,
    /// 403, the CSRF token is missing or wrong
    FormExpired,
    /// 403, not allowed
    Forbidden,
    /// 404
    NotFound,
    /// 405
    MethodNotAllowed,
    /// 413
    TooLarge,
    /// 429
    TooManyRequests {
        /// How long to wait, in seconds.
        wait_seconds: u64,
    },
    /// 503
    Unavailable,
    /// Any other status; from 500 on it is our fault.
    Other {
        /// The status of the answer.
        status: u16,
    },
}

impl ErrorKind {
    /// The HTTP status that goes with the page.
    pub const fn status(self) -> u16 {
        match self {
            Self::BadRequest => 400,
            Self::CrossSite | Self::FormExpired | Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::TooLarge => 413,
            Self::TooManyRequests { .. } => 429,
            Self::Unavailable => 503,
            Self::Other { status } => status,
        }
    }
}

/// A message and the field it is about, as the templates see it.
#[derive(Serialize)]
struct Telling {
    key: &'static str,
    number: Option<u64>,
    field: &'static str,
}

/// An error as the templates see it: `{key}-title` and `{key}-text` are its messages.
#[derive(Serialize)]
struct Report {
    status: u16,
    key: &'static str,
    number: Option<u64>,
}

impl From<Problem> for Telling {
    fn from(problem: Problem) -> Self {
        let (key, field) = match problem {
            Problem::BadCredentials => ("problem-bad-credentials", "credentials"),
            Problem::TooManyAttempts { wait_seconds } => {
                let (key, number) = wait("problem-wait-seconds", "problem-wait-minutes", wait_seconds);
                return Self { key, number: Some(number), field: "" };
            }
            Problem::Busy => ("problem-busy", ""),
            Problem::Unavailable => ("problem-unavailable", ""),
            Problem::FormExpired => ("problem-form-expired", ""),
            Problem::IdentifierTaken => ("problem-identifier-taken", "identifier"),
            Problem::BadIdentifier => ("problem-bad-identifier", "identifier"),
            Problem::BadName => ("problem-bad-name", "name"),
            Problem::WeakPassword(weakness) => return weakness.into(),
            Problem::WrongPassword => ("problem-wrong-password", "current_password"),
        };
        Self { key, number: None, field }
    }
}

impl From<Weakness> for Telling {
    fn from(weakness: Weakness) -> Self {
        let (key, number) = match weakness {
            Weakness::TooShort { min_length } => ("weak-too-short", Some(min_length as u64)),
            Weakness::TooLong { max_length } => ("weak-too-long", Some(max_length as u64)),
            Weakness::Common => ("weak-common", None),
            Weakness::ContainsIdentifier => ("weak-contains-identifier", None),
            Weakness::Guessable => ("weak-guessable", None),
        };
        Self { key, number, field: "new_password" }
    }
}

impl From<Notice> for Telling {
    fn from(notice: Notice) -> Self {
        let key = match notice {
            Notice::SignedOut => "notice-signed-out",
            Notice::SignedUp => "notice-signed-up",
            Notice::SessionEnded => "notice-session-ended",
            Notice::PasswordChanged => "notice-password-changed",
            Notice::OtherEnded => "notice-other-ended",
            Notice::OthersEnded => "notice-others-ended",
        };
        Self { key, number: None, field: "" }
    }
}

impl From<ErrorKind> for Report {
    fn from(kind: ErrorKind) -> Self {
        let (key, number) = match kind {
            ErrorKind::BadRequest => ("error-bad-request", None),
            ErrorKind::CrossSite => ("error-cross-site", None),
            ErrorKind::FormExpired => ("error-form-expired", None),
            ErrorKind::Forbidden => ("error-forbidden", None),
            ErrorKind::NotFound => ("error-not-found", None),
            ErrorKind::MethodNotAllowed => ("error-method-not-allowed", None),
            ErrorKind::TooLarge => ("error-too-large", None),
            ErrorKind::TooManyRequests { wait_seconds } => {
                let (key, number) = wait("error-wait-seconds", "error-wait-minutes", wait_seconds);
                (key, Some(number))
            }
            ErrorKind::Unavailable => ("error-unavailable", None),
            ErrorKind::Other { status: ..500 } => ("error-refused", None),
            ErrorKind::Other { .. } => ("error-failed", None),
        };
        Self { status: kind.status(), key, number }
    }
}

/// Says a wait in seconds up to a minute, beyond that in minutes, and never too short.
fn wait(in_seconds: &'static str, in_minutes: &'static str, seconds: u64) -> (&'static str, u64) {
    if seconds <= 60 { (in_seconds, seconds.max(1)) } else { (in_minutes, seconds.div_ceil(60)) }
}
