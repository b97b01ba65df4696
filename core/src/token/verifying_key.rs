//! The key that tells whether a token is genuine: public, except for HS256, where it is the secret itself.

use aws_lc_rs::signature::ParsedPublicKey;

use super::public_key::{PublicKey, thumbprint};
use super::{Algorithm, BadKey};
use crate::encoding::encode;
use crate::mac::MacKey;
use crate::secret::prints_as_its_name;

/// A key that verifies, by one algorithm.
#[derive(Clone)]
pub struct VerifyingKey {
    kid: Box<str>,
    algorithm: Algorithm,
    header: Box<str>,
    signature_bytes: usize,
    check: Check,
    public: Option<PublicKey>,
}

prints_as_its_name!(VerifyingKey);

#[derive(Clone)]
enum Check {
    Mac(Box<MacKey>),
    Signature(ParsedPublicKey),
}

impl VerifyingKey {
    /// The name under which tokens ask for it: its RFC 7638 thumbprint.
    ///
    /// Of an HS256 secret, too. That reveals a hash of the secret, and so no more than any token does: each is a MAC that a guess can be tried
    /// against. What protects both is that a secret cannot be guessed.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The algorithm of every token it confirms.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Its public half, for all the world; HS256 has none.
    pub(super) fn public(&self) -> Option<&PublicKey> {
        self.public.as_ref()
    }

    /// The header of every token that [`super::SigningKey::mint`] signs with its other half, in base64url.
    pub(super) fn header(&self) -> &str {
        &self.header
    }

    /// How many bytes each of its signatures has.
    pub(super) fn signature_bytes(&self) -> usize {
        self.signature_bytes
    }

    /// Whether `signature` was made over `message` by its other half; a MAC is compared in constant time.
    pub(super) fn confirms(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.check {
            Check::Mac(key) => key.confirms(&[message], signature),
            Check::Signature(key) => key.verify_sig(message, signature).is_ok(),
        }
    }

    /// The key of everybody.
    pub(super) fn from_public(public: PublicKey) -> Result<Self, BadKey> {
        let check = Check::Signature(public.parsed()?);
        let kid = thumbprint(&public.required_members());
        let signature_bytes = public.signature_bytes();
        let algorithm = public.algorithm();
        let header = header(algorithm, &kid);
        Ok(Self { kid: kid.into(), algorithm, header, signature_bytes, check, public: Some(public) })
    }

    /// The key of those who share `secret`, whatever it is worth.
    pub(super) fn from_secret(secret: &[u8]) -> Self {
        let check = Check::Mac(Box::new(MacKey::new(secret)));
        let kid = thumbprint(&format!(r#""k":"{}","kty":"oct""#, encode(secret)));
        let algorithm = Algorithm::Hs256;
        let header = header(algorithm, &kid);
        Self { kid: kid.into(), algorithm, header, signature_bytes: 32, check, public: None }
    }
}

fn header(algorithm: Algorithm, kid: &str) -> Box<str> {
    encode(format!(r#"{{"alg":"{algorithm}","kid":"{kid}","typ":"at+jwt"}}"#).as_bytes()).into()
}
