//! A household: an account of its own, with several devices, one thing after the other. It changes its password and ends its other devices, and the operator locks it.
#![expect(clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

use serde_json::json;

use super::checker::Answer;
use super::held::{Carrier, Held};
use super::sky::{Dice, Exchange, Sky};
use crate::process::{PASSWORD, bitjang, finish};

/// How many devices it has at most.
const DEVICES: usize = 4;

/// Lives one life after another, each in an account of its own, until the storm is over.
pub(super) fn live(sky: &Sky, name: &str, mut dice: Dice) {
    for life in 0.. {
        let identifier = format!("{name}-{life}");
        let Some(device) = signed_up(sky, &identifier) else { return };
        sky.count("signed up");
        let household = Household { sky, identifier, passwords: 0, devices: vec![device] };
        if household.live(&mut dice).is_none() {
            return;
        }
    }
}

struct Household<'s> {
    sky: &'s Sky,
    identifier: String,
    /// How often its password was changed.
    passwords: u64,
    devices: Vec<Held>,
}

/// Signs up, however often it has to be tried: whoever tries again may find that it is done.
fn signed_up(sky: &Sky, identifier: &str) -> Option<Held> {
    let body = json!({"identifier": identifier, "password": PASSWORD, "carrier": "bearer"}).to_string();
    let mut lost = false;
    while !sky.is_over() {
        let asked = sky.ask("POST /v1/accounts", "", &body);
        match &asked.said {
            Some((201, _)) => return Held::of(Carrier::Bearer, &asked),
            Some((409, _)) if lost => return Held::signed_in(sky, Carrier::Bearer, identifier, PASSWORD),
            Some(other) => {
                sky.fault(format!("{identifier} could not sign up: {other:?}"));
                return None;
            }
            None => lost = true,
        }
    }
    None
}

/// The password after so many changes.
fn password(changes: u64) -> String {
    if changes == 0 { PASSWORD.to_owned() } else { format!("{PASSWORD} {changes}") }
}

impl Household<'_> {
    /// Nothing when the storm is over.
    fn live(mut self, dice: &mut Dice) -> Option<()> {
        for _ in 0..60 {
            let one = dice.index(self.devices.len());
            match dice.below(20) {
                0 | 1 if self.devices.len() < DEVICES => {
                    let carrier = Carrier::ALL[dice.index(3)];
                    let good = password(self.passwords);
                    self.devices.push(Held::signed_in(self.sky, carrier, &self.identifier, &good)?);
                }
                2 if self.devices.len() > 1 => self.devices.swap_remove(one).leave(self.sky),
                3 => self.end_others(one)?,
                4 => self.change_password(one)?,
                5 if dice.below(4) == 0 => self.is_locked(dice)?,
                6..=9 => self.goes_on(one, |device, sky| device.check(sky))?,
                _ => self.goes_on(one, Held::refresh)?,
            }
        }
        Some(())
    }

    /// Nobody ends a device of an honest household but itself.
    fn goes_on(&mut self, one: usize, ask: impl FnOnce(&mut Held, &Sky) -> Answer) -> Option<()> {
        let device = &mut self.devices[one];
        let answer = ask(device, self.sky);
        if matches!(answer, Answer::Refused | Answer::Reuse) {
            self.sky.fault(format!("{} was signed out of {}: {answer:?}", self.identifier, device.session()));
            return None;
        }
        Some(())
    }

    /// Ends all devices but `one`, however often it has to be tried.
    fn end_others(&mut self, one: usize) -> Option<()> {
        let headers = self.devices[one].headers();
        let mut began = None;
        loop {
            let asked = self.sky.ask("DELETE /v1/sessions", &headers, "");
            let began = *began.get_or_insert(asked.asked);
            match asked.said {
                Some((204, _)) => {
                    self.sky.count("others ended");
                    self.others_ended(one, began, asked.answered);
                    return Some(());
                }
                Some(other) => return self.failed("end its other devices", &other),
                None if self.sky.is_over() => return None,
                None => {}
            }
        }
    }

    fn others_ended(&mut self, one: usize, asked: u64, answered: u64) {
        let kept = self.devices.swap_remove(one);
        for ended in std::mem::replace(&mut self.devices, vec![kept]) {
            ended.was_ended(self.sky, asked, answered);
        }
    }

    /// Without an answer, the password that is good afterwards tells whether it was changed; and with it, whether all other devices have ended.
    fn change_password(&mut self, one: usize) -> Option<()> {
        let (old, new) = (password(self.passwords), password(self.passwords + 1));
        let body = json!({"current_password": old, "new_password": new}).to_string();
        let asked = self.sky.ask("PUT /v1/account/password", &self.devices[one].headers(), &body);
        let answered = match &asked.said {
            Some((204, _)) => asked.answered,
            Some(other) => return self.failed("change its password", other),
            None => match self.admits(&new)? {
                (true, told) => told.answered,
                (false, _) => {
                    return if self.admits(&old)?.0 {
                        Some(())
                    } else {
                        self.failed("sign in", &(401, old.into()))
                    };
                }
            },
        };
        self.passwords += 1;
        self.sky.count("passwords changed");
        self.others_ended(one, asked.asked, answered);
        let is_old_good = self.admits(&old)?.0;
        if is_old_good { self.failed("be rid of its old password", &(201, old.into())) } else { Some(()) }
    }

    /// Whether one can sign in with this password.
    fn admits(&self, password: &str) -> Option<(bool, Exchange)> {
        let body =
            json!({"identifier": self.identifier, "password": password, "carrier": "bearer"}).to_string();
        while !self.sky.is_over() {
            let asked = self.sky.ask("POST /v1/session", "", &body);
            match &asked.said {
                Some((201, _)) => {
                    Held::of(Carrier::Bearer, &asked)?.leave(self.sky);
                    return Some((true, asked));
                }
                Some((401 | 403, _)) => return Some((false, asked)),
                Some(other) => {
                    self.failed("sign in", other)?;
                }
                None => {}
            }
        }
        None
    }

    /// The operator locks the account for a while: all devices end, and none begins.
    fn is_locked(&mut self, dice: &mut Dice) -> Option<()> {
        let (asked, answered) = self.operator_does("disable")?;
        self.sky.count("locked");
        for ended in std::mem::take(&mut self.devices) {
            ended.was_ended(self.sky, asked, answered);
        }
        let good = password(self.passwords);
        for _ in 0..dice.below(30) {
            if self.admits(&good)?.0 {
                return self.failed("stay locked", &(201, good.into()));
            }
        }
        self.operator_does("enable")?;
        self.devices.push(Held::signed_in(self.sky, Carrier::Bearer, &self.identifier, &good)?);
        Some(())
    }

    /// Between which ticks it was done for sure.
    fn operator_does(&self, what: &str) -> Option<(u64, u64)> {
        let began = self.sky.tick();
        while !self.sky.is_over() {
            let _at_work = self.sky.console()?;
            let command = bitjang(self.sky.folder(), &["account", what, &self.identifier]);
            if finish(command, "").status.success() {
                return Some((began, self.sky.tick()));
            }
        }
        None
    }

    fn failed(&self, at: &str, said: &(u16, serde_json::Value)) -> Option<()> {
        self.sky.fault(format!("{} could not {at}: {said:?}", self.identifier));
        None
    }
}
