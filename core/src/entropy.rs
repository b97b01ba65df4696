//! The dice: where every secret and every id comes from.

/// A source of random bytes fit for secrets. Handed in, so that tests can be repeated.
pub trait Entropy: Send + Sync {
    /// Fills `bytes` with random bytes. An implementation that cannot must not return.
    fn fill(&self, bytes: &mut [u8]);
}

impl dyn Entropy + '_ {
    /// `N` random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }
}
