//! The clients of a storm: honest ones, each with one copy of its tokens, tabs that share theirs and hurry, and crowds of holders.

use std::sync::Mutex;
use std::thread;

use super::checker::Answer;
use super::held::{Carrier, Held};
use super::sky::{Dice, Sky};
use crate::process::PASSWORD;

/// A crowd around one session: two who hold siblings go on at the very same moment, and sometimes a third signs out.
pub(super) fn crowd(sky: &Sky, mut dice: Dice) {
    while let Some(first) = signed_in(sky) {
        let (mut one, mut other) = (first.clone(), first.clone());
        one.refresh(sky);
        other.refresh(sky);
        let leaves = dice.below(2) == 0;
        thread::scope(|scope| {
            scope.spawn(|| one.refresh(sky));
            scope.spawn(|| other.refresh(sky));
            scope.spawn(|| if leaves { first.sign_out(sky) } else { first.check(sky) });
        });
        for held in [&mut one, &mut other] {
            held.refresh(sky);
            held.check(sky);
        }
    }
}

/// Begins a session of the account that all of these share; nothing when the storm is over.
fn signed_in(sky: &Sky) -> Option<Held> {
    Held::signed_in(sky, Carrier::Bearer, "mina", PASSWORD)
}

/// What was acknowledged before the server was killed is asked about after: sessions that were signed out stay so.
pub(super) fn look_back(sky: &Sky) {
    let left = sky.left();
    for mut held in left.into_iter().rev().take(20) {
        held.check(sky);
        held.refresh(sky);
    }
}

/// Where tabs keep theirs.
#[derive(Default)]
pub(super) struct Jar(Mutex<Option<Held>>);

/// An honest client: one request at a time, and the same again when no answer comes. Nobody but itself ends its session.
pub(super) fn stay_alone(sky: &Sky, mut dice: Dice) {
    while let Some(mut held) = signed_in(sky) {
        while !sky.is_over() {
            let answer = match dice.below(40) {
                0 => {
                    held.leave(sky);
                    break;
                }
                1..=9 => held.check(sky),
                // Its answer gets lost on the way.
                10..=13 => held.clone().refresh(sky),
                _ => held.refresh(sky),
            };
            if matches!(answer, Answer::Refused | Answer::Reuse) {
                sky.fault(format!("an honest client was signed out of {}: {answer:?}", held.session()));
                break;
            }
        }
    }
}

/// A tab, in a hurry: it may present what another has gone on from long ago, and then the session ends.
pub(super) fn share(sky: &Sky, jar: &Jar, mut dice: Dice) {
    while !sky.is_over() {
        let held = jar.0.lock().unwrap().clone();
        let Some(mut held) = held.or_else(|| signed_in(sky)) else { return };
        let answer = match dice.below(40) {
            0 => held.sign_out(sky),
            1..=9 => held.check(sky),
            _ => held.refresh(sky),
        };
        let is_over = matches!(answer, Answer::Refused | Answer::Reuse | Answer::SignedOut);
        *jar.0.lock().unwrap() = (!is_over).then_some(held);
    }
}
