//! A hasher that costs nothing, counts what it does, and can be told to be busy.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_trait::async_trait;
use aws_lc_rs::digest::{SHA256, digest};
use bitjang_core::Failure;
use bitjang_core::password::{About, Busy, Checked, Declined, Hasher, Password, PasswordHash, Weakness};

use crate::script::{Call, Script};

/// What begins a hash under the parameters in force.
pub(crate) const CURRENT: &str = "plain:";

/// What begins a hash under parameters of the past.
pub(crate) const OUTDATED: &str = "old:";

/// The hash of `password` under the parameters named by `scheme`.
pub(crate) fn hash(scheme: &str, password: &str) -> PasswordHash {
    let mut text = scheme.to_owned();
    for byte in digest(&SHA256, password.as_bytes()).as_ref() {
        // Writing to a string always succeeds.
        _ = write!(text, "{byte:02x}");
    }
    PasswordHash::from_store(text)
}

/// SHA-256 in the place of Argon2.
#[derive(Default)]
pub(crate) struct Plain {
    hashes: AtomicUsize,
    busy: AtomicBool,
    script: Arc<Script>,
}

impl Plain {
    pub(crate) fn new(script: Arc<Script>) -> Self {
        Self { script, ..Self::default() }
    }

    /// How many hashes were made or compared since this was last asked.
    pub(crate) fn hashes(&self) -> usize {
        self.hashes.swap(0, Ordering::Relaxed)
    }

    /// From now on there is too much to do.
    pub(crate) fn be_busy(&self) {
        self.busy.store(true, Ordering::Relaxed);
    }

    /// From now on there is nothing to do.
    pub(crate) fn be_idle(&self) {
        self.busy.store(false, Ordering::Relaxed);
    }

    /// Lets everybody else go on first, so that flows that run at once all come this far before one comes further.
    async fn work(&self, call: Call) -> Result<(), Busy> {
        tokio::task::yield_now().await;
        if self.busy.load(Ordering::Relaxed) {
            return Err(Busy);
        }
        self.hashes.fetch_add(1, Ordering::Relaxed);
        self.script.play(call, async { Ok::<(), Failure>(()) }).await.map_err(|_| Busy)
    }
}

#[async_trait]
impl Hasher for Plain {
    async fn choose(&self, password: Password, about: About) -> Result<PasswordHash, Declined> {
        if password.reveal().len() < about.min_length {
            return Err(Declined::Weak(Weakness::TooShort { min: about.min_length }));
        }
        self.work(Call::Choose).await.map_err(|Busy| Declined::Busy)?;
        Ok(hash(CURRENT, password.reveal()))
    }

    async fn check(&self, password: Password, against: Option<PasswordHash>) -> Result<Checked, Busy> {
        self.work(Call::Check).await?;
        let (current, outdated) = (hash(CURRENT, password.reveal()), hash(OUTDATED, password.reveal()));
        Ok(match against {
            None => Checked::Wrong,
            Some(stored) if stored == current => Checked::Right,
            Some(stored) if stored == outdated => Checked::Upgrade(current),
            Some(stored) if stored.as_str().starts_with(CURRENT) || stored.as_str().starts_with(OUTDATED) => {
                Checked::Wrong
            }
            Some(_) => Checked::Unusable,
        })
    }
}
