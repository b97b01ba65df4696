//! What must never be printed: secrets in the clear, and what is kept of them. Every secret of this crate prints as its name alone.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::Entropy;

/// Writes a `Debug` that names the type and shows nothing of the value.
macro_rules! prints_as_its_name {
    ($($name:ident),+) => {$(
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    )+};
}
pub(crate) use prints_as_its_name;

/// The secret half of a session cookie: 256 random bits, in the clear. Wiped when dropped.
#[derive(Clone)]
pub struct SessionSecret(Zeroizing<[u8; 32]>);

prints_as_its_name!(SessionSecret);

impl SessionSecret {
    /// A new secret.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self(Zeroizing::new(entropy.bytes()))
    }

    pub(crate) fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    pub(crate) fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// What a store may keep of this secret.
    pub fn hash(&self) -> SecretHash {
        SecretHash::of(self.0.as_slice())
    }
}

/// SHA-256 of a secret of full entropy: all that is ever stored of one.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SecretHash([u8; 32]);

impl SecretHash {
    /// The hash of a secret that cannot be guessed.
    pub fn of(secret: &[u8]) -> Self {
        let mut hash = [0; 32];
        hash.copy_from_slice(digest(&SHA256, secret).as_ref());
        Self(hash)
    }

    /// The hash as a store gives it back.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The hash as a store keeps it.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Whether this is the hash of `secret`; takes the same time whatever the answer.
    pub fn matches(&self, secret: &SessionSecret) -> bool {
        self.0.ct_eq(&secret.hash().0).into()
    }
}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Dice;

    #[test]
    fn a_secret_prints_as_its_name() {
        let secret = SessionSecret::generate(&Dice::seeded(1));
        assert_eq!(format!("{secret:?} {:?}", secret.hash()), "SessionSecret(…) SecretHash(…)");
    }

    #[test]
    fn a_hash_matches_its_own_secret_only() {
        let dice = Dice::seeded(1);
        let (one, two) = (SessionSecret::generate(&dice), SessionSecret::generate(&dice));
        assert!(one.hash().matches(&one));
        assert!(!one.hash().matches(&two));
    }
}
