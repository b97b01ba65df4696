//! Keys in memory.

use async_trait::async_trait;
use bitjang_core::key::Key;
use bitjang_core::{Failure, Keys};

use super::{Memory, whole};

#[async_trait]
impl Keys for Memory {
    async fn find_or_insert(&self, candidate: Key) -> Result<Key, Failure> {
        Ok(whole(self.keys.lock()).entry(candidate.purpose).or_insert(candidate).clone())
    }
}
