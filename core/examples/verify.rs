//! Measures what checking a token costs, beside the bare signature and beside `jsonwebtoken`: `cargo run --release -p bitjang-core --example verify`.
//!
//! Medians of alternating rounds in one process, in nanoseconds; the ratios are what to look at.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a measurement, not a server"
)]

use std::hint::black_box;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use aws_lc_rs::hmac;
use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ED25519, EcdsaKeyPair, Ed25519KeyPair,
    KeyPair as _, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bitjang_core::account::Roles;
use bitjang_core::token::{Algorithm, Claims, Expect, KeySet, Scratch, SigningKey, TokenId, Verifier};
use bitjang_core::{AccountId, Entropy, SessionId, Time};
use jsonwebtoken::{DecodingKey, Validation};

const ROUNDS: usize = 61;

fn main() {
    println!(
        "{:<8} {:>6} {:>9} {:>9} {:>13} {:>10} {:>16}",
        "", "bytes", "bare", "ours", "jsonwebtoken", "ours/bare", "jsonwebtoken/ours"
    );
    let only = std::env::args().nth(1);
    for algorithm in
        Algorithm::ALL.into_iter().filter(|known| only.as_ref().is_none_or(|name| name == known.as_str()))
    {
        let case = Case::new(algorithm);
        let [bare, ours, theirs] = case.medians();
        println!(
            "{:<8} {:>6} {bare:>9.0} {ours:>9.0} {theirs:>13.0} {:>10.2} {:>16.1}",
            algorithm.as_str(),
            case.token.len(),
            ours / bare,
            theirs / ours
        );
    }
}

struct Dice(SystemRandom);

impl Entropy for Dice {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.fill(bytes).unwrap();
    }
}

enum Bare {
    Mac(Box<hmac::Key>),
    Signature(ParsedPublicKey),
}

/// One algorithm: the same claims for all three.
struct Case {
    token: String,
    theirs: String,
    keys: KeySet,
    verifier: Verifier,
    now: Time,
    bare: Bare,
    signature: Vec<u8>,
    decoding: DecodingKey,
    validation: Validation,
}

impl Case {
    fn new(algorithm: Algorithm) -> Self {
        let dice = Dice(SystemRandom::new());
        let key = SigningKey::generate(algorithm, &dice).unwrap();
        let claims = claims(&dice);
        let token = key.mint(&claims).unwrap();
        let expect = Expect {
            issuer: claims.issuer.clone(),
            audience: claims.audience.clone(),
            leeway: Duration::from_secs(5),
        };
        let signature = URL_SAFE_NO_PAD.decode(token.rsplit('.').next().unwrap()).unwrap();
        let (bare, decoding, jose) = elsewhere(&key);
        let mut validation = Validation::new(jose);
        validation.set_audience(&[&claims.audience]);
        validation.set_issuer(&[&claims.issuer]);
        Self {
            theirs: respelled(&token, &key),
            token,
            keys: KeySet::new([key.public().clone()]),
            verifier: Verifier::new(expect),
            now: claims.issued_at,
            bare,
            signature,
            decoding,
            validation,
        }
    }

    /// Nanoseconds of the bare check, of ours, and of `jsonwebtoken`'s.
    fn medians(&self) -> [f64; 3] {
        let message = self.token.rsplit_once('.').unwrap().0.as_bytes();
        let mut scratch = Scratch::default();
        let mut times: [Vec<f64>; 3] = Default::default();
        for _ in 0..ROUNDS {
            times[0].push(per_turn(|| match &self.bare {
                Bare::Mac(key) => hmac::verify(key, black_box(message), &self.signature).unwrap(),
                Bare::Signature(key) => key.verify_sig(black_box(message), &self.signature).unwrap(),
            }));
            times[1].push(per_turn(|| {
                let verified =
                    self.verifier.verify(&self.keys, black_box(&self.token), self.now, &mut scratch);
                assert!(black_box(verified.unwrap()).has_role("moderator"));
            }));
            times[2].push(per_turn(|| {
                let decoded = jsonwebtoken::decode::<AppClaims>(
                    black_box(&self.theirs),
                    &self.decoding,
                    &self.validation,
                );
                assert!(black_box(decoded.unwrap()).claims.roles.iter().any(|role| role == "moderator"));
            }));
        }
        times.map(|mut times| {
            times.sort_by(f64::total_cmp);
            times[ROUNDS / 2]
        })
    }
}

/// What an app has `jsonwebtoken` read into.
#[derive(serde::Deserialize)]
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

fn per_turn(mut turn: impl FnMut()) -> f64 {
    let turns = 200;
    let begun = Instant::now();
    for _ in 0..turns {
        turn();
    }
    begun.elapsed().as_secs_f64() * 1e9 / f64::from(turns)
}

fn claims(dice: &dyn Entropy) -> Claims {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let now = Time::from_micros(i64::try_from(since.as_micros()).unwrap());
    Claims {
        issuer: "https://id.example.org".into(),
        audience: "https://api.example.org".into(),
        account: AccountId::generate(dice, now),
        session: SessionId::generate(dice),
        epoch: 1,
        id: TokenId::generate(dice),
        client_id: "bitjang".into(),
        issued_at: now,
        expires_at: now.plus(Duration::from_secs(300)),
        authenticated_at: now,
        methods: vec!["pwd".into()],
        roles: Roles::new(["moderator", "member"]).unwrap(),
    }
}

/// The same key for the bare check and for `jsonwebtoken`.
fn elsewhere(key: &SigningKey) -> (Bare, DecodingKey, jsonwebtoken::Algorithm) {
    let stored = key.to_stored();
    match key.algorithm() {
        Algorithm::Ed25519 => {
            let pair = Ed25519KeyPair::from_pkcs8(stored).unwrap();
            let public = pair.public_key().as_ref();
            let bare = ParsedPublicKey::new(&ED25519, public).unwrap();
            (Bare::Signature(bare), DecodingKey::from_ed_der(public), jsonwebtoken::Algorithm::EdDSA)
        }
        Algorithm::Es256 => {
            let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, stored).unwrap();
            let public = pair.public_key().as_ref();
            let bare = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, public).unwrap();
            (Bare::Signature(bare), DecodingKey::from_ec_der(public), jsonwebtoken::Algorithm::ES256)
        }
        Algorithm::Rs256 => {
            let pair = RsaKeyPair::from_pkcs8(stored).unwrap();
            let public = pair.public_key().as_ref();
            let bare = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public).unwrap();
            (Bare::Signature(bare), DecodingKey::from_rsa_der(public), jsonwebtoken::Algorithm::RS256)
        }
        Algorithm::Hs256 => {
            let bare = Box::new(hmac::Key::new(hmac::HMAC_SHA256, stored));
            (Bare::Mac(bare), DecodingKey::from_secret(stored), jsonwebtoken::Algorithm::HS256)
        }
    }
}

/// The token as `jsonwebtoken` can read it: it knows Ed25519 by its old name only.
fn respelled(token: &str, key: &SigningKey) -> String {
    if key.algorithm() != Algorithm::Ed25519 {
        return token.to_owned();
    }
    let claims = token.split('.').nth(1).unwrap();
    let header = format!(r#"{{"alg":"EdDSA","kid":"{}","typ":"at+jwt"}}"#, key.kid());
    let message = format!("{}.{claims}", URL_SAFE_NO_PAD.encode(header));
    let signature = Ed25519KeyPair::from_pkcs8(key.to_stored()).unwrap().sign(message.as_bytes());
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}
