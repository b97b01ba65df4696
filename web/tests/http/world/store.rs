//! The memory store, with switches that make calls to it fail.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use bitjang_core::account::Inserted;
use bitjang_core::key::{Key, KeyName, Material, Purpose, Signer};
use bitjang_core::limit::{Charge, Taken};
use bitjang_core::revocation::{Entry, Position};
use bitjang_core::secret::SecretHash;
use bitjang_core::service_credential::{ServiceCredential, ServiceName};
use bitjang_core::{
    Account, AccountId, Accounts, Commit, Failure, Identifier, Keys, Limits, Revocation, Revocations,
    ServiceCredentials, Session, SessionId, Sessions, Time,
};
use bitjang_store::Memory;

/// What a failing store says of itself: for the operator, never for a client.
pub(super) const CAUSE: &str = "no space left on /var/lib/bitjang";

#[derive(Default)]
pub(super) struct Unsteady {
    memory: Memory,
    down: AtomicBool,
    full: AtomicBool,
}

impl Unsteady {
    pub(super) fn down(&self, down: bool) {
        self.down.store(down, Ordering::Relaxed);
    }

    /// From now on nothing can be written.
    pub(super) fn fill(&self) {
        self.full.store(true, Ordering::Relaxed);
    }

    fn writable(&self) -> Result<&Memory, Failure> {
        if self.full.load(Ordering::Relaxed) {
            return Err(Failure::new("write to the store", CAUSE));
        }
        self.up()
    }

    fn up(&self) -> Result<&Memory, Failure> {
        if self.down.load(Ordering::Relaxed) {
            return Err(Failure::new("ask the store", CAUSE));
        }
        Ok(&self.memory)
    }
}

#[async_trait]
impl Accounts for Unsteady {
    async fn insert(&self, account: Account) -> Result<Inserted, Failure> {
        Accounts::insert(self.writable()?, account).await
    }

    async fn find(&self, id: AccountId) -> Result<Option<Arc<Account>>, Failure> {
        Accounts::find(self.up()?, id).await
    }

    async fn named(&self, identifier: &Identifier) -> Result<Option<Arc<Account>>, Failure> {
        self.up()?.named(identifier).await
    }

    async fn replace(&self, account: Account, revokes: Option<Revocation>) -> Result<Commit, Failure> {
        Accounts::replace(self.writable()?, account, revokes).await
    }

    async fn page(&self, after: Option<AccountId>, at_most: usize) -> Result<Vec<Arc<Account>>, Failure> {
        self.up()?.page(after, at_most).await
    }
}

#[async_trait]
impl Sessions for Unsteady {
    async fn insert(&self, session: Session) -> Result<(), Failure> {
        Sessions::insert(self.writable()?, session).await
    }

    async fn find(&self, id: SessionId) -> Result<Option<Arc<Session>>, Failure> {
        Sessions::find(self.up()?, id).await
    }

    async fn of(&self, account: AccountId) -> Result<Vec<Arc<Session>>, Failure> {
        self.up()?.of(account).await
    }

    async fn replace(&self, session: Session, revokes: Option<Revocation>) -> Result<Commit, Failure> {
        Sessions::replace(self.writable()?, session, revokes).await
    }

    async fn sweep(&self, before: Time, at_most: usize) -> Result<usize, Failure> {
        Sessions::sweep(self.up()?, before, at_most).await
    }
}

#[async_trait]
impl Limits for Unsteady {
    async fn take(&self, charges: &[Charge], now: Time) -> Result<Taken, Failure> {
        self.up()?.take(charges, now).await
    }

    async fn give_back(&self, charges: &[Charge]) -> Result<(), Failure> {
        self.up()?.give_back(charges).await
    }

    async fn sweep(&self, now: Time, at_most: usize) -> Result<usize, Failure> {
        Limits::sweep(self.up()?, now, at_most).await
    }
}

#[async_trait]
impl Keys for Unsteady {
    async fn find_or_insert(&self, candidate: Key) -> Result<Key, Failure> {
        self.up()?.find_or_insert(candidate).await
    }

    async fn find(&self, purpose: Purpose) -> Result<Option<Key>, Failure> {
        Keys::find(self.up()?, purpose).await
    }

    async fn signers(&self) -> Result<Vec<Signer>, Failure> {
        self.up()?.signers().await
    }

    async fn add_signer(&self, signer: Signer, after: Option<&str>) -> Result<Commit, Failure> {
        self.writable()?.add_signer(signer, after).await
    }

    async fn remove_signer(&self, kid: &str) -> Result<(), Failure> {
        self.writable()?.remove_signer(kid).await
    }

    async fn rewrite(&self, name: &KeyName, from: &Material, to: Material) -> Result<Commit, Failure> {
        self.writable()?.rewrite(name, from, to).await
    }
}

#[async_trait]
impl Revocations for Unsteady {
    async fn after(&self, after: Position, at_most: usize) -> Result<Vec<Entry>, Failure> {
        self.up()?.after(after, at_most).await
    }

    async fn wait(&self, after: Position) -> Result<(), Failure> {
        self.up()?.wait(after).await
    }

    async fn forget(&self, now: Time, at_most: usize) -> Result<usize, Failure> {
        self.up()?.forget(now, at_most).await
    }
}

#[async_trait]
impl ServiceCredentials for Unsteady {
    async fn insert(&self, credential: ServiceCredential) -> Result<Inserted, Failure> {
        ServiceCredentials::insert(self.writable()?, credential).await
    }

    async fn presented(&self, secret: &SecretHash) -> Result<Option<ServiceCredential>, Failure> {
        self.up()?.presented(secret).await
    }

    async fn all(&self) -> Result<Vec<ServiceCredential>, Failure> {
        self.up()?.all().await
    }

    async fn remove(&self, name: &ServiceName) -> Result<Commit, Failure> {
        self.writable()?.remove(name).await
    }
}
