//! What a verifier holds in memory: which sessions' tokens are good no longer.

use std::collections::HashMap;

use super::spread::Spread;
use super::{Revocation, Revoked};
use crate::{AccountId, SessionId, Time};

/// The revocations that still matter, ready to be asked about one token. Taking the same entry twice changes nothing.
///
/// A session's entry takes 29 to 57 bytes, depending on how full the table is that doubles as it fills; an account's takes about 250.
#[derive(Clone, Debug, Default)]
pub struct RevokedSet {
    sessions: HashMap<SessionId, Time, Spread>,
    /// More than one entry where each spares another session: a later one does not take back what an earlier one ended.
    accounts: HashMap<AccountId, Vec<Raised>, Spread>,
}

#[derive(Clone, Copy, Debug)]
struct Raised {
    epoch: u64,
    spared: Option<SessionId>,
    until: Time,
}

impl RevokedSet {
    /// Takes an entry in.
    pub fn add(&mut self, revocation: &Revocation) {
        let until = revocation.until;
        match revocation.of {
            Revoked::Session(session) => {
                let kept = self.sessions.entry(session).or_insert(until);
                *kept = until.max(*kept);
            }
            Revoked::Before { account, epoch, spared } => {
                let raised = Raised { epoch, spared, until };
                let kept = self.accounts.entry(account).or_default();
                kept.retain(|old| old.spared != spared || old.epoch > epoch || old.until > until);
                kept.push(raised);
            }
        }
    }

    /// Whether a token of this session, minted in this epoch of its account, is good no longer.
    pub fn revokes(&self, session: SessionId, account: AccountId, epoch: u64) -> bool {
        let mut raised = self.accounts.get(&account).into_iter().flatten();
        raised.any(|raised| epoch < raised.epoch && raised.spared != Some(session))
            || self.sessions.contains_key(&session)
    }

    /// Drops what concerns no live token any more.
    pub fn forget(&mut self, now: Time) {
        self.sessions.retain(|_, until| now < *until);
        self.accounts.retain(|_, raised| {
            raised.retain(|raised| now < raised.until);
            !raised.is_empty()
        });
    }

    /// How many entries it holds.
    pub fn len(&self) -> usize {
        self.sessions.len() + self.accounts.values().map(Vec::len).sum::<usize>()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::at;

    const ONE: SessionId = SessionId::from_bytes([1; 16]);
    const OTHER: SessionId = SessionId::from_bytes([2; 16]);
    const ME: AccountId = AccountId::from_bytes([9; 16]);

    fn before(epoch: u64, spared: Option<SessionId>, until: i64) -> Revocation {
        Revocation { of: Revoked::Before { account: ME, epoch, spared }, at: at(0), until: at(until) }
    }

    #[test]
    fn a_session_s_entry_concerns_that_session() {
        let mut set = RevokedSet::default();
        set.add(&Revocation { of: Revoked::Session(ONE), at: at(0), until: at(10) });
        assert!(set.revokes(ONE, ME, 1));
        assert!(!set.revokes(OTHER, ME, 1));
    }

    #[test]
    fn an_account_s_entry_concerns_all_older_sessions_but_the_spared_one() {
        let mut set = RevokedSet::default();
        set.add(&before(3, Some(ONE), 10));
        assert!(!set.revokes(ONE, ME, 2));
        assert!(set.revokes(OTHER, ME, 2));
        assert!(!set.revokes(OTHER, ME, 3));
        assert!(!set.revokes(OTHER, AccountId::from_bytes([8; 16]), 2));
    }

    #[test]
    fn the_order_in_which_entries_are_heard_does_not_matter() {
        let entries = [before(2, Some(ONE), 20), before(3, Some(OTHER), 10)];
        let heard = |order: [usize; 3]| {
            order.into_iter().fold(RevokedSet::default(), |mut set, i| {
                set.add(&entries[i]);
                set
            })
        };
        for set in [heard([0, 1, 0]), heard([1, 0, 1])] {
            assert!(set.revokes(ONE, ME, 1), "spared before, not any more");
            assert!(!set.revokes(OTHER, ME, 2));
        }
    }

    #[test]
    fn no_later_entry_takes_back_what_an_earlier_one_ended() {
        let mut set = RevokedSet::default();
        for entry in [before(2, None, 20), before(3, Some(ONE), 20), before(2, Some(OTHER), 20)] {
            set.add(&entry);
        }
        assert!(set.revokes(ONE, ME, 1) && set.revokes(OTHER, ME, 1) && set.revokes(OTHER, ME, 2));
        assert!(!set.revokes(ONE, ME, 2));
        for _ in 0..100 {
            set.add(&before(3, Some(ONE), 20));
        }
        assert!(set.len() <= 3, "the same entry twice changes nothing");
    }

    #[test]
    fn entries_are_forgotten_when_the_last_token_has_expired() {
        let mut set = RevokedSet::default();
        set.add(&before(2, None, 20));
        set.add(&Revocation { of: Revoked::Session(ONE), at: at(0), until: at(10) });
        set.forget(at(9));
        assert!(set.len() == 2 && set.revokes(ONE, AccountId::from_bytes([8; 16]), 1), "not before");
        set.forget(at(10));
        assert_eq!(set.len(), 1);
        assert!(set.revokes(ONE, ME, 1));
        set.forget(at(20));
        assert!(set.is_empty());
    }
}
