//! What checking a token is held against: the bare signature, which everybody has to check, and `jsonwebtoken`, which most would take.

use std::hint::black_box;

use ::hmac::{Hmac, KeyInit as _, Mac as _};
use anyhow::{Context as _, Result};
use aws_lc_rs::hmac;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ED25519, EcdsaKeyPair, Ed25519KeyPair,
    KeyPair as _, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bitjang_bench::ISSUER;
use bitjang_core::token::{Algorithm, SigningKey};
use jsonwebtoken::{DecodingKey, Validation};
use serde::Deserialize;
use sha2::Sha256;

/// Who checks a bare signature.
#[derive(Clone, Copy)]
pub(crate) enum Bare {
    /// AWS-LC.
    AwsLc,
    /// `RustCrypto`; HMAC only.
    RustCrypto,
}

/// Says whether the signature is good.
type Check = Box<dyn Fn() -> bool>;

impl Bare {
    /// Checks the signature of `token` and nothing else: the key is prepared, the signature decoded.
    pub(crate) fn check(self, key: &SigningKey, token: &str) -> Result<Check> {
        let (message, signature) = token.rsplit_once('.').context("a token without a signature")?;
        let (message, signature) = (message.as_bytes().to_vec(), URL_SAFE_NO_PAD.decode(signature)?);
        Ok(match (key.algorithm(), self) {
            (Algorithm::Hs256, Self::RustCrypto) => {
                let key = Hmac::<Sha256>::new_from_slice(key.to_stored())?;
                Box::new(move || {
                    let mac = key.clone().chain_update(black_box(&message));
                    mac.verify_slice(&signature).is_ok()
                })
            }
            (Algorithm::Hs256, Self::AwsLc) => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, key.to_stored());
                Box::new(move || hmac::verify(&key, black_box(&message), &signature).is_ok())
            }
            _ => {
                let key = public(key)?;
                Box::new(move || key.verify_sig(black_box(&message), &signature).is_ok())
            }
        })
    }
}

/// The public half of a pair of keys.
fn public(key: &SigningKey) -> Result<ParsedPublicKey> {
    let bytes = public_bytes(key)?;
    Ok(match key.algorithm() {
        Algorithm::Es256 => ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, bytes)?,
        Algorithm::Rs256 => ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, bytes)?,
        Algorithm::Ed25519 | Algorithm::Hs256 => ParsedPublicKey::new(&ED25519, bytes)?,
    })
}

fn public_bytes(key: &SigningKey) -> Result<Vec<u8>> {
    let stored = key.to_stored();
    Ok(match key.algorithm() {
        Algorithm::Ed25519 => Ed25519KeyPair::from_pkcs8(stored)?.public_key().as_ref().to_vec(),
        Algorithm::Es256 => {
            let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, stored)?;
            pair.public_key().as_ref().to_vec()
        }
        Algorithm::Rs256 => RsaKeyPair::from_pkcs8(stored)?.public_key().as_ref().to_vec(),
        Algorithm::Hs256 => stored.to_vec(),
    })
}

/// `jsonwebtoken`, asked the same.
pub(crate) struct JsonWebToken {
    token: String,
    key: DecodingKey,
    validation: Validation,
}

impl JsonWebToken {
    /// Ready to check `token`.
    pub(crate) fn new(key: &SigningKey, token: &str) -> Result<Self> {
        let bytes = public_bytes(key)?;
        let (decoding, algorithm) = match key.algorithm() {
            Algorithm::Ed25519 => (DecodingKey::from_ed_der(&bytes), jsonwebtoken::Algorithm::EdDSA),
            Algorithm::Es256 => (DecodingKey::from_ec_der(&bytes), jsonwebtoken::Algorithm::ES256),
            Algorithm::Rs256 => (DecodingKey::from_rsa_der(&bytes), jsonwebtoken::Algorithm::RS256),
            Algorithm::Hs256 => (DecodingKey::from_secret(&bytes), jsonwebtoken::Algorithm::HS256),
        };
        let mut validation = Validation::new(algorithm);
        validation.set_audience(&[ISSUER]);
        validation.set_issuer(&[ISSUER]);
        Ok(Self { token: respelled(token, key)?, key: decoding, validation })
    }

    /// Whether it takes the token.
    pub(crate) fn is_good(&self) -> bool {
        let decoded = jsonwebtoken::decode::<AppClaims>(black_box(&self.token), &self.key, &self.validation);
        black_box(decoded).is_ok_and(|decoded| decoded.claims.roles.iter().any(|role| role == "moderator"))
    }
}

/// What an app has `jsonwebtoken` read into.
#[derive(Deserialize)]
#[expect(dead_code, reason = "read to be measured")]
struct AppClaims {
    iss: String,
    sub: String,
    aud: String,
    exp: u64,
    iat: u64,
    jti: String,
    client_id: String,
    sid: String,
    auth_time: u64,
    amr: Vec<String>,
    roles: Vec<String>,
    epoch: u64,
}

/// The token as `jsonwebtoken` can read it: it knows Ed25519 by its old name only.
fn respelled(token: &str, key: &SigningKey) -> Result<String> {
    if key.algorithm() != Algorithm::Ed25519 {
        return Ok(token.to_owned());
    }
    let claims = token.split('.').nth(1).context("a token without claims")?;
    let header = format!(r#"{{"alg":"EdDSA","kid":"{}","typ":"at+jwt"}}"#, key.kid());
    let message = format!("{}.{claims}", URL_SAFE_NO_PAD.encode(header));
    let signature = Ed25519KeyPair::from_pkcs8(key.to_stored())?.sign(message.as_bytes());
    Ok(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
}
