//! What was asked of servers and answered, and when: a history that can be checked.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bitjang_core::ratchet::Branch;
use bitjang_core::{Error, Refusal};
use tokio::time::Instant;

/// A session, by the order in which the history's sign-ins were answered.
pub(crate) type Nth = usize;

/// One of the passwords that an account has in turn.
pub(crate) type Word = u8;

/// What somebody asks of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    SignIn(Word),
    Verify(Nth),
    Refresh(Nth, u32, Branch),
    SignOut(Nth),
    /// Ends a session from another.
    End(Nth),
    /// Ends all sessions but this one.
    EndOthers(Nth),
    /// By this session, from one password to another.
    ChangePassword(Nth, Word, Word),
    Disable,
    Enable,
}

/// What the server answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answered {
    Done,
    Began(Nth),
    /// A refresh token of this generation.
    Turned(u32),
    SignedOut,
    TokenReuse,
    BadCredentials,
    /// It broke: what was asked has happened, happens later, or never does.
    Nothing,
}

/// A moment: its place among all moments of the history, and the time since that began.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub(crate) order: u64,
    pub(crate) at: Duration,
}

/// One question and its answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Operation {
    pub(crate) server: usize,
    pub(crate) asked: Asked,
    pub(crate) answered: Answered,
    pub(crate) invoked: Moment,
    pub(crate) returned: Moment,
}

/// Writes a history down while it happens.
pub(crate) struct Recorder {
    began: Instant,
    moments: AtomicU64,
    operations: Mutex<Vec<Operation>>,
}

impl Recorder {
    pub(crate) fn new() -> Self {
        Self { began: Instant::now(), moments: AtomicU64::new(0), operations: Mutex::default() }
    }

    pub(crate) fn now(&self) -> Moment {
        Moment { order: self.moments.fetch_add(1, Ordering::SeqCst), at: self.began.elapsed() }
    }

    pub(crate) fn note(&self, server: usize, asked: Asked, answered: Answered, invoked: Moment) {
        let returned = self.now();
        self.operations.lock().unwrap().push(Operation { server, asked, answered, invoked, returned });
    }

    pub(crate) fn history(self) -> Vec<Operation> {
        self.operations.into_inner().unwrap()
    }
}

/// What an error of a flow answers.
pub(crate) fn refused(error: &Error) -> Answered {
    match error {
        Error::Refused(Refusal::SignedOut) => Answered::SignedOut,
        Error::Refused(Refusal::TokenReuse) => Answered::TokenReuse,
        Error::Refused(Refusal::BadCredentials) => Answered::BadCredentials,
        Error::Failed(_) => Answered::Nothing,
        Error::Refused(other) => panic!("nothing here is refused with {other:?}"),
    }
}
