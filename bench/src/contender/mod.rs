//! Programs that people sign in to, ours and others, asked for the same in whatever way each wants to be asked.

mod backends;
mod deed;
mod handed;
mod honest;
mod line_up;

use std::time::Duration;

pub(crate) use self::backends::Backends;
pub(crate) use self::deed::{Deed, Done};
pub(crate) use self::handed::Handed;
pub(crate) use self::line_up::{Name, Seen, Store, hello_on, line_up, ours_on};
use crate::program::Running;

/// How many people have signed up at each.
pub(crate) const PEOPLE: usize = 8;

/// A program that runs.
pub(crate) struct Contender {
    pub(crate) name: Name,
    pub(crate) running: Running,
    /// How long it took to start.
    pub(crate) ready: Duration,
    dialect: Dialect,
}

/// How a program wants to be asked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Dialect {
    /// It greets whoever comes.
    Hello,
    /// As in the HTTP contract; people choose how their session travels.
    Ours,
    /// It hands tokens to whoever asks: an app that does not sign anybody in, to measure what checks them.
    App,
    /// On the same routes as ours, without a choice.
    Theirs,
    /// On routes of its own.
    BetterAuth,
}

impl Dialect {
    fn session(self) -> &'static str {
        match self {
            Self::BetterAuth => "/api/auth/get-session",
            _ => "/v1/session",
        }
    }
}
