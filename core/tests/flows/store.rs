//! The memory store, played by a script.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use async_trait::async_trait;
use bitjang_core::account::Inserted;
use bitjang_core::key::{Key, KeyName, Material, Purpose, Signer};
use bitjang_core::limit::{Charge, Taken};
use bitjang_core::revocation::{Entry, Position};
use bitjang_core::session::Foreseen;
use bitjang_core::{
    Account, AccountId, Accounts, Commit, Failure, Identifier, Keys, Limits, Revocation, Revocations,
    Session, SessionId, Sessions, Time,
};
use bitjang_store::Memory;

use crate::script::{Call, Script};

/// What the flows believe to be the store.
pub(crate) struct Scripted {
    pub(crate) memory: Arc<Memory>,
    pub(crate) script: Arc<Script>,
}

impl Scripted {
    /// The record as a store writes it that does not look which one it replaces, where that fault is planted.
    async fn planted(&self, session: Session) -> Result<Session, Failure> {
        if !self.script.turns.revisions_are_ignored.load(Ordering::Relaxed) {
            return Ok(session);
        }
        let stored = Sessions::find(&*self.memory, session.id).await?;
        Ok(stored.map_or(session.clone(), |stored| Session { revision: stored.revision.next(), ..session }))
    }
}

#[async_trait]
impl Accounts for Scripted {
    async fn insert(&self, account: Account) -> Result<Inserted, Failure> {
        self.script.play(Call::InsertAccount, Accounts::insert(&*self.memory, account)).await
    }

    async fn find(&self, id: AccountId) -> Result<Option<Arc<Account>>, Failure> {
        self.script.play(Call::FindAccount, Accounts::find(&*self.memory, id)).await
    }

    fn cached(&self, id: AccountId) -> Option<Arc<Account>> {
        self.script.remembered().map(|(_, account)| account).filter(|account| account.id == id)
    }

    async fn named(&self, identifier: &Identifier) -> Result<Option<Arc<Account>>, Failure> {
        self.script.play(Call::NameAccount, self.memory.named(identifier)).await
    }

    async fn replace(&self, account: Account, revokes: Option<Revocation>) -> Result<Commit, Failure> {
        self.script.play(Call::ReplaceAccount, Accounts::replace(&*self.memory, account, revokes)).await
    }

    async fn page(&self, after: Option<AccountId>, at_most: usize) -> Result<Vec<Arc<Account>>, Failure> {
        self.script.play(Call::PageAccounts, self.memory.page(after, at_most)).await
    }
}

#[async_trait]
impl Sessions for Scripted {
    async fn insert(&self, session: Session) -> Result<(), Failure> {
        self.script.play(Call::InsertSession, Sessions::insert(&*self.memory, session)).await
    }

    async fn find(&self, id: SessionId) -> Result<Option<Arc<Session>>, Failure> {
        self.script.play(Call::FindSession, Sessions::find(&*self.memory, id)).await
    }

    fn cached(&self, id: SessionId) -> Option<Arc<Session>> {
        self.script.remembered().map(|(session, _)| session).filter(|session| session.id == id)
    }

    fn foreseen(&self, id: SessionId) -> Option<(Arc<Session>, Arc<Account>)> {
        self.script.foreseen().filter(|(session, _)| session.id == id)
    }

    async fn replace_foreseen(
        &self,
        session: Session,
        account: &Account,
        _: &dyn Accounts,
    ) -> Result<Foreseen, Failure> {
        let write = async {
            let (id, kept) = (session.id, Accounts::find(&*self.memory, account.id).await?);
            let is_it = kept.is_some_and(|kept| kept.revision == account.revision);
            if is_it && Sessions::replace(&*self.memory, session, None).await? == Commit::Done {
                return Ok(Foreseen::Right);
            }
            self.memory.with_account(id, &*self.memory).await.map(Foreseen::Wrong)
        };
        self.script.play(Call::ReplaceForeseen, write).await
    }

    async fn of(&self, account: AccountId) -> Result<Vec<Arc<Session>>, Failure> {
        self.script.play(Call::ListSessions, self.memory.of(account)).await
    }

    async fn replace(&self, session: Session, revokes: Option<Revocation>) -> Result<Commit, Failure> {
        let write = async {
            let session = self.planted(session).await?;
            Sessions::replace(&*self.memory, session, revokes).await
        };
        self.script.play(Call::ReplaceSession, write).await
    }

    async fn sweep(&self, before: Time, at_most: usize) -> Result<usize, Failure> {
        self.script.play(Call::SweepSessions, Sessions::sweep(&*self.memory, before, at_most)).await
    }
}

#[async_trait]
impl Limits for Scripted {
    async fn take(&self, charges: &[Charge], now: Time) -> Result<Taken, Failure> {
        self.script.play(Call::TakeAttempt, self.memory.take(charges, now)).await
    }

    async fn give_back(&self, charges: &[Charge]) -> Result<(), Failure> {
        self.script.play(Call::GiveBack, self.memory.give_back(charges)).await
    }

    async fn sweep(&self, now: Time, at_most: usize) -> Result<usize, Failure> {
        self.script.play(Call::SweepLimits, Limits::sweep(&*self.memory, now, at_most)).await
    }
}

#[async_trait]
impl Keys for Scripted {
    async fn find_or_insert(&self, candidate: Key) -> Result<Key, Failure> {
        self.script.play(Call::KeepKey, self.memory.find_or_insert(candidate)).await
    }

    async fn find(&self, purpose: Purpose) -> Result<Option<Key>, Failure> {
        self.script.play(Call::FindKey, Keys::find(&*self.memory, purpose)).await
    }

    async fn signers(&self) -> Result<Vec<Signer>, Failure> {
        self.script.play(Call::ListSigners, self.memory.signers()).await
    }

    async fn add_signer(&self, signer: Signer, after: Option<&str>) -> Result<Commit, Failure> {
        self.script.play(Call::AddSigner, self.memory.add_signer(signer, after)).await
    }

    async fn remove_signer(&self, kid: &str) -> Result<(), Failure> {
        self.script.play(Call::RemoveSigner, self.memory.remove_signer(kid)).await
    }

    async fn rewrite(&self, name: &KeyName, from: &Material, to: Material) -> Result<Commit, Failure> {
        self.script.play(Call::RewriteKey, self.memory.rewrite(name, from, to)).await
    }
}

#[async_trait]
impl Revocations for Scripted {
    async fn after(&self, after: Position, at_most: usize) -> Result<Vec<Entry>, Failure> {
        self.script.play(Call::ReadFeed, self.memory.after(after, at_most)).await
    }

    async fn wait(&self, after: Position) -> Result<(), Failure> {
        self.script.play(Call::AwaitFeed, self.memory.wait(after)).await
    }

    async fn forget(&self, now: Time, at_most: usize) -> Result<usize, Failure> {
        self.script.play(Call::ForgetRevocations, self.memory.forget(now, at_most)).await
    }
}
