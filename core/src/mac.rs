//! HMAC-SHA256 (RFC 2104, FIPS 180-4), with what depends on the key alone worked out once.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::secret::prints_as_its_name;

/// A key that makes and checks tags of 32 bytes. Wiped when dropped.
#[derive(Clone)]
pub(crate) struct MacKey(Hmac<Sha256>);

prints_as_its_name!(MacKey);

impl MacKey {
    /// The key with this secret.
    pub(crate) fn new(secret: &[u8]) -> Self {
        #[expect(
            clippy::expect_used,
            reason = "of a secret longer than a block RFC 2104 takes the hash, so no length is refused"
        )]
        Self(Hmac::new_from_slice(secret).expect("HMAC takes a key of any length"))
    }

    /// The tag of all `parts`, one after the other.
    pub(crate) fn tag(&self, parts: &[&[u8]]) -> [u8; 32] {
        self.over(parts).finalize().into_bytes().into()
    }

    /// Whether `tag` is the tag of all `parts`; in constant time.
    pub(crate) fn confirms(&self, parts: &[&[u8]], tag: &[u8]) -> bool {
        self.over(parts).verify_slice(tag).is_ok()
    }

    fn over(&self, parts: &[&[u8]]) -> Hmac<Sha256> {
        let mut mac = self.0.clone();
        for part in parts {
            mac.update(part);
        }
        mac
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231, sections 4.3 and 4.7: a short key, and one longer than a block.
    #[test]
    fn tags_are_those_of_the_rfc() {
        let short = MacKey::new(b"Jefe").tag(&[b"what do ya want ", b"for nothing?"]);
        assert_eq!(short[..8], [0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e]);
        let long =
            MacKey::new(&[0xaa; 131]).tag(&[b"Test Using Larger Than Block-Size Key - Hash Key First"]);
        assert_eq!(long[..8], [0x60, 0xe4, 0x31, 0x59, 0x1e, 0xe0, 0xb6, 0x7f]);
    }

    #[test]
    fn a_tag_is_good_for_its_key_and_message_only() {
        let (mine, theirs) = (MacKey::new(&[1; 32]), MacKey::new(&[2; 32]));
        let tag = mine.tag(&[b"message"]);
        assert!(mine.confirms(&[b"mess", b"age"], &tag));
        assert!(!mine.confirms(&[b"massage"], &tag));
        assert!(!theirs.confirms(&[b"message"], &tag));
        assert!(!mine.confirms(&[b"message"], &tag[..31]));
        assert!(!mine.confirms(&[b"message"], b""));
    }
}
