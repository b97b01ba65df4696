//! Ports that answer now and then a little later, and now and then not at all; the dice say when.

use std::sync::Arc;

use async_trait::async_trait;
use bitjang_core::account::Inserted;
use bitjang_core::session::Foreseen;
use bitjang_core::testing::Dice;
use bitjang_core::{
    Account, AccountId, Accounts, Commit, Entropy, Failure, Identifier, Revocation, Session, SessionId,
    Sessions, Time,
};

pub(crate) struct Shaken {
    pub(crate) accounts: Arc<dyn Accounts>,
    pub(crate) sessions: Arc<dyn Sessions>,
    pub(crate) dice: Dice,
}

/// How long a call takes at the most, in turns that others have.
const SLOWEST: u8 = 4;

/// One call in so many is not made, and of one in so many the answer gets lost.
const LOST: u8 = 64;

impl Shaken {
    fn throw(&self, sides: u8) -> u8 {
        let dice: &dyn Entropy = &self.dice;
        let [fallen] = dice.bytes();
        fallen % sides
    }

    async fn shake<T>(&self, call: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        self.dawdle().await?;
        let answer = call.await;
        self.dawdle().await?;
        answer
    }

    async fn dawdle(&self) -> Result<(), Failure> {
        for _ in 0..self.throw(SLOWEST) {
            tokio::task::yield_now().await;
        }
        if self.throw(LOST) == 0 { Err(Failure::new("reach the store", "the line is cut")) } else { Ok(()) }
    }
}

#[async_trait]
impl Accounts for Shaken {
    async fn insert(&self, account: Account) -> Result<Inserted, Failure> {
        self.accounts.insert(account).await
    }

    async fn find(&self, id: AccountId) -> Result<Option<Arc<Account>>, Failure> {
        self.shake(self.accounts.find(id)).await
    }

    fn cached(&self, id: AccountId) -> Option<Arc<Account>> {
        self.accounts.cached(id)
    }

    async fn named(&self, identifier: &Identifier) -> Result<Option<Arc<Account>>, Failure> {
        self.shake(self.accounts.named(identifier)).await
    }

    async fn replace(&self, account: Account, revokes: Option<Revocation>) -> Result<Commit, Failure> {
        self.shake(self.accounts.replace(account, revokes)).await
    }

    async fn page(&self, after: Option<AccountId>, at_most: usize) -> Result<Vec<Arc<Account>>, Failure> {
        self.accounts.page(after, at_most).await
    }
}

#[async_trait]
impl Sessions for Shaken {
    async fn insert(&self, session: Session) -> Result<(), Failure> {
        self.shake(self.sessions.insert(session)).await
    }

    async fn find(&self, id: SessionId) -> Result<Option<Arc<Session>>, Failure> {
        self.shake(self.sessions.find(id)).await
    }

    async fn with_account(
        &self,
        id: SessionId,
        accounts: &dyn Accounts,
    ) -> Result<Option<(Arc<Session>, Arc<Account>)>, Failure> {
        self.shake(self.sessions.with_account(id, accounts)).await
    }

    fn cached(&self, id: SessionId) -> Option<Arc<Session>> {
        self.sessions.cached(id)
    }

    fn foreseen(&self, id: SessionId) -> Option<(Arc<Session>, Arc<Account>)> {
        self.sessions.foreseen(id)
    }

    async fn replace_foreseen(
        &self,
        session: Session,
        account: &Account,
        accounts: &dyn Accounts,
    ) -> Result<Foreseen, Failure> {
        self.shake(self.sessions.replace_foreseen(session, account, accounts)).await
    }

    async fn of(&self, account: AccountId) -> Result<Vec<Arc<Session>>, Failure> {
        self.sessions.of(account).await
    }

    async fn replace(&self, session: Session, revokes: Option<Revocation>) -> Result<Commit, Failure> {
        self.shake(self.sessions.replace(session, revokes)).await
    }

    async fn sweep(&self, before: Time, at_most: usize) -> Result<usize, Failure> {
        self.sessions.sweep(before, at_most).await
    }
}
