//! How old our view of the feed is, told from heartbeats without trusting that two machines' clocks agree.
//!
//! A heartbeat carries the server's time `n` at which it was sent, and proves the view as of that moment, not as of its arrival: a proxy that
//! holds it back must not make it young. Where `n` lies on our own steady clock is bounded from one connection alone:
//!
//! - the first heartbeat was sent after we had asked for the feed, so the server's clock is ahead of ours by at most `n₁ − asked`;
//! - no heartbeat arrives before it was sent, so it is ahead by at least `nᵢ − receivedᵢ`. That says less, until the server's clock runs fast
//!   or is set forward: then it corrects the first bound.
//!
//! The bound that makes the view older is used, so the true age is never more than the one told (as long as the server's clock is not set
//! during the connection); on a quiet line it is more by one round trip.

use std::time::Duration;

use bitjang_core::Time;

/// Where the server's clock lies on our steady clock, as far as one connection tells.
#[derive(Clone, Copy, Debug)]
pub(super) struct Anchor {
    /// What to add to the server's time, in microseconds.
    offset: i64,
}

impl Anchor {
    /// The anchor of a connection that was asked for at `asked` and whose first heartbeat says `now`.
    pub(super) fn cast(asked: Duration, now: Time) -> Self {
        Self { offset: micros(asked).saturating_sub(now.as_micros()) }
    }

    /// As of when, on our steady clock, a heartbeat proves the view that says `now` and came at `received`.
    pub(super) fn proven(&mut self, now: Time, received: Duration) -> Duration {
        self.offset = self.offset.min(micros(received).saturating_sub(now.as_micros()));
        let as_of = now.as_micros().saturating_add(self.offset);
        Duration::from_micros(u64::try_from(as_of).unwrap_or(0))
    }
}

fn micros(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn at(seconds: i64) -> Time {
        Time::from_micros(seconds * 1_000_000)
    }

    #[test]
    fn a_heartbeat_proves_the_view_as_of_its_sending() {
        let mut anchor = Anchor::cast(s(100), at(5_000));
        assert_eq!(anchor.proven(at(5_000), s(101)), s(100), "sent at some time after we asked");
        assert_eq!(anchor.proven(at(5_002), s(102)), s(102));
        assert_eq!(anchor.proven(at(5_004), s(160)), s(104), "held back for 56 seconds");
    }

    #[test]
    fn a_line_that_is_slow_from_the_start_is_not_taken_for_a_clock_that_is_behind() {
        let mut anchor = Anchor::cast(s(100), at(5_000));
        assert_eq!(anchor.proven(at(5_000), s(160)), s(100));
        assert_eq!(anchor.proven(at(5_002), s(162)), s(102));
    }

    #[test]
    fn a_server_whose_clock_is_set_forward_does_not_make_the_view_younger_than_its_arrival() {
        let mut anchor = Anchor::cast(s(100), at(5_000));
        anchor.proven(at(5_000), s(100));
        assert_eq!(anchor.proven(at(8_602), s(102)), s(102));
        assert_eq!(anchor.proven(at(8_604), s(112)), s(104), "and a later stall is seen");
    }

    #[test]
    fn a_server_whose_clock_is_set_back_makes_the_view_old() {
        let mut anchor = Anchor::cast(s(100), at(5_000));
        anchor.proven(at(5_000), s(100));
        assert_eq!(anchor.proven(at(4_942), s(102)), s(42));
    }

    #[test]
    fn times_at_the_edges_of_the_world_prove_nothing() {
        let mut anchor = Anchor::cast(s(1), Time::from_micros(i64::MIN));
        assert_eq!(anchor.proven(Time::from_micros(i64::MIN), s(2)), Duration::ZERO);
        let mut anchor = Anchor::cast(s(1), Time::from_micros(i64::MAX));
        assert!(anchor.proven(Time::from_micros(i64::MAX), s(2)) <= s(2));
    }
}
