//! Access tokens (RFC 9068, as JWS compact): minted by who holds a signing key, checked by whoever holds the verifying one, asking nobody.
//!
//! The verifier is strict and small. It reads the JSON that [`SigningKey::mint`] writes and refuses what merely decodes to the same; it takes
//! no key and no instruction from a token; it does work in proportion to the token's length, the cheap checks first.

mod algorithm;
mod base64url;
mod claims;
mod json;
mod jwks;
mod key_set;
mod pem;
mod public_key;
mod rejected;
mod secret;
mod signing_key;
mod verified;
mod verifier;
mod verifying_key;

pub use algorithm::Algorithm;
pub use claims::{Claims, TokenId};
pub use jwks::BadJwks;
pub use key_set::KeySet;
pub use rejected::Rejected;
pub(crate) use secret::judged_secret;
pub use signing_key::{BadKey, SigningKey};
pub use verified::{Strings, Verified};
pub use verifier::{Expect, Scratch, Verifier};
pub use verifying_key::VerifyingKey;

#[cfg(test)]
mod rfc_tests;

/// The longest token that is looked at, in bytes.
pub const TOKEN_BYTES: usize = 8 * 1024;
/// The longest header that is read, in bytes of JSON.
const HEADER_BYTES: usize = 512;
/// The longest claims that are read, and written, in bytes of JSON.
const CLAIMS_BYTES: usize = 4 * 1024 - HEADER_BYTES;
/// The longest signature there is: of an RSA key of 8,192 bits.
const SIGNATURE_BYTES: usize = 1_024;
