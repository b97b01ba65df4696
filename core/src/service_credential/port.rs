//! The port to where service credentials are kept. Its promise: one for each name, and one that was removed is found no more.

use async_trait::async_trait;

use super::{ServiceCredential, ServiceName};
use crate::account::Inserted;
use crate::secret::SecretHash;
use crate::{Commit, Failure};

/// Keeps service credentials. Each method is one atomic step; what it answered to have written survives a crash.
#[async_trait]
pub trait ServiceCredentials: Send + Sync {
    /// Writes a new one, unless its name is taken.
    async fn insert(&self, credential: ServiceCredential) -> Result<Inserted, Failure>;

    /// The one whose token has this hash. Never from a memory that might not have heard of its end.
    async fn presented(&self, secret: &SecretHash) -> Result<Option<ServiceCredential>, Failure>;

    /// All of them, by name.
    async fn all(&self) -> Result<Vec<ServiceCredential>, Failure>;

    /// Removes one; [`Commit::Stale`] if there is none of that name.
    async fn remove(&self, name: &ServiceName) -> Result<Commit, Failure>;
}
