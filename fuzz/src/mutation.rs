//! Seeded mutations of a corpus: the same in each run, and on the stable compiler.

/// What parsers trip over.
const WORDS: [&[u8]; 24] = [
    b"\0",
    b"\xff",
    b"\xc3\x28",
    b"\xef\xbb\xbf",
    b"{",
    b"}",
    b"[",
    b"\"",
    b"\\u0000",
    b"\\ud800",
    b"null",
    b"true",
    b"-1",
    b"1e999",
    b"18446744073709551616",
    b"=",
    b";",
    b":",
    b"..",
    b"//",
    b"\r\n",
    b"\n",
    b"\xe2\x80\x8b",
    b"%00",
];
/// The longest that is tried.
const LONGEST: usize = 4_096;

/// Makes new inputs of old ones.
#[derive(Clone, Debug)]
pub struct Mutator {
    corpus: Vec<Vec<u8>>,
    state: u64,
}

impl Mutator {
    /// Of this corpus; the same `seed`, the same inputs.
    ///
    /// # Panics
    /// When the corpus is empty.
    pub fn of(corpus: Vec<Vec<u8>>, seed: u64) -> Self {
        assert!(!corpus.is_empty(), "there is nothing to mutate");
        Self { corpus, state: seed.wrapping_mul(2).wrapping_add(1) }
    }

    /// The next input: one of the corpus, changed in one to four places.
    pub fn input(&mut self) -> Vec<u8> {
        let mut bytes = self.any();
        for _ in 0..=self.below(4) {
            self.change(&mut bytes);
        }
        bytes.truncate(LONGEST);
        bytes
    }

    fn change(&mut self, bytes: &mut Vec<u8>) {
        let at = self.below(bytes.len() + 1);
        let end = at + self.below(bytes.len() - at + 1);
        match self.below(7) {
            0 if at < bytes.len() => bytes[at] ^= 1 << self.below(8),
            1 if at < bytes.len() => bytes[at] = self.byte(),
            2 => drop(bytes.drain(at..end)),
            3 => {
                let again = bytes[at..end].repeat(1 + self.below(20));
                bytes.splice(at..at, again);
            }
            4 => {
                let (other, word) = (self.any(), self.below(64));
                bytes.splice(at..end, other.into_iter().skip(word));
            }
            5 => {
                let byte = self.byte();
                bytes.insert(at, byte);
            }
            _ => {
                let word = WORDS[self.below(WORDS.len())];
                bytes.splice(at..at, word.iter().copied());
            }
        }
    }

    fn any(&mut self) -> Vec<u8> {
        let index = self.below(self.corpus.len());
        self.corpus[index].clone()
    }

    fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[7]
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() >> 33).unwrap() % bound
    }

    /// Steele and Vigna's `splitmix64`.
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}
