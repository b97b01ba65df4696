//! What clients do while something happens to the servers, and that all of it can be explained afterwards.

use std::env;
use std::fmt::Display;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::thread;

use super::client::{Client, Field, Weather};
use super::history::Figures;
use super::{STALENESS, until};
use crate::storm::sky::Dice;

/// Carriers of the clients that are alone.
const CARRIERS: [&str; 4] = ["bearer", "cookie", "bearer", "cookie"];

/// Plays `happen` while clients are at it, at servers with these addresses; what they saw, if servers that behave as one may answer so.
pub(super) fn during(addresses: Vec<String>, weather: Weather, happen: impl FnOnce(&Field)) -> Figures {
    let field = Field::new(addresses, weather);
    thread::scope(|scope| {
        // However this ends, the clients do too.
        let over = field.over_when_dropped();
        let client = |nth| Client::new(&field, nth);
        for (nth, carrier) in CARRIERS.into_iter().enumerate() {
            let alone = client(nth);
            scope.spawn(move || alone.stays_alone(carrier, Dice::of(nth as u64)));
        }
        let (owner, thief) = (client(CARRIERS.len()), client(CARRIERS.len() + 1));
        scope.spawn(move || owner.meets(thief));
        enough(&field);
        happen(&field);
        enough(&field);
        drop(over);
    });
    let figures = field.history.is_explained(STALENESS);
    assert!(figures.ended > 0, "{figures}");
    figures
}

/// Waits until many more requests have been answered: `BITJANG_TEST_FLEET_ANSWERS`, 300 unless it says otherwise.
pub(super) fn enough(field: &Field) {
    let goal = field.history.answered() + number("BITJANG_TEST_FLEET_ANSWERS", 300);
    until("enough is answered", || field.history.answered() >= goal);
}

/// Waits until it shows that something is wrong.
pub(super) fn until_it_shows(field: &Field) {
    let goal = field.history.unavailable() + 10;
    until("requests are answered with 503", || field.history.unavailable() >= goal);
}

/// How much of something: for long versions, by the environment.
pub(super) fn number(variable: &str, usual: u64) -> u64 {
    env::var(variable).map_or(usual, |number| number.parse().unwrap())
}

/// A row of the report: what was tried, and what was seen. Added to the file that `BITJANG_TEST_FLEET_REPORT` names, if it does.
pub(super) fn report(what: &str, seen: impl Display) {
    let row = format!("| {what} | {seen} |\n");
    print!("{row}");
    if let Some(file) = env::var_os("BITJANG_TEST_FLEET_REPORT") {
        OpenOptions::new().append(true).open(file).unwrap().write_all(row.as_bytes()).unwrap();
    }
}
