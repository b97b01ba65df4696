//! Keys of any store, sealed on their way in and opened on their way out: the store itself sees no key.
//!
//! What is read and not kept as it shall be (in the clear, or under the previous key) is sealed at once, each key by a compare-and-set of its own: so a crash leaves each
//! kept one way or the other, and both are read; and of two servers that do it one does.

use std::sync::Arc;

use async_trait::async_trait;

use super::seal::Opened;
use super::{Key, KeyName, Keys, Material, Purpose, SECRET_BYTES, Sealing, Signer};
use crate::{Commit, Entropy, Failure};

/// The keys of a store, under the operator's key where there is one.
pub struct Sealed {
    keys: Arc<dyn Keys>,
    sealing: Sealing,
    entropy: Arc<dyn Entropy>,
}

/// A secret whose length no key of ours has: half a write, or a sealed one that lost its mark.
#[derive(Debug, thiserror::Error)]
#[error("it is damaged: restore the store from a backup")]
struct Damaged;

impl Sealed {
    /// The keys that `keys` keeps.
    pub fn new(keys: Arc<dyn Keys>, sealing: Sealing, entropy: Arc<dyn Entropy>) -> Self {
        Self { keys, sealing, entropy }
    }

    fn close(&self, name: &KeyName, clear: &Material) -> Result<Material, Failure> {
        self.sealing.close(name, clear, &*self.entropy)
    }

    async fn open(&self, name: KeyName, kept: Material) -> Result<Material, Failure> {
        match self.sealing.open(&name, &kept).map_err(|why| Failure::new("open the keys", why))? {
            Opened::Current(clear) => Ok(clear),
            Opened::Outdated(clear) => {
                whole(&name, &clear)?;
                // Stale means that another server has just done it.
                let _ = self.keys.rewrite(&name, &kept, self.close(&name, &clear)?).await?;
                Ok(clear)
            }
        }
    }

    async fn open_key(&self, kept: Key) -> Result<Key, Failure> {
        let name = KeyName::Purpose(kept.purpose);
        let secret = self.open(name.clone(), kept.secret).await?;
        whole(&name, &secret)?;
        Ok(Key { secret, ..kept })
    }
}

fn whole(name: &KeyName, clear: &Material) -> Result<(), Failure> {
    match name {
        KeyName::Purpose(_) if clear.0.len() != SECRET_BYTES => Err(Failure::new("open the keys", Damaged)),
        // Whether a signer's is whole, its own format tells.
        KeyName::Purpose(_) | KeyName::Signer { .. } => Ok(()),
    }
}

#[async_trait]
impl Keys for Sealed {
    async fn find_or_insert(&self, candidate: Key) -> Result<Key, Failure> {
        let secret = self.close(&KeyName::Purpose(candidate.purpose), &candidate.secret)?;
        self.open_key(self.keys.find_or_insert(Key { secret, ..candidate }).await?).await
    }

    async fn find(&self, purpose: Purpose) -> Result<Option<Key>, Failure> {
        match self.keys.find(purpose).await? {
            Some(kept) => self.open_key(kept).await.map(Some),
            None => Ok(None),
        }
    }

    async fn signers(&self) -> Result<Vec<Signer>, Failure> {
        let mut signers = self.keys.signers().await?;
        for signer in &mut signers {
            signer.material = self.open(signer.name(), signer.material.clone()).await?;
        }
        Ok(signers)
    }

    async fn add_signer(&self, signer: Signer, after: Option<&str>) -> Result<Commit, Failure> {
        // Where the operator's key does not fit, nothing is sealed with it.
        self.find(Purpose::Csrf).await?;
        let material = self.close(&signer.name(), &signer.material)?;
        self.keys.add_signer(Signer { material, ..signer }, after).await
    }

    async fn remove_signer(&self, kid: &str) -> Result<(), Failure> {
        self.keys.remove_signer(kid).await
    }

    async fn rewrite(&self, name: &KeyName, from: &Material, to: Material) -> Result<Commit, Failure> {
        self.keys.rewrite(name, from, to).await
    }
}
