//! Keys in memory: one per purpose, and those that sign in the order in which they do.

use std::collections::HashMap;

use async_trait::async_trait;
use bitjang_core::key::{Key, KeyName, Material, Purpose, Signer};
use bitjang_core::{Commit, Failure, Keys};

use super::{Memory, whole};

#[derive(Default)]
pub(super) struct KeyTable {
    by_purpose: HashMap<Purpose, Key>,
    signers: Vec<Signer>,
}

impl KeyTable {
    fn add(&mut self, signer: Signer, after: Option<&str>) -> Result<Commit, Failure> {
        if self.signers.last().map(|latest| latest.kid.as_str()) != after {
            return Ok(Commit::Stale);
        }
        if self.signers.iter().any(|kept| kept.kid == signer.kid) {
            return Err(Failure::new("add a signing key", "its name is in use"));
        }
        self.signers.push(signer);
        Ok(Commit::Done)
    }

    fn material(&mut self, name: &KeyName) -> Option<&mut Material> {
        match name {
            KeyName::Purpose(purpose) => self.by_purpose.get_mut(purpose).map(|key| &mut key.secret),
            KeyName::Signer { kid, .. } => {
                self.signers.iter_mut().find(|signer| signer.kid == *kid).map(|signer| &mut signer.material)
            }
        }
    }
}

#[async_trait]
impl Keys for Memory {
    async fn find_or_insert(&self, candidate: Key) -> Result<Key, Failure> {
        Ok(whole(self.keys.lock()).by_purpose.entry(candidate.purpose).or_insert(candidate).clone())
    }

    async fn find(&self, purpose: Purpose) -> Result<Option<Key>, Failure> {
        Ok(whole(self.keys.lock()).by_purpose.get(&purpose).cloned())
    }

    async fn signers(&self) -> Result<Vec<Signer>, Failure> {
        Ok(whole(self.keys.lock()).signers.clone())
    }

    async fn add_signer(&self, signer: Signer, after: Option<&str>) -> Result<Commit, Failure> {
        whole(self.keys.lock()).add(signer, after)
    }

    async fn remove_signer(&self, kid: &str) -> Result<(), Failure> {
        whole(self.keys.lock()).signers.retain(|signer| signer.kid != kid);
        Ok(())
    }

    async fn rewrite(&self, name: &KeyName, from: &Material, to: Material) -> Result<Commit, Failure> {
        match whole(self.keys.lock()).material(name).filter(|kept| *kept == from) {
            Some(kept) => *kept = to,
            None => return Ok(Commit::Stale),
        }
        Ok(Commit::Done)
    }
}
