//! Identifiers: the canonical form is its own canonical form, is bounded, and can be seen.

use bitjang_core::Identifier;
use bitjang_core::identifier::MAX_BYTES;

pub(crate) fn probe(bytes: &[u8]) {
    let Ok(typed) = str::from_utf8(bytes) else { return };
    let Ok(identifier) = Identifier::new(typed) else { return };
    let canonical = identifier.as_str();
    assert_eq!(Identifier::new(canonical), Ok(identifier.clone()), "{typed:?}");
    assert_eq!(Identifier::new(&format!(" {typed}\n")), Ok(identifier.clone()), "{typed:?}");
    assert!(!canonical.is_empty() && canonical.len() <= MAX_BYTES, "{typed:?}");
    assert!(!canonical.chars().any(|c| c.is_control() || c.is_whitespace()), "{typed:?}");
    if typed.is_ascii() {
        for spelling in [typed.to_ascii_uppercase(), typed.to_ascii_lowercase()] {
            assert_eq!(Identifier::new(&spelling), Ok(identifier.clone()), "{typed:?}");
        }
    }
}
