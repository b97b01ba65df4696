//! The port to where sessions are kept. Its promise: a session that ended never comes back, whoever writes late.

use std::sync::Arc;

use async_trait::async_trait;

use super::{Session, SessionId};
use crate::{Account, AccountId, Accounts, Commit, Failure, Revocation, Time};

/// What became of a commit that rests on what was foreseen.
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub enum Foreseen {
    /// Both records were as foreseen; the next one is written, durably.
    Right,
    /// They were not, and nothing was written. Here they are, as [`Sessions::with_account`] finds them.
    Wrong(Option<(Arc<Session>, Arc<Account>)>),
}

/// Keeps sessions. Each method is one atomic step; what it answered to have written survives a crash.
///
/// There is no upsert: a session is inserted once, and replaced only by the record that follows the stored one, so a writer that read it before it
/// ended, or before it was swept away, cannot bring it back.
#[async_trait]
pub trait Sessions: Send + Sync {
    /// Writes a new session. A second one of the same id is a failure.
    async fn insert(&self, session: Session) -> Result<(), Failure>;

    /// The session with this id, ended or not.
    async fn find(&self, id: SessionId) -> Result<Option<Arc<Session>>, Failure>;

    /// The session with this id, from the memory of this process. Nothing says nothing: ask [`Sessions::find`].
    ///
    /// Never older than what this process has acknowledged; where others write too, no older than the staleness that the store was opened with. Good enough to say yes to a
    /// request, not to decide what to write, and not to say no.
    fn cached(&self, id: SessionId) -> Option<Arc<Session>> {
        let _ = id;
        None
    }

    /// The session with this id and its account, which is one of `accounts`; nothing where either is missing.
    ///
    /// Of each what [`Sessions::find`] and [`Accounts::find`] would have said since this was asked, and no more: not that both were so at one moment. A store that keeps both asks once.
    async fn with_account(
        &self,
        id: SessionId,
        accounts: &dyn Accounts,
    ) -> Result<Option<(Arc<Session>, Arc<Account>)>, Failure> {
        let Some(session) = self.find(id).await? else { return Ok(None) };
        let account = accounts.find(session.account).await?;
        Ok(account.map(|account| (session, account)))
    }

    /// The session with this id and its account as this process remembers them: a guess, good only to prepare what [`Sessions::replace_foreseen`] writes. Nothing where a guess
    /// would save no trip.
    fn foreseen(&self, id: SessionId) -> Option<(Arc<Session>, Arc<Account>)> {
        let _ = id;
        None
    }

    /// Writes the record that follows the stored one as [`Sessions::replace`] does, if also its account still has the revision of `account`: so nothing is written that rests on
    /// a wrong guess.
    async fn replace_foreseen(
        &self,
        session: Session,
        account: &Account,
        accounts: &dyn Accounts,
    ) -> Result<Foreseen, Failure> {
        let _ = account;
        Ok(Foreseen::Wrong(self.with_account(session.id, accounts).await?))
    }

    /// All sessions of an account that are still kept, the latest first.
    async fn of(&self, account: AccountId) -> Result<Vec<Arc<Session>>, Failure>;

    /// Writes the record that follows the stored one; [`Commit::Stale`] unless the stored revision is the one just before.
    ///
    /// If it is written, so is what it `revokes`, in the same step.
    ///
    /// A session keeps its account and its beginning: a record that changes either is [`Commit::Stale`] too.
    async fn replace(&self, session: Session, revokes: Option<Revocation>) -> Result<Commit, Failure>;

    /// Removes up to `at_most` sessions that ended or expired before `before`; says how many it removed.
    ///
    /// A small step: one call holds nobody else up for long.
    async fn sweep(&self, before: Time, at_most: usize) -> Result<usize, Failure>;
}
