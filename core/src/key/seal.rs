//! Encrypts keys for their rest in a store: AES-256-GCM, a random nonce, and the key's own name bound to it.

use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use zeroize::Zeroizing;

use super::{KeyName, Material};
use crate::secret::prints_as_its_name;
use crate::token::{BadKey, judged_secret};
use crate::{Entropy, Failure};

/// What sealed bytes begin with: no key of ours does, nor could one by chance in less than 2¹²⁸ tries. Behind it: the nonce, the ciphertext, the tag.
const MARK: &[u8; 16] = b"bitjang sealed 1";

/// The operator's key that encrypts the others. Good for 2³² sealings (NIST SP 800-38D, section 8.3); a server makes a handful in a year.
pub struct SealingKey(LessSafeKey);

prints_as_its_name!(SealingKey);

impl SealingKey {
    /// Reads 32 random bytes in base64, either alphabet, padded or not; refuses what somebody could guess.
    pub fn from_base64(text: &str) -> Result<Self, BadKey> {
        let bytes = judged_secret(text)?;
        let key = UnboundKey::new(&AES_256_GCM, &bytes).map_err(|_| BadKey::NotThirtyTwo)?;
        Ok(Self(LessSafeKey::new(key)))
    }

    fn seal(&self, name: &KeyName, clear: &Material, entropy: &dyn Entropy) -> Result<Material, Failure> {
        let nonce: [u8; NONCE_LEN] = entropy.bytes();
        let mut text = Zeroizing::new(clear.0.to_vec());
        let tag = self
            .0
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(name.to_string()),
                &mut text,
            )
            .map_err(|error| Failure::new("seal a key", error))?;
        Ok(Material(Zeroizing::new([MARK, nonce.as_slice(), &text, tag.as_ref()].concat())))
    }

    fn open(&self, name: &KeyName, sealed: &[u8]) -> Option<Material> {
        let (nonce, text) = sealed.split_first_chunk::<NONCE_LEN>()?;
        let mut text = Zeroizing::new(text.to_vec());
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let clear = self.0.open_in_place(nonce, Aad::from(name.to_string()), &mut text).ok()?;
        Some(Material(Zeroizing::new(clear.to_vec())))
    }
}

/// How keys are kept.
#[derive(Clone, Debug, Default)]
pub struct Sealing {
    /// What seals them; nothing when they are kept in the clear.
    pub key: Option<Arc<SealingKey>>,
    /// What sealed them before; they are sealed anew as they are read.
    pub previous: Option<Arc<SealingKey>>,
}

/// Why a key that is kept cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CannotOpen {
    /// It is sealed, and there is nothing to open it with.
    #[error(
        "the keys in this store are encrypted: give the key that encrypts them as `tokens.encryption_key`, \
         best in a file named by BITJANG_TOKENS__ENCRYPTION_KEY_FILE"
    )]
    NoKey,
    /// It is sealed with another key, or not what was sealed.
    #[error(
        "they are encrypted with another key than `tokens.encryption_key`, or damaged: give the right one (when it was changed, the old one as \
         `tokens.previous_encryption_key`), or restore the store from a backup"
    )]
    OtherKey,
}

/// A key as it was read.
pub(super) enum Opened {
    /// It is kept as it shall be.
    Current(Material),
    /// It is kept in the clear, or under the previous key: seal it anew.
    Outdated(Material),
}

impl Sealing {
    /// The key as it shall be kept.
    pub(super) fn close(
        &self,
        name: &KeyName,
        clear: &Material,
        entropy: &dyn Entropy,
    ) -> Result<Material, Failure> {
        self.key.as_ref().map_or_else(|| Ok(clear.clone()), |key| key.seal(name, clear, entropy))
    }

