//! How long news took: to each verifier, and to the last of them.

use std::time::{Duration, Instant};

/// How long each verifier took for each sign-out.
#[derive(Default)]
pub(crate) struct Times {
    each: Vec<Duration>,
    /// The longest for each sign-out.
    all: Vec<Duration>,
}

impl Times {
    /// Takes in one verifier. One that knew before the answer had come took no time.
    pub(crate) fn add(&mut self, acknowledged: &[Instant], heard: &[Instant]) {
        self.all.resize(acknowledged.len(), Duration::ZERO);
        let took = heard.iter().zip(acknowledged).map(|(heard, ack)| heard.saturating_duration_since(*ack));
        for (took, longest) in took.zip(&mut self.all) {
            self.each.push(took);
            *longest = took.max(*longest);
        }
    }

    /// In how many milliseconds this part of all news was known to whom it went.
    pub(crate) fn of_each(&self, part: f64) -> f64 {
        quantile(&self.each, part)
    }

    /// In how many milliseconds this part of the sign-outs was known to everybody.
    pub(crate) fn of_all(&self, part: f64) -> f64 {
        quantile(&self.all, part)
    }
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "less than a million, and from 0 to 1"
)]
fn quantile(times: &[Duration], part: f64) -> f64 {
    let mut times = times.to_vec();
    times.sort_unstable();
    let place = (part * times.len() as f64).ceil() as usize;
    times.get(place.saturating_sub(1)).map_or(0.0, |time| time.as_secs_f64() * 1e3)
}
