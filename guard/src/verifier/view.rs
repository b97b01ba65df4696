//! What a verifier knows of the feed: what was revoked, and as of when that is all.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use bitjang_core::revocation::RevokedSet;
use bitjang_core::{AccountId, LONGEST_LEEWAY, Revocation, SessionId, Time};

use super::Moment;

/// The most entries that are held: a feed that has more is broken. About 400 MB.
const MOST: usize = 1 << 22;
/// However soon an entry says that it may be forgotten, it is kept this long: twice the life of a default access token.
const SHORTEST: Duration = Duration::from_secs(600);
/// However late: so that a broken feed cannot fill the memory for good.
const LONGEST: Duration = Duration::from_secs(30 * 24 * 3_600);
/// How long beyond its time: as long as the leeway that an app may allow.
const SLACK: Duration = LONGEST_LEEWAY;

/// Shared by the one who follows the feed and those who verify.
#[derive(Debug, Default)]
pub(super) struct View {
    /// Its `until`s are readings of our steady clock: nobody who sets a clock, here or there, makes us forget early.
    revoked: RwLock<RevokedSet>,
    /// How many entries were ever taken in.
    generation: AtomicU64,
    /// As of when the view is whole: microseconds of the steady clock, plus one; 0 for never.
    steady: AtomicU64,
    /// The same moment by the wall clock, which goes on while the machine sleeps.
    wall: AtomicI64,
}

/// More entries than any feed of ours has.
pub(super) struct TooMany;

impl View {
    /// Takes in an entry that came now. From the moment this returns nobody whom it concerns is let through.
    pub(super) fn add(&self, revocation: &Revocation, now: Moment) -> Result<usize, TooMany> {
        let until = on_steady(now.steady.saturating_add(kept_for(revocation, now)));
        let mut revoked = self.revoked.write().unwrap_or_else(PoisonError::into_inner);
        if revoked.len() >= MOST {
            return Err(TooMany);
        }
        revoked.add(&Revocation { until, ..*revocation });
        self.generation.fetch_add(1, Ordering::Release);
        Ok(revoked.len())
    }

    /// Changes with each entry. What was not revoked is not revoked as long as this stays the same; read it before asking.
    pub(super) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Whether a token of this session, minted in this epoch of its account, is good no longer.
    pub(super) fn revokes(&self, session: SessionId, account: AccountId, epoch: u64) -> bool {
        self.revoked.read().unwrap_or_else(PoisonError::into_inner).revokes(session, account, epoch)
    }

    /// Drops what concerns no live token any more; says how much is left.
    pub(super) fn forget(&self, now: Moment) -> usize {
        let mut revoked = self.revoked.write().unwrap_or_else(PoisonError::into_inner);
        revoked.forget(on_steady(now.steady));
        revoked.len()
    }

    /// The view is whole as of the reading `as_of` of the steady clock, as was learnt now.
    pub(super) fn prove(&self, as_of: Duration, now: Moment) {
        let as_of = as_of.min(now.steady);
        let wall = now.wall.minus(now.steady.saturating_sub(as_of));
        let reading = micros(as_of).saturating_add(1);
        if self.steady.fetch_max(reading, Ordering::AcqRel) <= reading {
            self.wall.store(wall.as_micros(), Ordering::Release);
        }
    }

    /// How old the view is; nothing before it was whole for the first time. By the clock that says more: the steady one may have slept, the
    /// wall clock may have been set.
    pub(super) fn age(&self, now: Moment) -> Option<Duration> {
        let as_of = self.steady.load(Ordering::Acquire).checked_sub(1)?;
        let steady = now.steady.saturating_sub(Duration::from_micros(as_of));
        let wall = now.wall.since(Time::from_micros(self.wall.load(Ordering::Acquire)));
        Some(steady.max(wall))
    }
}

/// Never less than the span that the entry says between its two times, nor than what is left of it by our own clock.
fn kept_for(revocation: &Revocation, now: Moment) -> Duration {
    let said = revocation.until.since(revocation.at).max(revocation.until.since(now.wall));
    said.saturating_add(SLACK).clamp(SHORTEST, LONGEST)
}

fn on_steady(reading: Duration) -> Time {
    Time::from_micros(0).plus(reading)
}

fn micros(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use bitjang_core::revocation::Revoked;

    use super::*;

    const SESSION: SessionId = SessionId::from_bytes([1; 16]);
    const ACCOUNT: AccountId = AccountId::from_bytes([2; 16]);

    fn moment(wall: i64, steady: u64) -> Moment {
        Moment { wall: Time::from_micros(wall * 1_000_000), steady: Duration::from_secs(steady) }
    }

    fn entry(at: i64, until: i64) -> Revocation {
        let of = Revoked::Session(SESSION);
        Revocation { of, at: Time::from_micros(at * 1_000_000), until: Time::from_micros(until * 1_000_000) }
    }

    fn held_after(entry: &Revocation, received: Moment, later: Moment) -> bool {
        let view = View::default();
        assert!(view.add(entry, received).is_ok());
        view.forget(later);
        view.revokes(SESSION, ACCOUNT, 1)
    }

    #[test]
    fn an_entry_is_kept_for_its_span_from_its_arrival_whatever_the_clocks_say() {
        let entry = entry(1_000, 2_000);
        assert!(
            held_after(&entry, moment(1_000, 5), moment(99_999, 1_004)),
            "our wall clock was set forward"
        );
        assert!(
            held_after(&entry, moment(3_000, 5), moment(3_999, 1_004)),
            "our wall clock is ahead of theirs"
        );
        assert!(held_after(&entry, moment(500, 5), moment(1_999, 1_504)), "our wall clock is behind theirs");
        assert!(!held_after(&entry, moment(1_000, 5), moment(2_066, 1_066)));
    }

    #[test]
    fn an_entry_that_wants_to_be_forgotten_at_once_is_not() {
        assert!(held_after(&entry(1_000, 1_000), moment(1_000, 5), moment(1_599, 604)));
        assert!(held_after(&entry(1_000, 0), moment(1_000, 5), moment(1_599, 604)));
    }

    #[test]
    fn the_view_has_no_age_before_it_was_whole() {
        let view = View::default();
        assert_eq!(view.age(moment(1_000, 0)), None);
        view.prove(Duration::ZERO, moment(1_000, 0));
        assert_eq!(view.age(moment(1_000, 0)), Some(Duration::ZERO));
        assert_eq!(view.age(moment(1_003, 3)), Some(Duration::from_secs(3)));
    }

    #[test]
    fn a_machine_that_slept_knows_that_its_view_is_old() {
        let view = View::default();
        view.prove(Duration::from_secs(5), moment(1_000, 5));
        assert_eq!(view.age(moment(4_600, 6)), Some(Duration::from_secs(3_600)));
    }

    #[test]
    fn an_older_proof_does_not_take_a_younger_one_s_place() {
        let view = View::default();
        view.prove(Duration::from_secs(50), moment(1_000, 50));
        view.prove(Duration::from_secs(40), moment(1_001, 51));
        assert_eq!(view.age(moment(1_001, 51)), Some(Duration::from_secs(1)));
    }
}