    /// The key from what is kept.
    pub(super) fn open(&self, name: &KeyName, kept: &Material) -> Result<Opened, CannotOpen> {
        let sealed = kept.0.strip_prefix(MARK);
        match (sealed, &self.key) {
            (None, None) => Ok(Opened::Current(kept.clone())),
            (None, Some(_)) => Ok(Opened::Outdated(kept.clone())),
            (Some(_), None) => Err(CannotOpen::NoKey),
            (Some(sealed), Some(key)) => {
                let current = key.open(name, sealed).map(Opened::Current);
                let outdated = || Some(Opened::Outdated(self.previous.as_ref()?.open(name, sealed)?));
                current.or_else(outdated).ok_or(CannotOpen::OtherKey)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::Purpose;
    use crate::testing::Dice;
    use crate::token::Algorithm;

    const CSRF: KeyName = KeyName::Purpose(Purpose::Csrf);

    fn key(byte: u8) -> SealingKey {
        SealingKey(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &[byte; 32]).unwrap()))
    }

    fn sealing(key: Option<SealingKey>, previous: Option<SealingKey>) -> Sealing {
        Sealing { key: key.map(Arc::new), previous: previous.map(Arc::new) }
    }

    fn material(bytes: &[u8]) -> Material {
        Material(Zeroizing::new(bytes.to_vec()))
    }

    fn sealed() -> Material {
        sealing(Some(key(1)), None).close(&CSRF, &material(&[7; 32]), &Dice::seeded(1)).unwrap()
    }

    fn read(
        sealing: &Sealing,
        name: &KeyName,
        kept: &Material,
    ) -> Result<(&'static str, Vec<u8>), CannotOpen> {
        Ok(match sealing.open(name, kept)? {
            Opened::Current(clear) => ("current", clear.0.to_vec()),
            Opened::Outdated(clear) => ("outdated", clear.0.to_vec()),
        })
    }

    #[test]
    fn a_sealed_key_is_opened_by_its_key_alone_and_shows_nothing() {
        let kept = sealed();
        assert!(!kept.0.windows(4).any(|bytes| bytes == [7; 4]));
        let (mine, none) = (sealing(Some(key(1)), None), Sealing::default());
        assert_eq!(read(&mine, &CSRF, &kept), Ok(("current", vec![7; 32])));
        assert_eq!(read(&sealing(Some(key(2)), None), &CSRF, &kept), Err(CannotOpen::OtherKey));
        assert_eq!(read(&none, &CSRF, &kept), Err(CannotOpen::NoKey));
    }

    #[test]
    fn what_was_kept_otherwise_is_read_and_known_to_be_outdated() {
        let changed = sealing(Some(key(2)), Some(key(1)));
        assert_eq!(read(&changed, &CSRF, &sealed()), Ok(("outdated", vec![7; 32])));
        assert_eq!(read(&changed, &CSRF, &material(&[9; 32])), Ok(("outdated", vec![9; 32])));
        assert_eq!(read(&Sealing::default(), &CSRF, &material(&[9; 32])), Ok(("current", vec![9; 32])));
    }

    #[test]
    fn a_sealed_key_is_good_in_its_own_place_only() {
        let (mine, signer) = (sealing(Some(key(1)), None), |algorithm, kid: &str| KeyName::Signer {
            algorithm,
            kid: kid.to_owned(),
        });
        let here = signer(Algorithm::Es256, "a");
        let kept = mine.close(&here, &material(b"der"), &Dice::seeded(1)).unwrap();
        assert_eq!(read(&mine, &here, &kept), Ok(("current", b"der".to_vec())));
        for elsewhere in [
            signer(Algorithm::Es256, "b"),
            signer(Algorithm::Ed25519, "a"),
            CSRF,
            KeyName::Purpose(Purpose::RefreshTag),
        ] {
            assert_eq!(read(&mine, &elsewhere, &kept), Err(CannotOpen::OtherKey), "{elsewhere:?}");
        }
    }

    #[test]
    fn a_sealed_key_that_was_touched_anywhere_is_not_opened() {
        let (mine, kept) = (sealing(Some(key(1)), None), sealed());
        for place in 0..kept.0.len() {
            let mut bytes = kept.0.to_vec();
            bytes[place] ^= 1;
            // Without its mark it passes for a key in the clear, of a length that none has.
            let expected =
                if place < MARK.len() { Ok(("outdated", bytes.clone())) } else { Err(CannotOpen::OtherKey) };
            assert_eq!(read(&mine, &CSRF, &material(&bytes)), expected, "{place}");
        }
        for length in MARK.len()..kept.0.len() {
            assert_eq!(
                read(&mine, &CSRF, &material(&kept.0[..length])),
                Err(CannotOpen::OtherKey),
                "{length}"
            );
        }
    }

    #[test]
    fn no_two_sealings_are_alike() {
        let (mine, dice) = (sealing(Some(key(1)), None), Dice::seeded(1));
        let seal = || mine.close(&CSRF, &material(&[7; 32]), &dice).unwrap();
        assert_ne!(seal().0, seal().0);
    }

    #[test]
    fn a_sealing_key_is_thirty_two_bytes_that_nobody_guesses() {
        let read = |text: &str| SealingKey::from_base64(text).map(|key| format!("{key:?}"));
        assert_eq!(read("7oW0Vg1sEHC5k0g8bqz6cYH3nXJ1m2Dtu9lLrQxZpAk=\n").as_deref(), Ok("SealingKey(…)"));
        assert_eq!(read("7oW0Vg1sEHC5k0g8bqz6cYH3nXJ1m2Dtu9lLrQxZpAkA"), Err(BadKey::NotThirtyTwo));
        assert_eq!(read("7oW0Vg1sEHC5k0g8bqz6cQ=="), Err(BadKey::ShortSecret));
        assert_eq!(read(&"A".repeat(43)), Err(BadKey::WeakSecret));
        assert_eq!(read("not base64!"), Err(BadKey::NotBase64));
    }
}
