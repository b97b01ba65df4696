//! Keys that the server makes for itself and keeps: one secret per purpose, and the keys that sign access tokens, one after the other.

mod port;
mod seal;
mod sealed;

pub use port::Keys;
pub use seal::{CannotOpen, Sealing, SealingKey};
pub use sealed::Sealed;
#[cfg(feature = "testing")]
pub mod contract;

use std::fmt;

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
    pub secret: Material,
    /// When it was made.
    pub created_at: Time,
}

impl Key {
    /// A new key.
    pub fn generate(purpose: Purpose, entropy: &dyn Entropy, now: Time) -> Self {
        let bytes = Zeroizing::new(entropy.bytes::<SECRET_BYTES>());
        Self { purpose, secret: Material(Zeroizing::new(bytes.to_vec())), created_at: now }
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

impl Signer {
    /// What it is called, among all keys.
    pub fn name(&self) -> KeyName {
        KeyName::Signer { algorithm: self.algorithm, kid: self.kid.clone() }
    }
}

/// The bytes of a secret or private key: in the clear, or sealed. Wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Material(pub Zeroizing<Vec<u8>>);

prints_as_its_name!(Material);

/// How long the secret of a [`Key`] is: 256 bits that only servers of this installation know.
const SECRET_BYTES: usize = 32;

/// What a key is called, among all that a store keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyName {
    /// The one for this purpose.
    Purpose(Purpose),
    /// The one that signs, by this name.
    Signer {
        /// What it signs with.
        algorithm: Algorithm,
        /// Its name in tokens.
        kid: String,
    },
}

impl fmt::Display for KeyName {
    /// The text that is bound to a sealed key: no two names have the same.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Purpose(purpose) => write!(f, "key {}", purpose.as_str()),
            Self::Signer { algorithm, kid } => write!(f, "signer {algorithm} {kid}"),
        }
    }
}
