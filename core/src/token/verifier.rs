//! Tells a good access token from any other text.

use std::time::Duration;

use super::json::{Names, Reader};
use super::verified::Fields;
use super::{
    CLAIMS_BYTES, HEADER_BYTES, KeySet, Rejected, SIGNATURE_BYTES, TOKEN_BYTES, Verified, VerifyingKey,
    base64url,
};
use crate::Time;

/// What a good token must say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expect {
    /// Who must have minted it, byte for byte.
    pub issuer: String,
    /// Whom it must be meant for, among others perhaps.
    pub audience: String,
    /// How far the clocks of whoever mints and whoever verifies may lie apart.
    pub leeway: Duration,
}

/// Checks tokens. Pure: it knows no clock and no network.
#[derive(Clone, Debug)]
pub struct Verifier {
    expect: Expect,
    /// How far ahead of ours the clock of whoever minted a token may be.
    ahead: Duration,
}

/// Room in which tokens are taken apart, so that checking one allocates nothing. Keep one per thread, or make one where it is needed.
#[derive(Clone, Debug)]
pub struct Scratch {
    header: [u8; HEADER_BYTES],
    claims: [u8; CLAIMS_BYTES],
    signature: [u8; SIGNATURE_BYTES],
}

impl Default for Scratch {
    fn default() -> Self {
        Self { header: [0; HEADER_BYTES], claims: [0; CLAIMS_BYTES], signature: [0; SIGNATURE_BYTES] }
    }
}

impl Verifier {
    /// A verifier of tokens that say what is expected.
    pub const fn new(expect: Expect) -> Self {
        let ahead = expect.leeway;
        Self { expect, ahead }
    }

    /// The same, of tokens whose minter's clock may be this far ahead. It makes no token last longer.
    #[must_use]
    pub fn minted_ahead(self, ahead: Duration) -> Self {
        Self { ahead, ..self }
    }

    /// Checks `token`, a JWS in compact form without anything around it, against these keys at this moment. The claims are read only after the
    /// signature over the received bytes was found good.
    pub fn verify<'s>(
        &self,
        keys: &KeySet,
        token: &str,
        now: Time,
        scratch: &'s mut Scratch,
    ) -> Result<Verified<'s>, Rejected> {
        let parts = Parts::of(token)?;
        let key = parts.key(keys, &mut scratch.header)?;
        parts.confirm(key, &mut scratch.signature)?;
        let claims = base64url::decode(parts.claims, &mut scratch.claims).ok_or(Rejected::Malformed)?;
        Fields::read(claims)?.expected(&self.expect, self.ahead, now)
    }
}

/// The parts of a token, still encoded.
pub(super) struct Parts<'t> {
    message: &'t str,
    header: &'t str,
    claims: &'t str,
    signature: &'t str,
}

impl<'t> Parts<'t> {
    /// Takes a token apart at its first and its last dot. One in between is no character of base64url, so the claims cannot hide a fourth part.
    pub(super) fn of(token: &'t str) -> Result<Self, Rejected> {
        if token.len() > TOKEN_BYTES {
            return Err(Rejected::TooLong);
        }
        let (message, signature) = token.rsplit_once('.').ok_or(Rejected::Malformed)?;
        let (header, claims) = message.split_once('.').ok_or(Rejected::Malformed)?;
        if claims.len() > base64url::length_of(CLAIMS_BYTES) {
            return Err(Rejected::TooLong);
        }
        Ok(Self { message, header, claims, signature })
    }

    /// The key that the header asks for. A header that is, letter for letter, what one of our keys mints with is not read again.
    fn key<'k>(&self, keys: &'k KeySet, space: &mut [u8]) -> Result<&'k VerifyingKey, Rejected> {
        match keys.minting(self.header) {
            Some(key) => Ok(key),
            None => Header::read(self.header, space)?.key(keys),
        }
    }

    /// Whether the key made the signature over the header and the claims.
    pub(super) fn confirm(&self, key: &VerifyingKey, space: &mut [u8]) -> Result<(), Rejected> {
        if self.signature.len() != base64url::length_of(key.signature_bytes()) {
            return Err(Rejected::Signature);
        }
        let signature = base64url::decode(self.signature, space).ok_or(Rejected::Malformed)?;
        let good = key.confirms(self.message.as_bytes(), signature);
        if good { Ok(()) } else { Err(Rejected::Signature) }
    }
}

/// The header's members that we know.
#[derive(Default)]
pub(super) struct Header<'h> {
    alg: Option<&'h str>,
    kid: Option<&'h str>,
    typ: Option<&'h str>,
    demands: bool,
}

impl<'h> Header<'h> {
    /// Reads a header; refuses a repeated name, and everything that would let a token steer its own verification.
    pub(super) fn read(header: &str, space: &'h mut [u8]) -> Result<Self, Rejected> {
        if header.len() > base64url::length_of(space.len()) {
            return Err(Rejected::TooLong);
        }
        let json: &'h [u8] = base64url::decode(header, space).ok_or(Rejected::Malformed)?;
        let reader = Reader::new(json).ok_or(Rejected::Malformed)?;
        let (mut read, mut others) = (Self::default(), Names::default());
        reader
            .whole_object(|reader, name| read.member(reader, name, &mut others))
            .ok_or(Rejected::Malformed)?;
        if read.demands { Err(Rejected::Header) } else { Ok(read) }
    }

    fn member(&mut self, reader: &mut Reader<'h>, name: &'h str, others: &mut Names<'h>) -> Option<()> {
        let place = match name {
            "alg" => &mut self.alg,
            "kid" => &mut self.kid,
            "typ" => &mut self.typ,
            _ => {
                self.demands |= DEMANDS.contains(&name);
                others.note(name)?;
                return reader.skip();
            }
        };
        place.replace(reader.string()?).is_none().then_some(())
    }

    pub(super) fn key<'k>(&self, keys: &'k KeySet) -> Result<&'k VerifyingKey, Rejected> {
        if !self.typ.is_some_and(is_access_token) {
            return Err(Rejected::Type);
        }
        let key = self.kid.and_then(|kid| keys.find(kid)).ok_or(Rejected::Key)?;
        let alg = self.alg.and_then(|alg| alg.parse().ok()).ok_or(Rejected::Algorithm)?;
        if key.algorithm() == alg { Ok(key) } else { Err(Rejected::Algorithm) }
    }
}

/// Media types have no case (RFC 9068, section 4; RFC 7515, section 4.1.9).
fn is_access_token(typ: &str) -> bool {
    typ.eq_ignore_ascii_case("at+jwt") || typ.eq_ignore_ascii_case("application/at+jwt")
}

/// Header members by which a token would bring its own key, be compressed or encrypted, nest another, or change how it is read.
const DEMANDS: [&str; 12] =
    ["crit", "b64", "zip", "enc", "cty", "epk", "jwk", "jku", "x5c", "x5u", "x5t", "x5t#S256"];
