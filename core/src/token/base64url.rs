//! base64url without padding (RFC 4648, section 5) into a buffer that is there already: one spelling for each value, no allocation.
//!
//! Written here because decoding is the larger part of what checking an HS256 token costs beside the MAC. The tests hold it against the `base64`
//! crate, which the rest of the house uses.

/// How many characters spell `bytes` bytes.
pub(super) const fn length_of(bytes: usize) -> usize {
    (bytes * 4).div_ceil(3)
}

/// The bytes that `text` spells, written to the start of `space`; nothing if they do not fit or if this is not their spelling.
pub(super) fn decode<'s>(text: &str, space: &'s mut [u8]) -> Option<&'s [u8]> {
    let space = space.get_mut(..text.len() * 3 / 4)?;
    let (fours, last) = text.as_bytes().as_chunks::<4>();
    let (threes, rest) = space.as_chunks_mut::<3>();
    let (sixteens, fours) = fours.as_chunks::<4>();
    let (twelves, threes) = threes.as_chunks_mut::<4>();
    let mut odd = 0;
    // Two wide stores for twelve bytes: a quarter less time than a store for each byte.
    for (sixteen, twelve) in sixteens.iter().zip(twelves) {
        let [a, b, c, d] = sixteen.map(together);
        odd |= a | b | c | d;
        let (eight, four) = twelve.as_flattened_mut().split_at_mut(8);
        let bits = u64::from(a) | u64::from(b) << 24 | u64::from(c) << 48;
        eight.copy_from_slice(&bits.to_le_bytes());
        four.copy_from_slice(&(c >> 16 | d << 8).to_le_bytes());
    }
    for (four, three) in fours.iter().zip(threes) {
        let bits = together(*four);
        odd |= bits;
        [three[0], three[1], three[2], _] = bits.to_le_bytes();
    }
    (odd & ODD == 0 && decode_last(last, rest)?).then_some(space)
}

/// Decodes the two or three characters behind the last four; whether they, and the bits of theirs that no byte has, are as they must be.
fn decode_last(last: &[u8], rest: &mut [u8]) -> Option<bool> {
    let four = match *last {
        [] => return Some(true),
        [a, b] => [a, b, b'A', b'A'],
        [a, b, c] => [a, b, c, b'A'],
        _ => return None,
    };
    let bits = together(four).to_le_bytes();
    let (used, unused) = bits.split_at_checked(rest.len())?;
    rest.copy_from_slice(used);
    Some(unused.iter().all(|byte| *byte == 0))
}

/// The 24 bits of four characters, the first byte lowest, or [`ODD`] among others.
#[expect(clippy::indexing_slicing, reason = "a byte is less than 256")]
#[inline]
fn together([a, b, c, d]: [u8; 4]) -> u32 {
    BITS[0][usize::from(a)] | BITS[1][usize::from(b)] | BITS[2][usize::from(c)] | BITS[3][usize::from(d)]
}

/// Marks what is no character of the alphabet.
const ODD: u32 = 1 << 31;

/// What each character contributes at each place of four.
static BITS: [[u32; 256]; 4] = [bits(18), bits(12), bits(6), bits(0)];

#[expect(clippy::indexing_slicing, reason = "at compile time")]
const fn bits(shift: u32) -> [u32; 256] {
    const ALPHABET: [u8; 64] = *b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut bits = [ODD; 256];
    let mut value = 0_u32;
    while value < 64 {
        // Swapped at compile time, so that the three bytes come out in order.
        bits[ALPHABET[value as usize] as usize] = (value << shift).swap_bytes() >> 8;
        value += 1;
    }
    bits
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use proptest::prelude::*;

    fn check(text: &str) {
        let mut space = [0; 128];
        let expected = URL_SAFE_NO_PAD.decode(text).ok();
        assert_eq!(decode(text, &mut space).map(<[u8]>::to_vec), expected, "{text:?}");
    }

    #[test]
    fn it_agrees_with_the_base64_crate_on_every_short_text() {
        let characters = || (0..=0x7f_u8).map(char::from).chain(['é', '\u{ff}']);
        check("");
        for a in characters() {
            check(&format!("{a}"));
            for b in characters() {
                check(&format!("{a}{b}"));
                check(&format!("A{a}{b}"));
                check(&format!("AAA{a}{b}AA"));
                check(&format!("{}{a}{b}{}", "x".repeat(30), "y".repeat(34)));
            }
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        assert_eq!(decode("AAAA", &mut [0; 2]), None);
        assert_eq!(decode("AAAA", &mut [0; 3]), Some([0; 3].as_slice()));
        assert_eq!(length_of(3), 4);
        assert_eq!(length_of(32), 43);
    }

    proptest! {
        #[test]
        fn it_agrees_with_the_base64_crate(text in "[A-Za-z0-9_-]{0,160}|[ -~]{0,12}") {
            check(&text);
        }

        #[test]
        fn bytes_are_read_back(bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
            check(&URL_SAFE_NO_PAD.encode(&bytes));
        }
    }
}
