//! Accounts in memory: by id, in order, and by identifier.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::Arc;

use async_trait::async_trait;
use bitjang_core::account::Inserted;
use bitjang_core::{Account, AccountId, Accounts, Commit, Failure, Identifier, Revocation};

use super::revocations::Feed;
use super::{Memory, whole};

#[derive(Default)]
pub(super) struct AccountTable {
    by_id: BTreeMap<AccountId, Arc<Account>>,
    by_identifier: HashMap<Identifier, AccountId>,
}

impl AccountTable {
    fn insert(&mut self, account: Account) -> Result<Inserted, Failure> {
        if self.by_identifier.contains_key(&account.identifier) {
            return Ok(Inserted::Taken);
        }
        if self.by_id.contains_key(&account.id) {
            return Err(Failure::new("insert an account", "its id is in use"));
        }
        self.by_identifier.insert(account.identifier.clone(), account.id);
        self.by_id.insert(account.id, Arc::new(account));
        Ok(Inserted::Done)
    }

    fn replace(
        &mut self,
        account: Account,
        revokes: Option<Revocation>,
        feed: &Feed,
    ) -> Result<Commit, Failure> {
        let Some(stored) =
            self.by_id.get_mut(&account.id).filter(|stored| stored.revision.next() == account.revision)
        else {
            return Ok(Commit::Stale);
        };
        if stored.identifier != account.identifier {
            if self.by_identifier.contains_key(&account.identifier) {
                return Err(Failure::new("replace an account", "its new identifier is taken"));
            }
            self.by_identifier.remove(&stored.identifier);
            self.by_identifier.insert(account.identifier.clone(), account.id);
        }
        *stored = Arc::new(account);
        feed.push(revokes);
        Ok(Commit::Done)
    }

    pub(super) fn with_id(&self, id: AccountId) -> Option<Arc<Account>> {
        self.by_id.get(&id).cloned()
    }

    fn named(&self, identifier: &Identifier) -> Option<&Arc<Account>> {
        self.by_id.get(self.by_identifier.get(identifier)?)
    }
}

#[async_trait]
impl Accounts for Memory {
    async fn insert(&self, account: Account) -> Result<Inserted, Failure> {
        whole(self.accounts.write()).insert(account)
    }

    async fn find(&self, id: AccountId) -> Result<Option<Arc<Account>>, Failure> {
        Ok(whole(self.accounts.read()).with_id(id))
    }

    async fn named(&self, identifier: &Identifier) -> Result<Option<Arc<Account>>, Failure> {
        Ok(whole(self.accounts.read()).named(identifier).cloned())
    }

    async fn replace(&self, account: Account, revokes: Option<Revocation>) -> Result<Commit, Failure> {
        whole(self.accounts.write()).replace(account, revokes, &self.feed)
    }

    async fn page(&self, after: Option<AccountId>, at_most: usize) -> Result<Vec<Arc<Account>>, Failure> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let table = whole(self.accounts.read());
        Ok(table
            .by_id
            .range((from, Bound::Unbounded))
            .take(at_most)
            .map(|(_, account)| Arc::clone(account))
            .collect())
    }
}
