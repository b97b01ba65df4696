//! Whether some order of the requests that one session saw explains all its answers, by the table that production runs: linearizability (Herlihy and Wing), decided by
//! following every state that the session may be in at each moment.
#![expect(clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

use std::collections::{BTreeMap, HashSet};
use std::fmt;

use bitjang_core::ratchet::{Branch, Ratchet, Turn};

/// A refresh token, as far as the table looks at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Token {
    pub(crate) generation: u32,
    pub(crate) branch: Branch,
}

/// What was asked of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Call {
    Refresh(Token),
    Check,
    SignOut,
}

/// What was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Answer {
    /// 200, with a token of this generation.
    Turned(u32),
    /// 200.
    SignedIn,
    /// 204.
    SignedOut,
    /// 401 `signed_out`.
    Refused,
    /// 401 `token_reuse`.
    Reuse,
    /// Nothing: it was done, or it was not.
    Lost,
}

/// One request: it had its effect, if any, between two ticks of a clock that all clients share.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request {
    pub(crate) asked: u64,
    pub(crate) answered: u64,
    pub(crate) call: Call,
    pub(crate) answer: Answer,
}

/// What a session is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
struct State {
    ratchet: Ratchet,
    ended: bool,
}

impl State {
    /// What a request does when it is alone.
    fn after(self, call: Call) -> (Self, Answer) {
        let over = Self { ended: true, ..self };
        match call {
            Call::SignOut => (over, Answer::SignedOut),
            _ if self.ended => (self, Answer::Refused),
            Call::Check => (self, Answer::SignedIn),
            Call::Refresh(Token { generation, branch }) => match self.ratchet.present(generation, branch) {
                Turn::Advance(ratchet) => (Self { ratchet, ..self }, Answer::Turned(ratchet.generation)),
                Turn::Again => (self, Answer::Turned(self.ratchet.generation)),
                Turn::Fork | Turn::Reuse => (over, Answer::Reuse),
                Turn::Unknown => (self, Answer::Refused),
            },
        }
    }
}

/// One way in which things may stand.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Standing {
    state: State,
    /// The requests under way; with the answer that is coming, where they had their effect.
    under_way: BTreeMap<usize, Option<Answer>>,
}

/// Requests whose answers nothing explains.
pub(crate) struct Witness {
    /// The states that the session may have been in before them.
    before: Vec<State>,
    requests: Vec<Request>,
}

impl Witness {
    pub(crate) fn len(&self) -> usize {
        self.requests.len()
    }
}

impl fmt::Display for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "of a session that stood at one of {:?}, no order explains", self.before)?;
        self.requests.iter().try_for_each(|request| writeln!(f, "  {request:?}"))
    }
}

/// Explains all requests that a session saw from its beginning on; or gives the first that cannot be, with those that it met.
pub(crate) fn explain(requests: &[Request]) -> Result<(), Witness> {
    let mut ticks: Vec<(u64, usize)> = Vec::new();
    for (one, request) in requests.iter().enumerate() {
        ticks.extend([(request.asked, one), (request.answered, one)]);
    }
    ticks.sort_unstable();
    let (mut standings, mut quiet) = (HashSet::from([Standing::default()]), (vec![State::default()], 0));
    for (tick, one) in ticks {
        let request = &requests[one];
        if tick == request.asked {
            standings = standings.into_iter().map(|standing| standing.with(one)).collect();
            continue;
        }
        standings = everything_done(standings, requests)
            .into_iter()
            .filter_map(|standing| standing.without(one, request.answer))
            .collect();
        if standings.is_empty() {
            let met = requests.iter().filter(|met| met.answered > quiet.1 && met.asked < tick);
            return Err(Witness { before: quiet.0, requests: met.copied().collect() });
        }
        if standings.iter().all(|standing| standing.under_way.is_empty()) {
            quiet = (standings.iter().map(|standing| standing.state).collect(), tick);
        }
    }
    Ok(())
}

/// Every way to stand in which some of the requests under way have had their effect since, in some order.
fn everything_done(standings: HashSet<Standing>, requests: &[Request]) -> HashSet<Standing> {
    let (mut seen, mut fresh) = (standings.clone(), standings);
    while !fresh.is_empty() {
        let next = fresh.iter().flat_map(|standing| standing.next(requests));
        fresh = next.filter(|standing| !seen.contains(standing)).collect();
        seen.extend(fresh.iter().cloned());
    }
    seen
}

