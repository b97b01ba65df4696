//! How ids are spread over a hash map: in a nanosecond, by a key that nobody knows.

use std::hash::{BuildHasher, Hasher, RandomState};

/// Hashes ids of 16 bytes, each map by a key of its own.
///
/// Most of an id is random, so one multiplication spreads it. What is left to fear is an issuer that chooses ids for us: it would have to know the key
/// to make them collide. The standard library's `SipHash` defends more, texts of any kind, at ten times the price.
#[derive(Clone)]
pub(super) struct Spread([u64; 2]);

impl Default for Spread {
    fn default() -> Self {
        let dice = RandomState::new();
        Self([dice.hash_one(0), dice.hash_one(1)])
    }
}

impl BuildHasher for Spread {
    type Hasher = Spreading;

    fn build_hasher(&self) -> Spreading {
        Spreading { key: self.0, hash: 0 }
    }
}

pub(super) struct Spreading {
    key: [u64; 2],
    hash: u64,
}

impl Hasher for Spreading {
    fn write(&mut self, id: &[u8]) {
        let (halves, _) = id.as_chunks();
        if let [one, other] = halves {
            let [one_key, other_key] = self.key;
            self.hash = folded(u64::from_le_bytes(*one) ^ one_key, u64::from_le_bytes(*other) ^ other_key);
        }
    }

    /// The length, which all ids have in common.
    fn write_usize(&mut self, _: usize) {}

    fn finish(&self) -> u64 {
        self.hash
    }
}

/// Both halves of the product, so that every bit of either factor matters to every bit of the answer.
fn folded(one: u64, other: u64) -> u64 {
    let (low, high) = one.carrying_mul(other, 0);
    low ^ high
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Dice, at};
    use crate::{AccountId, SessionId};
    use std::collections::HashSet;
    use std::hash::Hash;

    /// A table of 2^16 places, by the low bits and by the high ones: random hashes leave about 36.8 % of it empty.
    fn is_even<Id: Hash>(ids: &[Id]) {
        let spread = Spread::default();
        for shift in [0, 48] {
            let places = ids.iter().map(|id| spread.hash_one(id) >> shift & 0xffff);
            let taken = places.collect::<HashSet<_>>().len();
            assert!((40_000..43_000).contains(&taken), "{taken} places");
        }
    }

    #[test]
    fn ids_are_spread_evenly() {
        let dice = Dice::seeded(1);
        is_even(&(0..0x10000).map(|_| SessionId::generate(&dice)).collect::<Vec<_>>());
        is_even(&(0..0x10000).map(|_| AccountId::generate(&dice, at(1))).collect::<Vec<_>>());
    }

    #[test]
    fn ids_that_differ_in_one_bit_have_different_hashes() {
        let spread = Spread::default();
        let ids = (0..128).map(|bit| SessionId::from_bytes((1_u128 << bit).to_le_bytes()));
        assert_eq!(ids.map(|id| spread.hash_one(id)).collect::<HashSet<_>>().len(), 128);
    }

    #[test]
    fn another_map_spreads_the_same_id_elsewhere() {
        let id = SessionId::from_bytes([1; 16]);
        assert_ne!(Spread::default().hash_one(id), Spread::default().hash_one(id));
    }
}
