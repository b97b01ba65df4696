//! What a program of the operator's own presents to ask about anybody: a token that is shown once, and what is kept of it.

mod port;

pub use port::ServiceCredentials;
#[cfg(feature = "testing")]
pub mod contract;

use std::fmt;

use zeroize::Zeroizing;

use crate::encoding::{decode, encode};
use crate::secret::{SecretHash, prints_as_its_name};
use crate::{Entropy, Refusal, Time};

/// A service that may ask about anybody, as a store keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceCredential {
    /// What the operator calls it.
    pub name: ServiceName,
    /// What is kept of its token.
    pub secret: SecretHash,
    /// When it was made.
    pub created_at: Time,
}

/// The name of a service: 1 to 64 of `a-z 0-9 _ - .`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServiceName(String);

impl ServiceName {
    /// The name as the operator wrote it; refuses with `bad_name`.
    pub fn new(name: &str) -> Result<Self, Refusal> {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-.".contains(&b);
        let good = (1..=64).contains(&name.len()) && name.bytes().all(plain);
        if good { Ok(Self(name.to_owned())) } else { Err(Refusal::BadName) }
    }

    /// The name as a store gives it back.
    pub fn from_store(name: String) -> Self {
        Self(name)
    }

    /// The name's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ServiceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

const PREFIX: &str = "bjc_";

/// `bjc_` + base64url(256 random bits): 47 characters, one spelling only.
#[derive(Clone)]
pub struct ServiceToken(Zeroizing<[u8; 32]>);

prints_as_its_name!(ServiceToken);

impl ServiceToken {
    /// A new token.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self(Zeroizing::new(entropy.bytes()))
    }

    /// Reads what a request presents; nothing if no server of ours could have made it.
    pub fn parse(text: &str) -> Option<Self> {
        Some(Self(Zeroizing::new(decode(text.strip_prefix(PREFIX)?)?)))
    }

    /// The text to show, once.
    pub fn reveal(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("{PREFIX}{}", encode(self.0.as_slice())))
    }

    /// What a store may keep of it.
    ///
    /// It is found by this: how long a search among hashes takes says nothing of the secret that is hashed.
    pub fn hash(&self) -> SecretHash {
        SecretHash::of(self.0.as_slice())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Dice;

    #[test]
    fn a_token_is_read_back_as_it_was_written() {
        let token = ServiceToken::generate(&Dice::seeded(1));
        let text = token.reveal();
        assert_eq!((text.len(), &text[..4]), (47, "bjc_"));
        assert_eq!(ServiceToken::parse(&text).unwrap().hash(), token.hash());
        assert_eq!(format!("{token:?}"), "ServiceToken(…)");
    }

    #[test]
    fn any_other_text_is_no_token() {
        let text = ServiceToken::generate(&Dice::seeded(1)).reveal();
        let odd = [
            String::new(),
            "bjc_".to_owned(),
            text[..46].to_owned(),
            format!("{}A", *text),
            format!("{}=", *text),
            format!(" {}", *text),
            text.replace("bjc_", "bjs_"),
            text.replace("bjc_", "BJC_"),
        ];
        for text in odd {
            assert!(ServiceToken::parse(&text).is_none(), "{text:?}");
        }
    }

    #[test]
    fn a_name_is_plain() {
        assert_eq!(ServiceName::new("billing-2").unwrap().as_str(), "billing-2");
        for bad in ["", "Billing", "a b", "a/b", "빌링", &"a".repeat(65)] {
            assert_eq!(ServiceName::new(bad), Err(Refusal::BadName), "{bad:?}");
        }
    }
}
