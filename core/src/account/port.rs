//! The port to where accounts are kept. Its promise: one account per identifier, and no write that did not see the one before it.

use std::sync::Arc;

use async_trait::async_trait;

use super::{Account, AccountId};
use crate::{Commit, Failure, Identifier, Revocation};

/// What became of a new account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Inserted {
    /// It is written, durably.
    Done,
    /// Another account has its identifier; nothing was written.
    Taken,
}

/// Keeps accounts. Each method is one atomic step; what it answered to have written survives a crash.
#[async_trait]
pub trait Accounts: Send + Sync {
    /// Writes a new account, unless its identifier is taken.
    async fn insert(&self, account: Account) -> Result<Inserted, Failure>;

    /// The account with this id.
    async fn find(&self, id: AccountId) -> Result<Option<Arc<Account>>, Failure>;

    /// The account with this id, from the memory of this process. Nothing says nothing: ask [`Accounts::find`].
    ///
    /// Never older than what this process has acknowledged; where others write too, no older than the staleness that the store was opened with. Good enough to say yes to a
    /// request, not to decide what to write, and not to say no.
    fn cached(&self, id: AccountId) -> Option<Arc<Account>> {
        let _ = id;
        None
    }

    /// The account with this identifier.
    async fn named(&self, identifier: &Identifier) -> Result<Option<Arc<Account>>, Failure>;

    /// Writes the record that follows the stored one; [`Commit::Stale`] unless the stored revision is the one just before.
    ///
    /// If it is written, so is what it `revokes`, in the same step.
    async fn replace(&self, account: Account, revokes: Option<Revocation>) -> Result<Commit, Failure>;

    /// Up to `at_most` accounts whose id is greater than `after`, in order of id.
    async fn page(&self, after: Option<AccountId>, at_most: usize) -> Result<Vec<Arc<Account>>, Failure>;
}
