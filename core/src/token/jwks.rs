//! Public keys as they are published (RFC 7517, section 5): written for the world, read by those who follow.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::public_key::PublicKey;
use super::{Algorithm, KeySet, VerifyingKey};
use crate::encoding::decode;

/// The longest key set that is read, in bytes.
const LONGEST: usize = 64 * 1024;

/// Why a text is no key set. The set that one had before stays the better one.
#[derive(Debug, thiserror::Error)]
pub enum BadJwks {
    /// More bytes, or more keys, than any set of ours has.
    #[error("the key set is too large")]
    TooLarge,
    /// Not a JSON object with an array of keys.
    #[error("not a key set")]
    Malformed(#[from] serde_json::Error),
}

impl KeySet {
    /// The public keys of the set as JSON. A shared secret is never among them.
    pub fn to_jwks(&self) -> String {
        let keys: Vec<_> = self.iter().filter_map(written).collect();
        format!(r#"{{"keys":[{}]}}"#, keys.join(","))
    }

    /// Reads a published set. A key that cannot serve us is passed over: of another kind, for encryption, symmetric, private, damaged, or named by
    /// anything but its thumbprint.
    pub fn from_jwks(json: &[u8]) -> Result<Self, BadJwks> {
        if json.len() > LONGEST {
            return Err(BadJwks::TooLarge);
        }
        let Read { keys } = serde_json::from_slice(json)?;
        if keys.len() > Self::MOST {
            return Err(BadJwks::TooLarge);
        }
        Ok(Self::new(keys.iter().filter_map(Entry::key)))
    }
}

fn written(key: &VerifyingKey) -> Option<String> {
    let (required, kid, alg) = (key.public()?.required_members(), key.kid(), key.algorithm());
    Some(format!(r#"{{{required},"kid":"{kid}","alg":"{alg}","use":"sig"}}"#))
}

#[derive(Deserialize)]
struct Read {
    keys: Vec<Entry>,
}

/// An object that may be a key of ours, or anything else.
#[derive(Deserialize)]
#[serde(untagged)]
enum Entry {
    Key(Box<Members>),
    Other(IgnoredAny),
}

#[derive(Deserialize)]
struct Members {
    kty: String,
    kid: String,
    alg: Option<String>,
    r#use: Option<String>,
    key_ops: Option<Vec<String>>,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
    n: Option<String>,
    e: Option<String>,
    d: Option<IgnoredAny>,
    k: Option<IgnoredAny>,
}

impl Entry {
    fn key(&self) -> Option<VerifyingKey> {
        let Self::Key(members) = self else { return None };
        let public = members.public().filter(|public| members.allow(public.algorithm()))?;
        VerifyingKey::from_public(public).ok().filter(|key| key.kid() == members.kid)
    }
}

impl Members {
    fn allow(&self, algorithm: Algorithm) -> bool {
        let secret = self.d.is_some() || self.k.is_some();
        let verifies = self.key_ops.as_ref().is_none_or(|ops| ops.iter().any(|op| op == "verify"));
        let signs = self.r#use.as_ref().is_none_or(|purpose| purpose == "sig");
        let agrees = self.alg.as_ref().is_none_or(|alg| alg.parse() == Ok(algorithm));
        !secret && verifies && signs && agrees
    }

    fn public(&self) -> Option<PublicKey> {
        match (self.kty.as_str(), self.crv.as_deref()) {
            ("OKP", Some("Ed25519")) => Some(PublicKey::Ed25519 { x: decode(self.x.as_ref()?)? }),
            ("EC", Some("P-256")) => {
                Some(PublicKey::P256 { x: decode(self.x.as_ref()?)?, y: decode(self.y.as_ref()?)? })
            }
            ("RSA", _) => Some(PublicKey::Rsa { n: bytes(self.n.as_ref()?)?, e: bytes(self.e.as_ref()?)? }),
            _ => None,
        }
    }
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    let mut space = vec![0; text.len()];
    let length = super::base64url::decode(text, &mut space)?.len();
    space.truncate(length);
    Some(space)
}
