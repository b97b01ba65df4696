//! Passwords: what was typed, what is kept of it, and the port to where the two are compared.

mod hasher;
mod policy;

pub use hasher::{About, Busy, Checked, Declined, Hasher};
pub use policy::Weakness;

use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;

use crate::secret::prints_as_its_name;

/// The longest password, in bytes after NFKC.
pub const MAX_BYTES: usize = 1_024;

/// A password as typed, in NFKC, so that it is the same on every keyboard (NIST SP 800-63B, section 3.1.1.2). Wiped when dropped.
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

prints_as_its_name!(Password, PasswordHash);

impl Password {
    /// Takes what was typed, whatever its characters, without trimming or cutting it; nothing if it is longer than [`MAX_BYTES`].
    pub fn new(typed: &str) -> Option<Self> {
        if typed.len() > 4 * MAX_BYTES {
            return None;
        }
        let normal = Zeroizing::new(typed.nfkc().collect::<String>());
        (normal.len() <= MAX_BYTES).then_some(Self(normal))
    }

    /// The password itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// What is kept of a password: a PHC or modular-crypt string.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// The string as a store gives it back.
    pub fn from_store(phc: String) -> Self {
        Self(phc)
    }

    /// The string as a store keeps it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
