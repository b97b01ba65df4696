//! What clients of several servers asked and were answered, and whether that may be.
//!
//! What decides (refresh and sign-out) must be explained by the table of the ratchet, as if there were one server. What only looks may come from the memory of a server, which is as
//! old as the bound at most.

use std::collections::HashMap;
use std::fmt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::storm::checker::{Answer, Call, Request, explain};

pub(super) struct History {
    began: Instant,
    last: AtomicU64,
    seen: Mutex<HashMap<String, Vec<Request>>>,
    faults: Mutex<Vec<String>>,
    answered: AtomicU64,
    unavailable: AtomicU64,
}

/// What was seen in all.
#[derive(Clone, Copy, Debug)]
pub(super) struct Figures {
    pub(super) requests: usize,
    pub(super) sessions: usize,
    pub(super) ended: usize,
    pub(super) lost: usize,
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { requests, sessions, ended, lost } = self;
        write!(
            f,
            "{requests} requests of {sessions} sessions, {ended} ended; {lost} without an answer that says what was done"
        )
    }
}

impl History {
    #[expect(clippy::disallowed_methods, reason = "this one measures")]
    pub(super) fn begin() -> Self {
        Self {
            began: Instant::now(),
            last: AtomicU64::new(0),
            seen: Mutex::default(),
            faults: Mutex::default(),
            answered: AtomicU64::new(0),
            unavailable: AtomicU64::new(0),
        }
    }

    /// Microseconds since the beginning, and never the same twice.
    pub(super) fn tick(&self) -> u64 {
        let now = micros(self.began.elapsed());
        let next = |last| Some(now.max(last + 1));
        next(self.last.fetch_update(Ordering::SeqCst, Ordering::SeqCst, next).unwrap()).unwrap()
    }

    pub(super) fn note(&self, session: &str, request: Request) {
        if request.answer != Answer::Lost {
            self.answered.fetch_add(1, Ordering::SeqCst);
        }
        self.seen.lock().unwrap().entry(session.to_owned()).or_default().push(request);
    }

    /// Notes what must not happen, whatever explains it.
    pub(super) fn fault(&self, what: String) {
        self.faults.lock().unwrap().push(what);
    }

    pub(super) fn note_unavailable(&self) {
        self.unavailable.fetch_add(1, Ordering::SeqCst);
    }

    /// How many requests were answered with what was done.
    pub(super) fn answered(&self) -> u64 {
        self.answered.load(Ordering::SeqCst)
    }

    /// How many were answered with 503.
    pub(super) fn unavailable(&self) -> u64 {
        self.unavailable.load(Ordering::SeqCst)
    }

    /// Fails unless everything can be explained by servers whose memory is at most `staleness` old.
    pub(super) fn is_explained(&self, staleness: Duration) -> Figures {
        let seen = self.seen.lock().unwrap();
        let wrong: Vec<_> = seen.iter().filter_map(|(id, requests)| wrong(id, requests, staleness)).collect();
        let shortest = wrong.iter().min_by_key(|text| text.len());
        assert!(shortest.is_none(), "{} sessions cannot be explained, such as {}", wrong.len(), wrong[0]);
        let faults = self.faults.lock().unwrap();
        assert!(faults.is_empty(), "{} faults: {:#?}", faults.len(), &faults[..faults.len().min(5)]);
        Figures {
            requests: seen.values().map(Vec::len).sum(),
            sessions: seen.len(),
            ended: seen.values().filter(|requests| known_ended(requests).is_some()).count(),
            lost: seen.values().flatten().filter(|request| request.answer == Answer::Lost).count(),
        }
    }
}

/// What cannot be explained about one session, if anything.
fn wrong(id: &str, requests: &[Request], staleness: Duration) -> Option<String> {
    let (looks, decides): (Vec<_>, Vec<_>) =
        requests.iter().copied().partition(|request| request.call == Call::Check);
    if let Err(witness) = explain(&decides) {
        return Some(format!("{id}: {witness}"));
    }
    let (ended, may_end) = (known_ended(requests), may_have_ended(requests));
    let late = ended.map(|ended| ended + micros(staleness));
    let unexplained = |look: &&Request| match look.answer {
        Answer::SignedIn => late.is_some_and(|late| look.asked > late),
        Answer::Refused => may_end.is_none_or(|may_end| look.answered < may_end),
        _ => false,
    };
    let look = looks.iter().find(unexplained)?;
    Some(format!("{id}: known to have ended at {ended:?}, may have from {may_end:?} on, and then {look:?}"))
}

/// When somebody was told that the session has ended.
fn known_ended(requests: &[Request]) -> Option<u64> {
    let told = requests
        .iter()
        .filter(|request| matches!(request.answer, Answer::SignedOut | Answer::Reuse | Answer::Refused));
    told.map(|request| request.answered).min()
}

/// When somebody first did what may end it.
fn may_have_ended(requests: &[Request]) -> Option<u64> {
    let ending = requests.iter().filter(|request| match request.call {
        Call::SignOut => true,
        Call::Refresh(_) => !matches!(request.answer, Answer::Turned(_)),
        Call::Check => false,
    });
    ending.map(|request| request.asked).min()
}

fn micros(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(rows: &[(u64, u64, Call, Answer)], explained: bool) {
        let requests: Vec<_> = rows
            .iter()
            .map(|&(asked, answered, call, answer)| Request { asked, answered, call, answer })
            .collect();
        assert_eq!(wrong("s", &requests, Duration::from_micros(10)).is_none(), explained, "{rows:?}");
    }

    #[test]
    fn memory_may_say_yes_for_as_long_as_the_bound_and_no_longer() {
        let out = (1, 5, Call::SignOut, Answer::SignedOut);
        check(&[out, (14, 15, Call::Check, Answer::SignedIn)], true);
        check(&[out, (16, 17, Call::Check, Answer::SignedIn)], false);
        check(&[out, (4, 99, Call::Check, Answer::SignedIn)], true);
    }

    #[test]
    fn nobody_is_refused_before_anything_could_end_the_session() {
        check(&[(1, 2, Call::Check, Answer::Refused)], false);
        check(&[(1, 2, Call::Check, Answer::Refused), (3, 4, Call::SignOut, Answer::SignedOut)], false);
        check(&[(1, 4, Call::Check, Answer::Refused), (3, 5, Call::SignOut, Answer::Lost)], true);
    }

    #[test]
    fn who_was_refused_once_is_not_let_in_again() {
        let lost = (1, 2, Call::SignOut, Answer::Lost);
        check(&[lost, (3, 4, Call::Check, Answer::Refused), (15, 16, Call::Check, Answer::SignedIn)], false);
        check(&[lost, (3, 4, Call::Check, Answer::SignedIn), (15, 16, Call::Check, Answer::SignedIn)], true);
    }
}
