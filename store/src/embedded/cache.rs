//! What is known of the last commit without looking at the disk, and never older than the last one that was acknowledged.

use std::sync::Arc;

use bitjang_core::revocation::Position;
use bitjang_core::{Account, AccountId, Session, SessionId};

use crate::agents::Agents;
use crate::cache::Records;
use crate::feed_end::FeedEnd;

/// What the writer tells between COMMIT and the first answer.
pub(super) struct Caches {
    pub(super) accounts: Records<AccountId, Account>,
    pub(super) sessions: Records<SessionId, Session>,
    pub(super) agents: Agents,
    pub(super) feed_end: FeedEnd,
}

impl Caches {
    /// Caches of about `bytes` together, half for each: an account is larger than a session, and there are more sessions.
    pub(super) fn holding(bytes: u64, feed_end: FeedEnd) -> Self {
        let (accounts, sessions) = (Records::holding(bytes / 2), Records::holding(bytes / 2));
        Self { accounts, sessions, agents: Agents::default(), feed_end }
    }

    /// The session with this id and its account, if both are here.
    pub(super) fn with_account(&self, id: SessionId) -> Option<(Arc<Session>, Arc<Account>)> {
        let session = self.sessions.find(id)?;
        let account = self.accounts.find(session.account)?;
        Some((session, account))
    }

    /// Wakes those who wait for a revocation, if there was one.
    pub(super) fn heard_of(&self, revoked: Option<Position>) {
        if let Some(position) = revoked {
            self.feed_end.move_to(position);
        }
    }
}
