//! Keys that the server makes for itself and keeps: one per purpose.

mod port;

pub use port::Keys;
#[cfg(feature = "testing")]
pub mod contract;

use crate::secret::prints_as_its_name;
use crate::{Entropy, Time};
use zeroize::Zeroizing;

/// What a key is for. A key never serves two purposes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Binding CSRF tokens to sessions.
    Csrf,
}

impl Purpose {
    /// The purpose's name, in stores and logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Csrf => "csrf",
        }
    }
}

/// A key and what it is for.
#[derive(Clone, Debug)]
pub struct Key {
    /// What it is for.
    pub purpose: Purpose,
    /// The key itself.
    pub secret: KeySecret,
    /// When it was made.
    pub created_at: Time,
}

impl Key {
    /// A new key.
    pub fn generate(purpose: Purpose, entropy: &dyn Entropy, now: Time) -> Self {
        Self { purpose, secret: KeySecret::from_bytes(entropy.bytes()), created_at: now }
    }
}

/// 256 bits that only servers of this installation know. Wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct KeySecret(Zeroizing<[u8; 32]>);

prints_as_its_name!(KeySecret);

impl KeySecret {
    /// The key as a store gives it back.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The key as a store keeps it.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}
