//! Tokens that were found good, so that their signatures need not be checked again. Being in here makes nobody good: time, revocation and
//! staleness are asked at every use.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use quick_cache::Equivalent;
use quick_cache::sync::Cache as Shards;
use zeroize::Zeroizing;

use super::caller::Known;

/// Remembers so many tokens; the ones that are used least make room.
pub(super) struct Cache(Shards<Key, Arc<Known>>);

impl Cache {
    pub(super) fn of(tokens: usize) -> Self {
        Self(Shards::new(tokens))
    }

    pub(super) fn find(&self, token: &str) -> Option<Arc<Known>> {
        self.0.get(&Text(token))
    }

    pub(super) fn keep(&self, token: &str, known: Arc<Known>) {
        self.0.insert(Key(Zeroizing::new(token.into())), known);
    }

    pub(super) fn drop(&self, token: &str) {
        self.0.remove(&Text(token));
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

/// A whole token, compared as a whole.
struct Key(Zeroizing<Box<str>>);

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for Key {}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Text(&self.0).hash(state);
    }
}

/// A token to look for.
struct Text<'t>(&'t str);

impl Equivalent<Key> for Text<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        self.0 == &**key.0
    }
}

/// The end of the signature, 96 bits, is enough to spread good tokens evenly, and is hashed in no time. Tokens that agree in it are told apart by
/// comparison; only a good one is ever kept, so nobody can pile up many.
impl Hash for Text<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let bytes = self.0.as_bytes();
        state.write(bytes.last_chunk::<16>().map_or(bytes, AsRef::as_ref));
    }
}
