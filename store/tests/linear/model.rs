//! What one account and its sessions are, asked one question after the other: the yardstick of every history.
//!
//! Each question is answered at one moment between its invocation and its return, but for two kinds:
//!
//! - a password change and the end of all others look at the session that asks at one moment, and change the account at a later one: they change one record, and the session is
//!   another;
//! - a yes of a server that remembers may be as old as [`Promise::staleness`]. The server that wrote the end itself never says it once it has answered, and no is never old.

use std::time::Duration;

use bitjang_core::ratchet::{Branch, Ratchet, Turn};

use crate::history::{Answered, Asked, Operation, Word};

/// What the stores of a history's servers promise about what they remember.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Promise {
    /// How old a yes may be, if at all.
    pub(crate) staleness: Option<Duration>,
    /// Whether what decides about a write may be as old: with Redis, whether a session in a cookie is live.
    pub(crate) decides_by_copies: bool,
}

impl Promise {
    /// Nothing is ever old.
    pub(crate) const STRICT: Self = Self { staleness: None, decides_by_copies: false };
}

/// An account and its sessions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Model {
    is_locked: bool,
    password: Word,
    sessions: Vec<Option<Life>>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
struct Life {
    /// Its own record says that it has ended.
    ended: Option<Over>,
    /// The account admits it no longer.
    outdated: Option<Over>,
    ratchet: Ratchet,
}

/// That something is over, and who knows for sure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Over {
    /// When that was acknowledged, if it was.
    told: Option<Duration>,
    /// At which place in the history each of two servers had answered to have written it, if it had.
    written: [Option<u64>; 2],
}

/// How far an operation has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Stage {
    Asked,
    /// The session that asks was looked at, and live.
    Looked,
    Answered,
}

impl Life {
    fn is_over(&self) -> bool {
        self.ended.is_some() || self.outdated.is_some()
    }
}

impl Over {
    fn by(operation: &Operation) -> Self {
        let mut over = Self { told: None, written: [None; 2] };
        if operation.answered != Answered::Nothing {
            over.told = Some(operation.returned.at);
        }
        over.is_written_by(operation);
        over
    }

    fn is_written_by(&mut self, operation: &Operation) {
        if operation.answered != Answered::Nothing {
            let written = &mut self.written[operation.server];
            *written = Some(written.unwrap_or(u64::MAX).min(operation.returned.order));
        }
    }

    /// Whether the server of `operation` may not know of it yet.
    fn may_be_news(&self, operation: &Operation, promise: Promise) -> bool {
        let Some(staleness) = promise.staleness else { return false };
        let written_here =
            self.written[operation.server].is_some_and(|order| order < operation.invoked.order);
        !written_here && self.told.is_none_or(|told| operation.invoked.at < told + staleness)
    }
}

impl Model {
    /// What becomes of the account where `operation`, which has come to `stage`, comes to the next now; nothing if it cannot, with the answer that it had.
    pub(crate) fn step(
        &self,
        operation: &Operation,
        stage: Stage,
        promise: Promise,
    ) -> Option<(Self, Stage)> {
        if matches!(operation.asked, Asked::EndOthers(_) | Asked::ChangePassword(..)) && stage == Stage::Asked
        {
            return self.look(operation, promise);
        }
        let (next, answer) = self.answer(operation)?;
        let agrees = operation.answered == Answered::Nothing || operation.answered == answer;
        let old_yes = || operation.answered == Answered::Done && self.may_not_know(operation, promise);
        (agrees || old_yes()).then_some((next, Stage::Answered))
    }

    fn life(&self, session: usize) -> Option<&Life> {
        self.sessions.get(session)?.as_ref()
    }

    /// The first half of what changes the account: is the session that asks live?
    fn look(&self, operation: &Operation, promise: Promise) -> Option<(Self, Stage)> {
        let (Asked::EndOthers(by) | Asked::ChangePassword(by, ..)) = operation.asked else { return None };
        let ended = self.life(by)?.ended;
        let may_pass =
            ended.is_none_or(|over| promise.decides_by_copies && over.may_be_news(operation, promise));
        if may_pass && operation.answered != Answered::SignedOut {
            return Some((self.clone(), Stage::Looked));
        }
        match (ended, operation.answered) {
            (None, Answered::SignedOut) => Some((self.clone(), Stage::Looked)),
            (Some(_), Answered::SignedOut | Answered::Nothing) => Some((self.clone(), Stage::Answered)),
            _ => None,
        }
    }

