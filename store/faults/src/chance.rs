//! Chances that are the same in each run.

/// A sequence of numbers that follows from its seed (`SplitMix64`).
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// The sequence of `seed`.
    pub const fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    /// A number less than `end`, which is 1 at least.
    pub const fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % end
    }

    /// Whether it happens, with a chance of so many in eight.
    pub const fn happens(&mut self, in_eight: u64) -> bool {
        self.below(8) < in_eight
    }
}
