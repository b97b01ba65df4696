//! Reading a JWT as anybody can, without a key, and writing a false one as a thief would.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::Value;

/// What anybody reads in a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Decoded {
    /// The whole of it, as it was.
    pub token: String,
    /// Its header.
    pub header: Value,
    /// Its payload.
    pub payload: Value,
    /// Its signature, which only says something to who holds a key.
    pub signature: String,
}

/// Every JWT within `text`.
pub fn decoded(text: &str) -> Vec<Decoded> {
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && !"-_.".contains(letter));
    words.filter_map(decode).collect()
}

/// The token, if it is one.
pub fn decode(token: &str) -> Option<Decoded> {
    let mut parts = token.split('.');
    let (header, payload, signature) = (parts.next()?, parts.next()?, parts.next()?);
    let read = |part: &str| serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(part).ok()?).ok();
    let (header, payload) = (read(header)?, read(payload)?);
    let whole = parts.next().is_none() && header.is_object() && payload.is_object();
    whole.then(|| Decoded { token: token.to_owned(), header, payload, signature: signature.to_owned() })
}

impl Decoded {
    /// One that nobody has signed yet.
    pub(crate) fn unsigned(header: Value, payload: Value) -> Self {
        Self { token: String::new(), header, payload, signature: String::new() }
    }

    /// Header and payload, as they are signed.
    pub(crate) fn to_sign(&self) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        format!("{}.{}", part(&self.header), part(&self.payload))
    }

    /// The token with its signature as it is.
    pub(crate) fn as_it_is(&self) -> String {
        format!("{}.{}", self.to_sign(), self.signature)
    }

    /// The token, signed with HMAC-SHA256 under `secret`.
    pub(crate) fn signed_with(&self, secret: &[u8]) -> String {
        let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, secret);
        let text = self.to_sign();
        let tag = aws_lc_rs::hmac::sign(&key, text.as_bytes());
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(tag))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.AAAA";

    #[test]
    fn tokens_are_found_in_what_surrounds_them() {
        let found = decoded(&format!("token={TOKEN}; Path=/"));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].payload["sub"], "alice");
        assert_eq!(decoded("localhost 127.0.0.1 a.b.c"), []);
    }

    #[test]
    fn a_token_written_again_is_the_same() {
        assert_eq!(decode(TOKEN).unwrap().as_it_is(), TOKEN);
    }
}
