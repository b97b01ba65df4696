//! base64url without padding (RFC 4648, section 5), strict: one spelling for each value.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The text of `bytes`.
pub(crate) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The same text behind what `text` has already.
pub(crate) fn append(bytes: &[u8], text: &mut String) {
    URL_SAFE_NO_PAD.encode_string(bytes, text);
}

/// The same text in `room`, which must be of its length; empty if it is not.
pub(crate) fn spell<'a>(bytes: &[u8], room: &'a mut [u8]) -> &'a str {
    let written = URL_SAFE_NO_PAD.encode_slice(bytes, room).unwrap_or_default();
    room.get(..written).and_then(|text| std::str::from_utf8(text).ok()).unwrap_or_default()
}

/// The `N` bytes that `text` spells; nothing if it spells another number of them or is not canonical.
pub(crate) fn decode<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    if text.len() != (N * 4).div_ceil(3) {
        return None;
    }
    let written = URL_SAFE_NO_PAD.decode_slice(text, &mut bytes).ok()?;
    (written == N).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_has_one_spelling() {
        assert_eq!(decode::<1>("AA"), Some([0]));
        for odd in ["AB", "AA==", "A", "AAA", "A ", "", "A\n"] {
            assert_eq!(decode::<1>(odd), None, "{odd:?}");
        }
    }
}
