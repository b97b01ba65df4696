//! Programs that ask about anybody: the operator makes and removes their credentials, and a token proves one.

use std::sync::Arc;

use crate::account::{Inserted, State};
use crate::service_credential::{ServiceCredential, ServiceName, ServiceToken};
use crate::{Account, AccountId, Auth, Commit, Error, Operator, Refusal};

/// Proof that a service asks: the only way to get one is to present a good [`ServiceToken`] to [`Auth::service`].
#[derive(Clone, Debug)]
pub struct Service(ServiceName);

impl Service {
    /// Which.
    pub fn name(&self) -> &ServiceName {
        &self.0
    }
}

impl Auth {
    /// Makes a credential; its token is never told again. Refuses with `identifier_taken`.
    pub async fn add_service(&self, _: Operator, name: ServiceName) -> Result<ServiceToken, Error> {
        let token = ServiceToken::generate(&*self.ports.entropy);
        let credential = ServiceCredential { name, secret: token.hash(), created_at: self.now() };
        match self.ports.service_credentials.insert(credential).await? {
            Inserted::Done => Ok(token),
            Inserted::Taken => Err(Refusal::IdentifierTaken.into()),
        }
    }

    /// All credentials, by name.
    pub async fn services(&self, _: Operator) -> Result<Vec<ServiceCredential>, Error> {
        Ok(self.ports.service_credentials.all().await?)
    }

    /// Removes a credential: its token is worth nothing from now on. Refuses with `not_found`.
    pub async fn remove_service(&self, _: Operator, name: &ServiceName) -> Result<(), Error> {
        match self.ports.service_credentials.remove(name).await? {
            Commit::Done => Ok(()),
            Commit::Stale => Err(Refusal::NotFound.into()),
        }
    }

    /// Says which service presents `token`; refuses with `signed_out` if none does.
    pub async fn service(&self, token: &ServiceToken) -> Result<Service, Error> {
        let found = self.ports.service_credentials.presented(&token.hash()).await?;
        Ok(Service(found.ok_or(Refusal::SignedOut)?.name))
    }

    /// The account with this id, for a service to ask about; nothing if there is none, or it is locked.
    pub async fn account_for(&self, _: &Service, id: AccountId) -> Result<Option<Arc<Account>>, Error> {
        let account = match self.ports.accounts.cached(id) {
            Some(account) => Some(account),
            None => self.ports.accounts.find(id).await?,
        };
        Ok(account.filter(|account| account.state == State::Active))
    }
}
