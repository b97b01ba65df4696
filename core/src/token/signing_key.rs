//! The key that mints: how it is made, brought along, and kept.

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::error::{KeyRejected, Unspecified};
use aws_lc_rs::pkcs8;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
};
use zeroize::Zeroizing;

use super::public_key::PublicKey;
use super::{Algorithm, VerifyingKey, pem, secret};
use crate::mac::MacKey;
use crate::secret::prints_as_its_name;
use crate::{Entropy, Failure};

/// A key that signs, by one algorithm. Wiped when dropped.
pub struct SigningKey {
    pair: Pair,
    stored: Zeroizing<Vec<u8>>,
    verifying: VerifyingKey,
}

prints_as_its_name!(SigningKey);

enum Pair {
    Ed25519(Ed25519KeyPair),
    Es256(EcdsaKeyPair),
    Rs256(RsaKeyPair),
    Hs256(Box<MacKey>),
}

/// Why something cannot be a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadKey {
    /// Not one unencrypted PKCS#8 block in PEM.
    #[error("expected one unencrypted PKCS#8 key in PEM, from BEGIN PRIVATE KEY to END PRIVATE KEY")]
    NotPem,
    /// Not base64.
    #[error("the secret is not base64")]
    NotBase64,
    /// Damaged, or of a kind that serves none of our algorithms.
    #[error("not a usable Ed25519, P-256 or RSA key")]
    Unusable,
    /// An RSA key of fewer than 2,048 or more than 8,192 bits, or with an odd exponent.
    #[error("an RSA key must have 2,048 to 8,192 bits")]
    WeakRsa,
    /// A secret of fewer than 32 bytes.
    #[error("the secret must have 32 bytes or more; `openssl rand -base64 32` makes one")]
    ShortSecret,
    /// A secret that must have exactly 32 bytes, and has more.
    #[error("the key must have exactly 32 bytes; `openssl rand -base64 32` makes one")]
    NotThirtyTwo,
    /// A secret that is well known, patterned or made of words.
    #[error("the secret is easy to guess; `openssl rand -base64 32` makes one that is not")]
    WeakSecret,
}

impl SigningKey {
    /// A new key. Ed25519 and HS256 come from 32 bytes of `entropy`; P-256 and RSA (2,048 bits) from the cryptographic library's own generator,
    /// which cannot be replaced.
    pub fn generate(algorithm: Algorithm, entropy: &dyn Entropy) -> Result<Self, Failure> {
        const ACTION: &str = "make a signing key";
        let bytes = fresh(algorithm, entropy).map_err(|error| Failure::new(ACTION, error))?;
        Self::from_stored(algorithm, &bytes).map_err(|error| Failure::new(ACTION, error))
    }

    /// Reads a private key that somebody brought: Ed25519, P-256 or RSA, as unencrypted PKCS#8 in PEM. Its kind decides the algorithm.
    pub fn from_pkcs8_pem(text: &str) -> Result<Self, BadKey> {
        let der = pem::private_key(text).ok_or(BadKey::NotPem)?;
        for algorithm in [Algorithm::Ed25519, Algorithm::Es256, Algorithm::Rs256] {
            match Self::from_stored(algorithm, &der) {
                Err(BadKey::Unusable) => {}
                decided => return decided,
            }
        }
        Err(BadKey::Unusable)
    }

    /// Reads an HS256 secret that somebody brought, in base64 (either alphabet, padded or not).
    pub fn from_secret_base64(text: &str) -> Result<Self, BadKey> {
        Self::from_stored(Algorithm::Hs256, &secret::from_base64(text)?)
    }

    /// The key as a store gives it back: PKCS#8 in DER, or the secret itself.
    pub fn from_stored(algorithm: Algorithm, bytes: &[u8]) -> Result<Self, BadKey> {
        let (pair, verifying) = match algorithm {
            Algorithm::Ed25519 => ed25519(bytes)?,
            Algorithm::Es256 => p256(bytes)?,
            Algorithm::Rs256 => rsa(bytes)?,
            Algorithm::Hs256 => shared(bytes)?,
        };
        Ok(Self { pair, stored: Zeroizing::new(bytes.to_vec()), verifying })
    }

    /// The key as a store keeps it, beside its algorithm. In the clear: encrypt it before it rests.
    pub fn to_stored(&self) -> &[u8] {
        &self.stored
    }

    /// The algorithm of every token it mints.
    pub fn algorithm(&self) -> Algorithm {
        self.verifying.algorithm()
    }

    /// The name of this key in tokens and in the JWKS.
    pub fn kid(&self) -> &str {
        self.verifying.kid()
    }

    /// The key that confirms its tokens.
    pub fn public(&self) -> &VerifyingKey {
        &self.verifying
    }

    /// Its signature over `message`.
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Unspecified> {
        // The library takes a generator for the sake of an interface, and does not use it: it has its own.
        let unused = &SystemRandom::new();
        Ok(match &self.pair {
            Pair::Ed25519(pair) => pair.try_sign(message)?.as_ref().to_vec(),
            Pair::Es256(pair) => pair.sign(unused, message)?.as_ref().to_vec(),
            Pair::Rs256(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, unused, message, &mut signature)?;
                signature
            }
            Pair::Hs256(key) => key.tag(&[message]).to_vec(),
        })
    }
}

fn fresh(algorithm: Algorithm, entropy: &dyn Entropy) -> Result<Zeroizing<Vec<u8>>, KeyRejected> {
    let seed = Zeroizing::new(entropy.bytes::<32>());
    let kept = |document: pkcs8::Document| document.as_ref().to_vec();
    Ok(Zeroizing::new(match algorithm {
        Algorithm::Hs256 => seed.to_vec(),
        Algorithm::Ed25519 => kept(Ed25519KeyPair::from_seed_unchecked(&*seed)?.to_pkcs8v1()?),
        Algorithm::Es256 => kept(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?.to_pkcs8v1()?),
        Algorithm::Rs256 => RsaKeyPair::generate(KeySize::Rsa2048)?.as_der()?.as_ref().to_vec(),
    }))
}

type Halves = (Pair, VerifyingKey);

fn ed25519(der: &[u8]) -> Result<Halves, BadKey> {
    let pair = Ed25519KeyPair::from_pkcs8(der).map_err(|_| BadKey::Unusable)?;
    let x = pair.public_key().as_ref().try_into().map_err(|_| BadKey::Unusable)?;
    Ok((Pair::Ed25519(pair), VerifyingKey::from_public(PublicKey::Ed25519 { x })?))
}

fn p256(der: &[u8]) -> Result<Halves, BadKey> {
    let pair =
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der).map_err(|_| BadKey::Unusable)?;
    let public = PublicKey::from_point(pair.public_key().as_ref()).ok_or(BadKey::Unusable)?;
    Ok((Pair::Es256(pair), VerifyingKey::from_public(public)?))
}

fn rsa(der: &[u8]) -> Result<Halves, BadKey> {
    let pair = RsaKeyPair::from_pkcs8(der).map_err(|why| match why.description_() {
        "TooSmall" | "TooLarge" => BadKey::WeakRsa,
        _ => BadKey::Unusable,
    })?;
    let public = PublicKey::from_rsa_der(pair.public_key().as_ref()).ok_or(BadKey::Unusable)?;
    Ok((Pair::Rs256(pair), VerifyingKey::from_public(public)?))
}

fn shared(secret: &[u8]) -> Result<Halves, BadKey> {
    secret::judge(secret)?;
    Ok((Pair::Hs256(Box::new(MacKey::new(secret))), VerifyingKey::from_secret(secret)))
}
