//! Keys, claims, and a forger who signs whatever is asked, for the tests of access tokens.

use std::sync::OnceLock;
use std::time::Duration;

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use base64::Engine as _;
pub(crate) use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use bitjang_core::account::Roles;
use bitjang_core::testing::{Dice, at};
use bitjang_core::token::{
    Algorithm, Claims, Expect, KeySet, Rejected, Scratch, SigningKey, TokenId, Verifier,
};
use bitjang_core::{AccountId, CLOCKS_APART, SessionId, Time};

pub(crate) const ISSUER: &str = "https://id.example.org";
pub(crate) const AUDIENCE: &str = "https://api.example.org";
/// When the tokens of the tests are minted, in seconds.
pub(crate) const NOW: i64 = 2_000_000_000;

/// One key for each algorithm, made once: RSA keys take long.
pub(crate) fn key(algorithm: Algorithm) -> &'static SigningKey {
    static KEYS: [OnceLock<SigningKey>; 4] = [const { OnceLock::new() }; 4];
    let index = Algorithm::ALL.iter().position(|known| *known == algorithm).unwrap();
    KEYS[index].get_or_init(|| SigningKey::generate(algorithm, &Dice::seeded(1)).unwrap())
}

pub(crate) fn keys() -> KeySet {
    KeySet::new(Algorithm::ALL.map(|algorithm| key(algorithm).public().clone()))
}

pub(crate) fn verifier() -> Verifier {
    Verifier::new(Expect {
        issuer: ISSUER.to_owned(),
        audience: AUDIENCE.to_owned(),
        leeway: Duration::from_secs(5),
    })
    .minted_ahead(CLOCKS_APART)
}

pub(crate) fn claims() -> Claims {
    let dice = Dice::seeded(2);
    Claims {
        issuer: ISSUER.to_owned(),
        audience: AUDIENCE.to_owned(),
        account: AccountId::generate(&dice, at(NOW)),
        session: SessionId::generate(&dice),
        epoch: 7,
        id: TokenId::generate(&dice),
        client_id: "bitjang".to_owned(),
        issued_at: at(NOW),
        expires_at: at(NOW + 300),
        authenticated_at: at(NOW - 60),
        methods: vec!["pwd".to_owned()],
        roles: Roles::new(["member", "moderator"]).unwrap(),
    }
}

/// What becomes of `token` at `now`.
pub(crate) fn verdict_at(token: &str, now: Time) -> Result<(), Rejected> {
    verifier().verify(&keys(), token, now, &mut Scratch::default()).map(drop)
}

/// What becomes of `token`.
pub(crate) fn verdict(token: &str) -> Result<(), Rejected> {
    verdict_at(token, at(NOW))
}

/// A genuine signature over `message`.
pub(crate) fn sign(key: &SigningKey, message: &[u8]) -> Vec<u8> {
    let (stored, dice) = (key.to_stored(), SystemRandom::new());
    match key.algorithm() {
        Algorithm::Ed25519 => Ed25519KeyPair::from_pkcs8(stored).unwrap().sign(message).as_ref().to_vec(),
        Algorithm::Es256 => {
            let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, stored).unwrap();
            pair.sign(&dice, message).unwrap().as_ref().to_vec()
        }
        Algorithm::Rs256 => {
            let pair = RsaKeyPair::from_pkcs8(stored).unwrap();
            let mut signature = vec![0; pair.public_modulus_len()];
            pair.sign(&RSA_PKCS1_SHA256, &dice, message, &mut signature).unwrap();
            signature
        }
        Algorithm::Hs256 => hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, stored), message).as_ref().to_vec(),
    }
}

/// A genuine token with any header and any claims.
pub(crate) fn signed(key: &SigningKey, header: impl AsRef<[u8]>, claims: impl AsRef<[u8]>) -> String {
    let message = format!("{}.{}", BASE64.encode(header), BASE64.encode(claims));
    format!("{message}.{}", BASE64.encode(sign(key, message.as_bytes())))
}

/// The header of `key`'s tokens.
pub(crate) fn header(key: &SigningKey) -> String {
    format!(r#"{{"alg":"{}","kid":"{}","typ":"at+jwt"}}"#, key.algorithm(), key.kid())
}

/// Part `index` of a token, decoded.
pub(crate) fn part(token: &str, index: usize) -> String {
    String::from_utf8(BASE64.decode(token.split('.').nth(index).unwrap()).unwrap()).unwrap()
}

/// The claims of [`claims`] as JSON.
pub(crate) fn claims_json() -> String {
    part(&key(Algorithm::Hs256).mint(&claims()).unwrap(), 1)
}

/// What becomes of a genuine token with this header and these claims.
pub(crate) fn check(header: &str, claims: &str) -> Result<(), Rejected> {
    verdict(&signed(key(Algorithm::Hs256), header, claims))
}
