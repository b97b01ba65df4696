//! The port to where keys are kept. Its promise: all servers that share a store share its keys, from the first moment.

use async_trait::async_trait;

use super::Key;
use crate::Failure;

/// Keeps keys. Each method is one atomic step.
#[async_trait]
pub trait Keys: Send + Sync {
    /// The key kept for the candidate's purpose; if there is none, the candidate, kept durably from now on.
    ///
    /// However many servers start at once on an empty store, all are given the same key.
    async fn find_or_insert(&self, candidate: Key) -> Result<Key, Failure>;
}
