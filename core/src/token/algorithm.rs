//! How a token is signed: one algorithm for each key, never chosen by the token.

use std::fmt;
use std::str::FromStr;

/// A signature algorithm of JOSE (RFC 7518, RFC 9864).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// Edwards-curve signatures over Curve25519 (RFC 8032): the default.
    Ed25519,
    /// ECDSA over P-256 with SHA-256, for libraries that lack Ed25519.
    Es256,
    /// RSASSA-PKCS1-v1_5 with SHA-256, for libraries that lack both; keys of 2,048 bits or more.
    Rs256,
    /// HMAC with SHA-256, where every server shares one secret: whoever can verify can mint.
    Hs256,
}

impl Algorithm {
    /// Every algorithm.
    pub const ALL: [Self; 4] = [Self::Ed25519, Self::Es256, Self::Rs256, Self::Hs256];

    /// The name in a JWS header, a JWK and the configuration.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ed25519 => "Ed25519",
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
            Self::Hs256 => "HS256",
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that names no algorithm of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not one of Ed25519, ES256, RS256, HS256")]
pub struct NotAnAlgorithm;

impl FromStr for Algorithm {
    type Err = NotAnAlgorithm;

    /// Reads a name; `EdDSA` is what RFC 8037 called `Ed25519` before RFC 9864. Case matters (RFC 7515, section 4.1.1).
    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "Ed25519" | "EdDSA" => Ok(Self::Ed25519),
            "ES256" => Ok(Self::Es256),
            "RS256" => Ok(Self::Rs256),
            "HS256" => Ok(Self::Hs256),
            _ => Err(NotAnAlgorithm),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_algorithm_is_read_back_by_its_name() {
        for algorithm in Algorithm::ALL {
            assert_eq!(algorithm.as_str().parse(), Ok(algorithm));
        }
        assert_eq!("EdDSA".parse(), Ok(Algorithm::Ed25519));
    }

    #[test]
    fn none_is_no_algorithm_in_any_spelling() {
        for name in
            ["none", "None", "NONE", "nOnE", "", " ", "hs256", "HS384", "ES512", "PS256", "Ed448", "HS256 "]
        {
            assert_eq!(name.parse::<Algorithm>(), Err(NotAnAlgorithm), "{name:?}");
        }
    }
}
