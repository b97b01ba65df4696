//! The public half of a key: its parts, its thumbprint, and the form in which the cryptographic library takes it.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
};

use super::{Algorithm, BadKey};
use crate::encoding::encode;

/// The parts of a public key, as a JWK names them (RFC 7518, section 6; RFC 8037, section 2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PublicKey {
    Ed25519 { x: [u8; 32] },
    P256 { x: [u8; 32], y: [u8; 32] },
    Rsa { n: Vec<u8>, e: Vec<u8> },
}

impl PublicKey {
    /// The one algorithm that a key of this kind serves.
    pub(super) const fn algorithm(&self) -> Algorithm {
        match self {
            Self::Ed25519 { .. } => Algorithm::Ed25519,
            Self::P256 { .. } => Algorithm::Es256,
            Self::Rsa { .. } => Algorithm::Rs256,
        }
    }

    /// How many bytes each of its signatures has.
    pub(super) fn signature_bytes(&self) -> usize {
        match self {
            Self::Ed25519 { .. } | Self::P256 { .. } => 64,
            Self::Rsa { n, .. } => n.len(),
        }
    }

    /// The members that make it this key and no other, in the order of RFC 7638.
    pub(super) fn required_members(&self) -> String {
        match self {
            Self::Ed25519 { x } => format!(r#""crv":"Ed25519","kty":"OKP","x":"{}""#, encode(x)),
            Self::P256 { x, y } => {
                format!(r#""crv":"P-256","kty":"EC","x":"{}","y":"{}""#, encode(x), encode(y))
            }
            Self::Rsa { n, e } => format!(r#""e":"{}","kty":"RSA","n":"{}""#, encode(e), encode(n)),
        }
    }

    /// The key, ready to verify.
    pub(super) fn parsed(&self) -> Result<ParsedPublicKey, BadKey> {
        let parsed = match self {
            Self::Ed25519 { x } => ParsedPublicKey::new(&ED25519, x),
            Self::P256 { x, y } => {
                let point = [[4].as_slice(), x, y].concat();
                ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
            }
            Self::Rsa { n, e } if is_strong(n, e) => {
                RsaPublicKeyComponents { n, e }.to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)
            }
            Self::Rsa { .. } => return Err(BadKey::WeakRsa),
        };
        parsed.map_err(|_| BadKey::Unusable)
    }

    /// Reads the point of a P-256 key as X9.62 spells it, uncompressed.
    pub(super) fn from_point(point: &[u8]) -> Option<Self> {
        let (x, y) = point.strip_prefix(&[4])?.split_first_chunk()?;
        Some(Self::P256 { x: *x, y: y.try_into().ok()? })
    }

    /// Reads an `RSAPublicKey` (RFC 8017, appendix A.1.1).
    pub(super) fn from_rsa_der(der: &[u8]) -> Option<Self> {
        let (body, []) = der_element(der, 0x30)? else { return None };
        let (n, rest) = der_element(body, 0x02)?;
        let (e, []) = der_element(rest, 0x02)? else { return None };
        let unsigned = |integer: &[u8]| integer.strip_prefix(&[0]).unwrap_or(integer).to_vec();
        Some(Self::Rsa { n: unsigned(n), e: unsigned(e) })
    }
}

/// SHA-256 of a JWK's required members, as base64url (RFC 7638).
pub(super) fn thumbprint(required_members: &str) -> String {
    encode(digest(&SHA256, format!("{{{required_members}}}").as_bytes()).as_ref())
}

/// Whether the modulus has 2,048 to 8,192 bits and the exponent is an odd number between 3 and 2^32, both without leading zeros.
fn is_strong(n: &[u8], e: &[u8]) -> bool {
    let bits = n.first().map_or(0, |first| n.len() * 8 - first.leading_zeros() as usize);
    let odd = |number: &[u8]| number.last().is_some_and(|last| last & 1 == 1);
    let plain = |number: &[u8]| number.first().is_some_and(|first| *first != 0);
    (2_048..=8_192).contains(&bits) && plain(n) && odd(n) && plain(e) && odd(e) && e.len() <= 4 && e != [1]
}

/// Splits `der` behind its first element, which must have this tag: its content, and the rest.
fn der_element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&length, rest) = der.strip_prefix(&[tag])?.split_first()?;
    if length < 0x80 {
        return rest.split_at_checked(usize::from(length));
    }
    let (long, rest) = rest.split_at_checked(usize::from(length & 0x7f))?;
    let length =
        long.iter().try_fold(0_usize, |sum, &byte| Some(sum.checked_mul(256)? + usize::from(byte)))?;
    rest.split_at_checked(length)
}
