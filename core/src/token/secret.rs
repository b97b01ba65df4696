//! Secrets for HS256: long enough, and nobody else's.

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

use super::BadKey;
use crate::encoding::encode;

/// The fewest bytes: as many as the hash has (RFC 7518, section 3.2).
const SHORTEST: usize = 32;

/// Reads a secret as a person keeps it: base64 in either alphabet, padded or not, white space around it.
pub(super) fn from_base64(text: &str) -> Result<Zeroizing<Vec<u8>>, BadKey> {
    const LENIENT: GeneralPurposeConfig =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let text = text.trim();
    let alphabet = if text.contains(['-', '_']) { &URL_SAFE } else { &STANDARD };
    let secret = GeneralPurpose::new(alphabet, LENIENT).decode(text).map_err(|_| BadKey::NotBase64)?;
    let secret = Zeroizing::new(secret);
    if speaks(text.as_bytes()) { Err(BadKey::WeakSecret) } else { Ok(secret) }
}

/// Reads a secret that somebody brought, and judges it.
pub(crate) fn judged_secret(text: &str) -> Result<Zeroizing<Vec<u8>>, BadKey> {
    let secret = from_base64(text)?;
    judge(&secret).map(|()| secret)
}

/// Refuses a secret that is short, or that somebody could guess.
pub(super) fn judge(secret: &[u8]) -> Result<(), BadKey> {
    if secret.len() < SHORTEST {
        return Err(BadKey::ShortSecret);
    }
    if repeats(secret) || counts(secret) || poor(secret) || speaks(secret) || published(secret) {
        return Err(BadKey::WeakSecret);
    }
    Ok(())
}

/// Whether it is its own beginning, again and again.
fn repeats(secret: &[u8]) -> bool {
    (1..=secret.len() / 2)
        .any(|period| secret.iter().eq(secret.iter().take(period).cycle().take(secret.len())))
}

/// Whether each byte follows from the one before by the same step.
fn counts(secret: &[u8]) -> bool {
    let mut steps = secret.iter().zip(secret.iter().skip(1)).map(|(a, b)| b.wrapping_sub(*a));
    steps.next().is_some_and(|first| steps.all(|step| step == first))
}

/// Whether it is made of so few different bytes that no fair dice threw it.
fn poor(secret: &[u8]) -> bool {
    let mut seen = [false; 256];
    for &byte in secret {
        if let Some(seen) = seen.get_mut(usize::from(byte)) {
            *seen = true;
        }
    }
    seen.iter().filter(|seen| **seen).count() < 10
}

/// Whether it reads like what an example, a tutorial or a hurried person would write.
fn speaks(secret: &[u8]) -> bool {
    let lower = Zeroizing::new(secret.to_ascii_lowercase());
    WORDS.iter().any(|word| lower.windows(word.len()).any(|part| part == word.as_bytes()))
}

fn published(secret: &[u8]) -> bool {
    let text = Zeroizing::new(encode(secret));
    PUBLISHED.contains(&text.as_str())
}

const WORDS: [&str; 12] = [
    "secret",
    "password",
    "passwd",
    "changeme",
    "change-me",
    "change_me",
    "example",
    "qwerty",
    "12345678",
    "abcdefgh",
    "your-",
    "your_",
];

/// Keys printed in RFC 7515 (A.1) and RFC 7520 (3.5, 3.6).
const PUBLISHED: [&str; 3] = [
    "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
    "hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG-Onbc6mxCcYg",
    "AAPapAv4LbFbiVawEjagUBluYqN5rhna-8nuldDvOx8",
];

#[cfg(test)]
mod tests {
    use super::*;
    use base64::engine::general_purpose::STANDARD as BASE64;

    fn check(secret: impl AsRef<[u8]>, expected: Result<(), BadKey>) {
        let text = BASE64.encode(secret.as_ref());
        let got = from_base64(&text).and_then(|secret| judge(&secret));
        assert_eq!(got, expected, "{text}");
    }

    #[test]
    fn a_random_secret_is_good() {
        for text in [
            "7oW0Vg1sEHC5k0g8bqz6cYH3nXJ1m2Dtu9lLrQxZpAk=",
            "7oW0Vg1sEHC5k0g8bqz6cYH3nXJ1m2Dtu9lLrQxZpAk",
            " 7oW0Vg1sEHC5k0g8bqz6cYH3nXJ1m2Dtu9lLrQxZpAk=\n",
            "7oW0Vg1sEHC5k0g8bqz6cYH3nXJ1m2Dtu9lLrQ_Zp-k",
        ] {
            assert_eq!(from_base64(text).and_then(|secret| judge(&secret)), Ok(()), "{text}");
        }
        check("3f9a1c77e2b84d06a5519ce0f2d7b3489b1e6c50d2fa4783", Ok(()));
    }

    #[test]
    fn a_short_secret_is_refused() {
        check([], Err(BadKey::ShortSecret));
        check(b"\x07\x91\x3c\xe2\x55\xa8\x1f\xd0\x6b\x42\x9d\xf3\x28\xc1\x7e\x04\xb9\x60\xda\x33\x8f\x15\xe7\x4a\xc6\x59\x02\xbd\x71\xee\x36", Err(BadKey::ShortSecret));
        check("your-256-bit-secret", Err(BadKey::ShortSecret));
    }

    #[test]
    fn a_well_known_or_patterned_secret_is_refused() {
        for weak in WEAK {
            check(weak, Err(BadKey::WeakSecret));
        }
        check([0; 32], Err(BadKey::WeakSecret));
        check([0xff; 64], Err(BadKey::WeakSecret));
        check((0..32).collect::<Vec<u8>>(), Err(BadKey::WeakSecret));
        check((0..64).rev().collect::<Vec<u8>>(), Err(BadKey::WeakSecret));
        check([[7_u8, 9].repeat(16), vec![7]].concat(), Err(BadKey::WeakSecret));
        check("kQ7zP2mX9vR4tL8wkQ7zP2mX9vR4tL8wkQ7", Err(BadKey::WeakSecret));
        check("iabhcgdfeaihgbdcfeaibhcdgfeihabgcdfeahib", Err(BadKey::WeakSecret));
        for text in PUBLISHED {
            assert_eq!(from_base64(text).and_then(|secret| judge(&secret)), Err(BadKey::WeakSecret));
        }
    }

    #[test]
    fn a_phrase_that_happens_to_be_base64_is_refused() {
        let phrase = "a-string-secret-at-least-256-bits-long-or-even-longer-than-that-";
        assert_eq!(from_base64(phrase), Err(BadKey::WeakSecret));
    }

    #[test]
    fn what_is_not_base64_is_refused() {
        for text in ["!", "ab cd", "é", "a+b_"] {
            assert_eq!(from_base64(text), Err(BadKey::NotBase64), "{text}");
        }
    }

    const WEAK: [&str; 6] = [
        "a-string-secret-at-least-256-bits-long",
        "a-valid-string-secret-that-is-at-least-512-bits-long-which-is-very-long",
        "your-384-bit-secret-your-384-bit-secret-",
        "secretsecretsecretsecretsecretsecret",
        "ThisIsMySuperSecretKeyForJWTSigning!",
        "please-change_me-before-you-go-live!",
    ];
}