    /// Whether a yes to who presents a session may be old.
    fn may_not_know(&self, operation: &Operation, promise: Promise) -> bool {
        let Asked::Verify(session) = operation.asked else { return false };
        let news = |over: Option<Over>| over.is_none_or(|over| over.may_be_news(operation, promise));
        self.life(session).is_some_and(|life| news(life.ended) && news(life.outdated))
    }

    /// What is answered, and what comes of it.
    fn answer(&self, operation: &Operation) -> Option<(Self, Answered)> {
        let mut next = self.clone();
        let answer = match operation.asked {
            Asked::SignIn(word) => next.sign_in(word, operation),
            Asked::Verify(session) if self.life(session)?.is_over() => Answered::SignedOut,
            Asked::Verify(_) => Answered::Done,
            Asked::Refresh(session, generation, branch) => {
                next.refresh(session, (generation, branch), operation)?
            }
            Asked::SignOut(session) | Asked::End(session) => {
                next.sessions.get_mut(session)?.as_mut()?.ended.get_or_insert(Over::by(operation));
                Answered::Done
            }
            Asked::EndOthers(by) | Asked::ChangePassword(by, ..) if self.life(by)?.outdated.is_some() => {
                Answered::SignedOut
            }
            Asked::EndOthers(by) => next.end_sessions(Some(by), operation),
            Asked::ChangePassword(_, old, _) if old != self.password => Answered::BadCredentials,
            Asked::ChangePassword(by, _, new) => {
                next.password = new;
                next.end_sessions(Some(by), operation)
            }
            Asked::Disable => {
                next.is_locked = true;
                next.end_sessions(None, operation)
            }
            Asked::Enable => {
                next.is_locked = false;
                next.account_is_written_by(operation);
                Answered::Done
            }
        };
        Some((next, answer))
    }

    fn sign_in(&mut self, word: Word, operation: &Operation) -> Answered {
        if self.is_locked || word != self.password {
            return Answered::BadCredentials;
        }
        // A session whose answer got lost is nobody's.
        if let Answered::Began(nth) = operation.answered {
            self.sessions.resize(self.sessions.len().max(nth + 1), None);
            self.sessions[nth] = Some(Life::default());
        }
        operation.answered
    }

    fn refresh(
        &mut self,
        session: usize,
        (generation, branch): (u32, Branch),
        operation: &Operation,
    ) -> Option<Answered> {
        let life = self.sessions.get_mut(session)?.as_mut()?;
        if life.is_over() {
            return Some(Answered::SignedOut);
        }
        Some(match life.ratchet.present(generation, branch) {
            Turn::Advance(ratchet) => {
                life.ratchet = ratchet;
                Answered::Turned(ratchet.generation)
            }
            Turn::Again => Answered::Turned(life.ratchet.generation),
            Turn::Fork | Turn::Reuse => {
                life.ended = Some(Over::by(operation));
                Answered::TokenReuse
            }
            Turn::Unknown => Answered::SignedOut,
        })
    }

    fn end_sessions(&mut self, spared: Option<usize>, operation: &Operation) -> Answered {
        let others = self.sessions.iter_mut().enumerate().filter(|(nth, _)| Some(*nth) != spared);
        for life in others.filter_map(|(_, life)| life.as_mut()) {
            life.outdated.get_or_insert(Over::by(operation));
        }
        self.account_is_written_by(operation);
        Answered::Done
    }

    /// A server that writes an account lets go of what it remembered of it.
    fn account_is_written_by(&mut self, operation: &Operation) {
        for over in self.sessions.iter_mut().flatten().filter_map(|life| life.outdated.as_mut()) {
            over.is_written_by(operation);
        }
    }
}
