//! The port to where keys are kept. Its promise: all servers that share a store share its keys, from the first moment.

use async_trait::async_trait;

use super::{Key, KeyName, Material, Purpose, Signer};
use crate::{Commit, Failure};

/// Keeps keys. Each method is one atomic step.
#[async_trait]
pub trait Keys: Send + Sync {
    /// The key kept for the candidate's purpose; if there is none, the candidate, kept durably from now on.
    ///
    /// However many servers start at once on an empty store, all are given the same key.
    async fn find_or_insert(&self, candidate: Key) -> Result<Key, Failure>;

    /// The key kept for this purpose.
    async fn find(&self, purpose: Purpose) -> Result<Option<Key>, Failure>;

    /// Every signing key that is still kept, in the order in which they sign.
    async fn signers(&self) -> Result<Vec<Signer>, Failure>;

    /// Adds the signing key that follows the one called `after`, or the very first; [`Commit::Stale`] unless that is the latest one kept. So of many servers
    /// that rotate at once, one does.
    async fn add_signer(&self, signer: Signer, after: Option<&str>) -> Result<Commit, Failure>;

    /// Forgets a signing key whose last token has expired.
    async fn remove_signer(&self, kid: &str) -> Result<(), Failure>;

    /// Keeps the key called `name` as `to` from now on, if it is kept as `from`; [`Commit::Stale`] if not. Nothing else about it changes. Of what was kept before, the
    /// store leaves nothing behind, as far as that is in its hands.
    async fn rewrite(&self, name: &KeyName, from: &Material, to: Material) -> Result<Commit, Failure>;
}
