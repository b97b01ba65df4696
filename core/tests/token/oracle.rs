//! A second opinion on tokens: `jsonwebtoken`, which shares with us the cryptographic library and nothing else.
//!
//! Shared by the tests and by the fuzz target. Time is left out of the comparison: it reads the clock of the machine.

use std::sync::OnceLock;

use bitjang_core::testing::at;
use bitjang_core::token::{Algorithm, Rejected, Scratch, Verified};
use jsonwebtoken::{DecodingKey, Validation};
use serde_json::Value;

use crate::support::{AUDIENCE, BASE64, ISSUER, NOW, header, key, keys, part, signed, verifier};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RsaKeyPair,
};
use base64::Engine as _;

/// What we say of `token`, after making sure that the second opinion is no stricter, and reads the same in it.
pub(crate) fn verdict(token: &str) -> Result<(), Rejected> {
    let mut scratch = Scratch::default();
    let ours = verifier().verify(&keys(), token, at(NOW), &mut scratch)?;
    let theirs = theirs(token).unwrap_or_else(|| panic!("accepted by us alone: {token}"));
    agree(&ours, &theirs);
    Ok(())
}

/// The claims, if `jsonwebtoken` accepts the token.
pub(crate) fn theirs(token: &str) -> Option<Value> {
    let header: Value = serde_json::from_str(&text(token, 0)?).ok()?;
    let algorithm: Algorithm = header["alg"].as_str()?.parse().ok()?;
    let (key, jose) = decoding(algorithm);
    if header["alg"] == "Ed25519" {
        return older_name(token, &key);
    }
    let mut validation = Validation::new(jose);
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&[AUDIENCE]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    validation.validate_exp = false;
    jsonwebtoken::decode::<Value>(token, &key, &validation).ok().map(|token| token.claims)
}

/// A token that names Ed25519 as RFC 9864 does, which `jsonwebtoken` does not know: only its signature and its JSON are checked.
fn older_name(token: &str, key: &DecodingKey) -> Option<Value> {
    let (message, signature) = token.rsplit_once('.')?;
    let good =
        jsonwebtoken::crypto::verify(signature, message.as_bytes(), key, jsonwebtoken::Algorithm::EdDSA);
    good.ok().filter(|good| *good)?;
    serde_json::from_str(&text(token, 1)?).ok()
}

fn text(token: &str, index: usize) -> Option<String> {
    String::from_utf8(BASE64.decode(token.split('.').nth(index)?).ok()?).ok()
}

fn agree(ours: &Verified<'_>, theirs: &Value) {
    assert_eq!(theirs["iss"], ISSUER);
    assert_eq!(theirs["sub"], ours.account.to_string());
    assert_eq!(theirs["sid"], ours.session.to_string());
    assert_eq!(theirs["jti"], ours.id);
    assert_eq!(theirs["client_id"], ours.client_id);
    assert_eq!(theirs["epoch"], ours.epoch);
    for (name, time) in
        [("exp", ours.expires_at), ("iat", ours.issued_at), ("auth_time", ours.authenticated_at)]
    {
        assert_eq!(theirs[name], time.as_micros() / 1_000_000);
    }
    assert_eq!(theirs["roles"], ours.roles().iter().collect::<Value>());
    assert_eq!(theirs["amr"], ours.methods().iter().collect::<Value>());
    assert!(theirs["aud"] == AUDIENCE || theirs["aud"].as_array().unwrap().contains(&AUDIENCE.into()));
}

fn decoding(algorithm: Algorithm) -> (DecodingKey, jsonwebtoken::Algorithm) {
    static KEYS: [OnceLock<DecodingKey>; 4] = [const { OnceLock::new() }; 4];
    let index = Algorithm::ALL.iter().position(|known| *known == algorithm).unwrap();
    let (make, jose): (fn(&[u8]) -> DecodingKey, _) = match algorithm {
        Algorithm::Ed25519 => (ed25519, jsonwebtoken::Algorithm::EdDSA),
        Algorithm::Es256 => (es256, jsonwebtoken::Algorithm::ES256),
        Algorithm::Rs256 => (rs256, jsonwebtoken::Algorithm::RS256),
        Algorithm::Hs256 => (DecodingKey::from_secret, jsonwebtoken::Algorithm::HS256),
    };
    (KEYS[index].get_or_init(|| make(key(algorithm).to_stored())).clone(), jose)
}

fn ed25519(stored: &[u8]) -> DecodingKey {
    DecodingKey::from_ed_der(Ed25519KeyPair::from_pkcs8(stored).unwrap().public_key().as_ref())
}

fn es256(stored: &[u8]) -> DecodingKey {
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, stored).unwrap();
    DecodingKey::from_ec_der(pair.public_key().as_ref())
}

fn rs256(stored: &[u8]) -> DecodingKey {
    DecodingKey::from_rsa_der(RsaKeyPair::from_pkcs8(stored).unwrap().public_key().as_ref())
}

/// Tries what a fuzzer made, in each place where it could do harm: as the token, and, genuinely signed, as its header and as its claims.
pub(crate) fn probe(bytes: &[u8]) {
    let hs256 = key(Algorithm::Hs256);
    if let Ok(text) = str::from_utf8(bytes) {
        let _ = verdict(text);
    }
    let minted = hs256.mint(&crate::support::claims()).unwrap();
    let _ = verdict(&signed(hs256, bytes, part(&minted, 1)));
    let _ = verdict(&signed(hs256, header(hs256), bytes));
}
