//! Limits on guessing: how many wrong passwords an account, an address, and the two together may try.
//!
//! Each is a bucket that holds a number of attempts and regains one at a steady rate (GCRA, of which only one point in time is kept). An attempt takes one from
//! each bucket before it is looked at, so that parallel guesses count exactly, and gives it back when it was right: only wrong guesses cost.

#[cfg(feature = "testing")]
pub mod contract;
mod port;

pub use port::{Limits, Taken};

use std::net::IpAddr;
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};

use crate::{Identifier, Time};

/// How many attempts a bucket holds, and how long it takes to regain one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// What a full bucket holds.
    pub attempts: u32,
    /// How long until one is regained.
    pub regain: Duration,
}

impl Limit {
    /// How long an empty bucket takes to fill.
    pub fn fills_in(&self) -> Duration {
        self.regain.saturating_mul(self.attempts)
    }

    /// Takes one attempt at `now` from a bucket that will be full at `full_at`: when it will be full afterwards, or how long to wait.
    ///
    /// A clock that was set back cannot make a bucket emptier than empty.
    pub fn take(&self, full_at: Time, now: Time) -> Result<Time, Duration> {
        let full_at = full_at.clamp(now, now.plus(self.fills_in())).plus(self.regain);
        let over = full_at.since(now.plus(self.fills_in()));
        if over.is_zero() { Ok(full_at) } else { Err(over) }
    }

    /// Gives one attempt back: when the bucket will be full afterwards.
    pub fn give_back(&self, full_at: Time) -> Time {
        full_at.minus(self.regain)
    }
}

/// The limits on guessing passwords.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guessing {
    /// One account, from one address prefix: what a forgetful owner needs.
    pub pair: Limit,
    /// One account, from all prefixes its owner has not come from: what a distributed guesser gets.
    pub account: Limit,
    /// One address prefix, over all accounts: what somebody gets who tries one password everywhere.
    pub address: Limit,
}

impl Default for Guessing {
    fn default() -> Self {
        Self {
            pair: Limit { attempts: 10, regain: Duration::from_secs(60) },
            account: Limit { attempts: 100, regain: Duration::from_secs(120) },
            address: Limit { attempts: 200, regain: Duration::from_secs(10) },
        }
    }
}

/// The name of a bucket: 128 bits of a hash, so that no store holds who tried what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Bucket([u8; 16]);

impl Bucket {
    /// The bucket of one account and one prefix.
    pub fn pair(identifier: &Identifier, prefix: Prefix) -> Self {
        Self::named(&[b"pair", &prefix.bytes(), identifier.as_str().as_bytes()])
    }

    /// The bucket of one account.
    pub fn account(identifier: &Identifier) -> Self {
        Self::named(&[b"account", identifier.as_str().as_bytes()])
    }

    /// The bucket of one prefix.
    pub fn address(prefix: Prefix) -> Self {
        Self::named(&[b"address", &prefix.bytes()])
    }

    /// The bucket's name as a store keeps it.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    fn named(parts: &[&[u8]]) -> Self {
        let hash = digest(&SHA256, &parts.join(&0));
        Self(hash.as_ref().first_chunk().copied().unwrap_or_default())
    }
}

/// One attempt to be taken from one bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Charge {
    /// From which.
    pub bucket: Bucket,
    /// What it holds.
    pub limit: Limit,
}

/// The part of an address that one party holds: a whole IPv4 address, the first 64 bits of an IPv6 address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Prefix(IpAddr);

impl Prefix {
    /// The prefix of `address`.
    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            v4 @ IpAddr::V4(_) => Self(v4),
            IpAddr::V6(v6) => Self(IpAddr::V6((u128::from(v6) & !u128::from(u64::MAX)).into())),
        }
    }

    fn bytes(self) -> Vec<u8> {
        match self.0 {
            IpAddr::V4(v4) => v4.octets().to_vec(),
            IpAddr::V6(v6) => v6.octets().to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::at;

    const LIMIT: Limit = Limit { attempts: 3, regain: Duration::from_secs(10) };

    #[test]
    fn a_full_bucket_gives_what_it_holds_and_then_one_per_regain() {
        let mut full_at = at(0);
        for _ in 0..3 {
            full_at = LIMIT.take(full_at, at(100)).unwrap();
        }
        assert_eq!(LIMIT.take(full_at, at(100)), Err(Duration::from_secs(10)));
        assert_eq!(LIMIT.take(full_at, at(109)), Err(Duration::from_secs(1)));
        full_at = LIMIT.take(full_at, at(110)).unwrap();
        assert_eq!(LIMIT.take(full_at, at(110)), Err(Duration::from_secs(10)));
    }

    #[test]
    fn what_is_given_back_can_be_taken_again() {
        let mut full_at = at(0);
        for _ in 0..100 {
            full_at = LIMIT.give_back(LIMIT.take(full_at, at(100)).unwrap());
        }
    }

    #[test]
    fn a_clock_set_back_locks_nobody_out_for_longer_than_an_empty_bucket() {
        let far_ahead = at(1_000_000);
        assert_eq!(LIMIT.take(far_ahead, at(100)), Err(Duration::from_secs(10)));
    }

    #[test]
    fn an_ipv6_neighbourhood_is_one_party() {
        let prefix = |text: &str| Prefix::of(text.parse().unwrap());
        assert_eq!(prefix("2001:db8:1:2::1"), prefix("2001:db8:1:2:ffff::9"));
        assert_ne!(prefix("2001:db8:1:2::1"), prefix("2001:db8:1:3::1"));
        assert_eq!(prefix("::ffff:192.0.2.1"), prefix("192.0.2.1"));
        assert_ne!(prefix("192.0.2.1"), prefix("192.0.2.2"));
    }
}
