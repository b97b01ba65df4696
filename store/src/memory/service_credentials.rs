//! Service credentials in memory, by name.

use std::collections::btree_map::Entry;

use async_trait::async_trait;
use bitjang_core::account::Inserted;
use bitjang_core::secret::SecretHash;
use bitjang_core::service_credential::{ServiceCredential, ServiceName};
use bitjang_core::{Commit, Failure, ServiceCredentials};

use super::{Memory, whole};

#[async_trait]
impl ServiceCredentials for Memory {
    async fn insert(&self, credential: ServiceCredential) -> Result<Inserted, Failure> {
        Ok(match whole(self.service_credentials.lock()).entry(credential.name.clone()) {
            Entry::Occupied(_) => Inserted::Taken,
            Entry::Vacant(place) => {
                place.insert(credential);
                Inserted::Done
            }
        })
    }

    async fn presented(&self, secret: &SecretHash) -> Result<Option<ServiceCredential>, Failure> {
        let kept = whole(self.service_credentials.lock());
        Ok(kept.values().find(|credential| credential.secret == *secret).cloned())
    }

    async fn all(&self) -> Result<Vec<ServiceCredential>, Failure> {
        Ok(whole(self.service_credentials.lock()).values().cloned().collect())
    }

    async fn remove(&self, name: &ServiceName) -> Result<Commit, Failure> {
        let removed = whole(self.service_credentials.lock()).remove(name);
        Ok(if removed.is_some() { Commit::Done } else { Commit::Stale })
    }
}
