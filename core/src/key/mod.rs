//! Keys that the server makes for itself and keeps: one secret per purpose, and the keys that sign access tokens, one after the other.

mod port;

pub use port::Keys;
#[cfg(feature = "testing")]
pub mod contract;

use crate::secret::prints_as_its_name;
use crate::token::Algorithm;
use crate::{Entropy, Time};
use zeroize::Zeroizing;

/// What a key is for. A key never serves two purposes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Binding CSRF tokens to sessions.
    Csrf,
    /// Telling refresh tokens of ours from any other text.
    RefreshTag,
}

impl Purpose {
    /// The purpose's name, in stores and logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Csrf => "csrf",
            Self::RefreshTag => "refresh_tag",
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

/// A key that signs access tokens, as a store keeps it.
#[derive(Clone, Debug)]
pub struct Signer {
    /// Its name: the RFC 7638 thumbprint of its public half.
    pub kid: String,
    /// What it signs with.
    pub algorithm: Algorithm,
    /// The private key: PKCS#8 in DER, or the shared secret itself.
    pub material: Material,
    /// When it was made, and published.
    pub created_at: Time,
    /// From when on it signs: late enough for every verifier to have heard of it.
    pub signs_from: Time,
}

/// A private key's bytes. Wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Material(pub Zeroizing<Vec<u8>>);

prints_as_its_name!(Material);

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