impl Standing {
    fn with(mut self, one: usize) -> Self {
        self.under_way.insert(one, None);
        self
    }

    /// Without a request that was answered so, if that can be.
    fn without(mut self, one: usize, answer: Answer) -> Option<Self> {
        let came = self.under_way.remove(&one)?;
        (answer == Answer::Lost || came == Some(answer)).then_some(self)
    }

    /// Every way to stand in which one request more has had its effect.
    fn next(&self, requests: &[Request]) -> Vec<Self> {
        let waiting = self.under_way.iter().filter(|(_, came)| came.is_none());
        waiting
            .map(|(one, _)| {
                let (state, answer) = self.state.after(requests[*one].call);
                let mut next = Self { state, ..self.clone() };
                next.under_way.insert(*one, Some(answer));
                next
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn refresh(generation: u32, branch: u8) -> Call {
        Call::Refresh(Token { generation, branch: Branch([branch; 8]) })
    }

    fn check(rows: &[(u64, u64, Call, Answer)], explained: bool) {
        let requests: Vec<_> = rows
            .iter()
            .map(|(asked, answered, call, answer)| Request {
                asked: *asked,
                answered: *answered,
                call: *call,
                answer: *answer,
            })
            .collect();
        assert_eq!(explain(&requests).is_ok(), explained, "{requests:#?}");
    }

    #[test]
    fn what_one_after_the_other_does_is_explained() {
        check(
            &[
                (1, 2, refresh(0, 1), Answer::Turned(1)),
                (3, 4, refresh(0, 1), Answer::Turned(1)),
                (5, 6, Call::Check, Answer::SignedIn),
            ],
            true,
        );
        check(
            &[
                (1, 2, refresh(0, 1), Answer::Turned(1)),
                (3, 4, refresh(0, 2), Answer::Reuse),
                (5, 6, Call::Check, Answer::Refused),
            ],
            true,
        );
        check(&[(1, 2, Call::SignOut, Answer::SignedOut), (3, 4, refresh(0, 1), Answer::Refused)], true);
    }

    #[test]
    fn two_tokens_of_a_generation_that_both_go_on_are_not() {
        check(&[(1, 4, refresh(0, 1), Answer::Turned(1)), (2, 3, refresh(0, 2), Answer::Turned(1))], false);
        check(&[(1, 4, refresh(0, 1), Answer::Turned(1)), (2, 3, refresh(0, 2), Answer::Reuse)], true);
    }

    #[test]
    fn an_answer_that_a_crash_took_back_is_not() {
        check(&[(1, 2, refresh(0, 1), Answer::Turned(1)), (3, 4, refresh(1, 1), Answer::Refused)], false);
        check(&[(1, 2, Call::SignOut, Answer::SignedOut), (3, 4, Call::Check, Answer::SignedIn)], false);
        check(&[(1, 2, refresh(0, 1), Answer::Turned(1)), (3, 4, refresh(0, 2), Answer::Turned(1))], false);
    }

    #[test]
    fn what_was_lost_was_done_or_not() {
        for answer in [Answer::SignedIn, Answer::Refused] {
            check(&[(1, 2, Call::SignOut, Answer::Lost), (3, 4, Call::Check, answer)], true);
        }
        let lost = (1, 2, refresh(0, 1), Answer::Lost);
        check(&[lost, (3, 4, refresh(0, 1), Answer::Turned(1))], true);
        check(&[lost, (3, 4, refresh(0, 2), Answer::Turned(1))], true);
        check(&[lost, (3, 4, refresh(0, 2), Answer::Reuse)], true);
        check(&[lost, (3, 4, refresh(0, 1), Answer::Turned(2))], false);
    }

    #[test]
    fn of_requests_that_met_either_may_be_first_and_of_others_not() {
        check(&[(1, 3, Call::SignOut, Answer::SignedOut), (2, 4, Call::Check, Answer::SignedIn)], true);
        check(&[(1, 2, Call::Check, Answer::Refused), (3, 4, Call::SignOut, Answer::SignedOut)], false);
    }
}
