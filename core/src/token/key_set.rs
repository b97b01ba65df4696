//! The keys that a verifier knows: few, fixed, and swapped as a whole.

use super::VerifyingKey;

/// Keys by their `kid`.
#[derive(Clone, Debug, Default)]
pub struct KeySet(Box<[VerifyingKey]>);

impl KeySet {
    /// The most keys that a set from elsewhere may have.
    pub const MOST: usize = 32;

    /// The keys that name themselves differently; of two with one name, the first.
    pub fn new(keys: impl IntoIterator<Item = VerifyingKey>) -> Self {
        let mut known: Vec<VerifyingKey> = Vec::new();
        for key in keys {
            if known.iter().all(|other| other.kid() != key.kid()) {
                known.push(key);
            }
        }
        Self(known.into())
    }

    /// The key of this name.
    pub fn find(&self, kid: &str) -> Option<&VerifyingKey> {
        self.0.iter().find(|key| key.kid() == kid)
    }

    /// Every key.
    pub fn iter(&self) -> impl Iterator<Item = &VerifyingKey> {
        self.0.iter()
    }

    /// Whether the two know the same keys in the same order. A key's name is its thumbprint.
    pub fn agrees_with(&self, other: &Self) -> bool {
        self.iter().map(VerifyingKey::kid).eq(other.iter().map(VerifyingKey::kid))
    }

    /// Whether it knows no key, so that no token is good.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The key whose tokens all have this header, in base64url.
    pub(super) fn minting(&self, header: &str) -> Option<&VerifyingKey> {
        self.0.iter().find(|key| key.header() == header)
    }
}
