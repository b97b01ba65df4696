//! Whether some order of a history's operations, each within its time, is what the model answers (Wing and Gong, 1993; with Lowe's memory of what was tried, 2017).

use std::collections::HashSet;

use crate::history::{Answered, Asked, Operation};
use crate::model::{Model, Promise, Stage};

/// Whether the history is one of servers that keep the promise.
pub(crate) fn is_linearizable(history: &[Operation], promise: Promise) -> bool {
    // A question that changed nothing and was not answered tells nothing.
    let tells = |operation: &&Operation| {
        let may_change = !matches!(operation.asked, Asked::Verify(_) | Asked::SignIn(_));
        operation.answered != Answered::Nothing || may_change
    };
    let operations = history.iter().filter(tells).copied().collect();
    Search { operations, promise, tried: HashSet::new() }.succeeds(Model::default())
}

struct Search {
    operations: Vec<Operation>,
    promise: Promise,
    tried: HashSet<(Vec<Stage>, Model)>,
}

impl Search {
    fn succeeds(mut self, begun: Model) -> bool {
        let mut open = vec![(vec![Stage::Asked; self.operations.len()], begun)];
        while let Some((stages, model)) = open.pop() {
            let waiting =
                || self.operations.iter().zip(&stages).filter(|(_, stage)| **stage != Stage::Answered);
            let answered = waiting().filter(|(operation, _)| operation.answered != Answered::Nothing);
            let Some(first_return) = answered.map(|(operation, _)| operation.returned.order).min() else {
                return true;
            };
            if !self.tried.insert((stages.clone(), model.clone())) {
                continue;
            }
            // What was asked after another's answer comes after it.
            for (nth, operation) in self.operations.iter().enumerate() {
                if stages[nth] != Stage::Answered
                    && operation.invoked.order < first_return
                    && let Some((next, stage)) = model.step(operation, stages[nth], self.promise)
                {
                    let mut stages = stages.clone();
                    stages[nth] = stage;
                    open.push((stages, next));
                }
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bitjang_core::ratchet::Branch;

    use super::*;
    use crate::history::Moment;

    const LATE: Promise = Promise { staleness: Some(Duration::from_secs(1)), decides_by_copies: false };

    type Said = (usize, Asked, Answered);

    /// What a server is asked and answers from one half of a second to another.
    fn operation((server, asked, answered): Said, from: u64, to: u64) -> Operation {
        let moment = |order| Moment { order, at: Duration::from_millis(500 * order) };
        Operation { server, asked, answered, invoked: moment(from), returned: moment(to) }
    }

    /// What one server after the other is asked and answers; then whether that could be.
    fn check(history: &[Said], promise: Promise, expected: bool) {
        let operations = history.iter().zip(0..).map(|(said, nth)| operation(*said, 2 * nth, 2 * nth + 1));
        assert_eq!(is_linearizable(&operations.collect::<Vec<_>>(), promise), expected, "{history:?}");
    }

    #[test]
    fn a_yes_after_a_sign_out_may_come_from_elsewhere_for_a_while() {
        let (begun, out) = (Asked::SignIn(0), Asked::SignOut(0));
        let asked_at = |server, wait: usize| {
            let mut history = vec![(0, begun, Answered::Began(0)), (0, out, Answered::Done)];
            history.extend((0..wait).map(|_| (0, Asked::Verify(0), Answered::SignedOut)));
            history.push((server, Asked::Verify(0), Answered::Done));
            history
        };
        check(&asked_at(0, 0), Promise::STRICT, false);
        check(&asked_at(1, 0), Promise::STRICT, false);
        check(&asked_at(0, 0), LATE, false);
        check(&asked_at(1, 0), LATE, true);
        check(&asked_at(1, 1), LATE, false);
    }

    #[test]
    fn the_server_that_writes_an_end_may_say_yes_until_it_has_answered() {
        let begun = operation((0, Asked::SignIn(0), Answered::Began(0)), 0, 1);
        let seen = operation((1, Asked::Verify(0), Answered::SignedOut), 3, 4);
        let yes = operation((0, Asked::Verify(0), Answered::Done), 5, 6);
        for (answered, expected) in [(7, true), (4, false)] {
            let out = operation((0, Asked::SignOut(0), Answered::Done), 2, answered);
            assert_eq!(is_linearizable(&[begun, out, seen, yes], LATE), expected);
            assert!(!is_linearizable(&[begun, out, seen, yes], Promise::STRICT));
        }
    }

    #[test]
    fn two_branches_of_a_generation_do_not_both_turn() {
        let present = |branch| Asked::Refresh(0, 0, Branch([branch; 8]));
        let begun = (0, Asked::SignIn(0), Answered::Began(0));
        let first = (0, present(1), Answered::Turned(1));
        check(&[begun, first, (0, present(1), Answered::Turned(1))], LATE, true);
        check(&[begun, first, (1, present(2), Answered::Turned(1))], LATE, false);
        check(&[begun, first, (1, present(2), Answered::TokenReuse)], LATE, true);
    }

    #[test]
    fn what_was_not_answered_may_have_happened_or_not() {
        let (begun, lost) =
            ((0, Asked::SignIn(0), Answered::Began(0)), (0, Asked::SignOut(0), Answered::Nothing));
        for seen in [Answered::Done, Answered::SignedOut] {
            check(&[begun, lost, (0, Asked::Verify(0), seen)], Promise::STRICT, true);
        }
        let back = [(0, Asked::Verify(0), Answered::SignedOut), (0, Asked::Verify(0), Answered::Done)];
        check(&[[begun, lost], back].concat(), Promise::STRICT, false);
    }
}
