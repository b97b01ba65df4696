//! The clients of a storm: honest ones, each with one copy of its tokens, tabs that share theirs and hurry, and crowds of holders.
#![expect(clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

use std::sync::Mutex;
use std::thread;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bitjang_core::ratchet::Branch;
use serde_json::{Value, json};

use super::checker::{Answer, Call, Request, Token};
use super::sky::{Dice, Exchange, Sky};
use crate::process::PASSWORD;

/// A crowd around one session: two who hold siblings go on at the very same moment, and sometimes a third signs out.
pub(super) fn crowd(sky: &Sky, mut dice: Dice) {
    while let Some(first) = Held::signed_in(sky) {
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

/// What was acknowledged before the server was killed is asked about after: sessions that were signed out stay so.
pub(super) fn look_back(sky: &Sky) {
    let left = sky.left();
    for mut held in left.into_iter().rev().take(20) {
        held.check(sky);
        held.refresh(sky);
    }
}

/// One copy of a session's tokens.
#[derive(Clone)]
pub(super) struct Held {
    session: String,
    access: String,
    refresh: String,
}

/// Where tabs keep theirs.
#[derive(Default)]
pub(super) struct Jar(Mutex<Option<Held>>);

/// An honest client: one request at a time, and the same again when no answer comes. Nobody but itself ends its session.
pub(super) fn stay_alone(sky: &Sky, mut dice: Dice) {
    while let Some(mut held) = Held::signed_in(sky) {
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
                sky.fault(format!("an honest client was signed out of {}: {answer:?}", held.session));
                break;
            }
        }
    }
}

/// A tab, in a hurry: it may present what another has gone on from long ago, and then the session ends.
pub(super) fn share(sky: &Sky, jar: &Jar, mut dice: Dice) {
    while !sky.is_over() {
        let held = jar.0.lock().unwrap().clone();
        let Some(mut held) = held.or_else(|| Held::signed_in(sky)) else { return };
        let answer = match dice.below(40) {
            0 => held.sign_out(sky),
            1..=9 => held.check(sky),
            _ => held.refresh(sky),
        };
        let is_over = matches!(answer, Answer::Refused | Answer::Reuse | Answer::SignedOut);
        *jar.0.lock().unwrap() = (!is_over).then_some(held);
    }
}

impl Held {
    /// Begins a session; nothing when the storm is over.
    fn signed_in(sky: &Sky) -> Option<Self> {
        let body = json!({"identifier": "mina", "password": PASSWORD, "carrier": "bearer"}).to_string();
        while !sky.is_over() {
            if let Some((201, answer)) = sky.ask("POST /v1/session", "", &body).said {
                return Some(Self::of(&answer));
            }
        }
        None
    }

    fn of(answer: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        Self {
            session: text(&answer["session"]["id"]),
            access: text(&answer["access_token"]),
            refresh: text(&answer["refresh_token"]),
        }
    }

    /// What the table looks at: bytes 20 to 32 are generation and branch.
    fn token(&self) -> Token {
        let bytes = URL_SAFE_NO_PAD.decode(&self.refresh[4..]).unwrap();
        let (generation, branch) = (bytes[20..24].try_into().unwrap(), bytes[24..32].try_into().unwrap());
        Token { generation: u32::from_be_bytes(generation), branch: Branch(branch) }
    }

    /// Presents the refresh token, and keeps what is given.
    fn refresh(&mut self, sky: &Sky) -> Answer {
        let body = json!({"refresh_token": self.refresh}).to_string();
        let asked = sky.ask("POST /v1/session/refresh", "", &body);
        let given =
            asked.said.as_ref().filter(|(status, _)| *status == 200).map(|(_, answer)| Self::of(answer));
        let turned = given.as_ref().map(|given| Answer::Turned(given.token().generation));
        let answer = self.note(sky, Call::Refresh(self.token()), &asked, turned);
        *self = given.unwrap_or_else(|| self.clone());
        answer
    }

    fn check(&self, sky: &Sky) -> Answer {
        let asked = sky.ask("GET /v1/session", &self.access, "");
        self.note(sky, Call::Check, &asked, Some(Answer::SignedIn))
    }

    fn sign_out(&self, sky: &Sky) -> Answer {
        let asked = sky.ask("DELETE /v1/session", &self.access, "");
        self.note(sky, Call::SignOut, &asked, None)
    }

    /// Signs out, for sure, and tries again what must be of no use now.
    fn leave(mut self, sky: &Sky) {
        while self.sign_out(sky) != Answer::SignedOut {
            if sky.is_over() {
                return;
            }
        }
        self.check(sky);
        self.refresh(sky);
        sky.leave(self);
    }

    /// Notes what was asked of the session, and what was answered; `good` is what 200 means.
    fn note(&self, sky: &Sky, call: Call, asked: &Exchange, good: Option<Answer>) -> Answer {
        let answer = match (&asked.said, good) {
            (None, _) => Answer::Lost,
            (Some((200, _)), Some(good)) => good,
            (Some((204, _)), None) => Answer::SignedOut,
            (Some((401, body)), _) if body["code"] == "token_reuse" => Answer::Reuse,
            (Some((401, _)), _) => Answer::Refused,
            (Some(other), _) => {
                sky.fault(format!("{call:?} was answered with {other:?}"));
                Answer::Lost
            }
        };
        sky.note(&self.session, Request { asked: asked.asked, answered: asked.answered, call, answer });
        answer
    }
}
