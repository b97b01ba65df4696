//! What a token says (RFC 9068, section 2.2), and the minting of it.

use std::fmt;

use serde::{Serialize, Serializer};

use super::{CLAIMS_BYTES, SigningKey};
use crate::account::Roles;
use crate::encoding::{append, spell};
use crate::{AccountId, Entropy, Failure, SessionId, Time};

/// What a token says. Times are cut to whole seconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// `iss`: who mints it.
    pub issuer: String,
    /// `aud`: whom it is meant for.
    pub audience: String,
    /// `sub`: who is signed in.
    pub account: AccountId,
    /// `sid`: by which session.
    pub session: SessionId,
    /// `epoch`: the account's epoch at the minting. It decides whether "all tokens before" means this one, which `iat` cannot do within one second.
    pub epoch: u64,
    /// `jti`: the token's own name.
    pub id: TokenId,
    /// `client_id`: the application that asked for it.
    pub client_id: String,
    /// `iat`.
    pub issued_at: Time,
    /// `exp`.
    pub expires_at: Time,
    /// `auth_time`: when the password was last proven.
    pub authenticated_at: Time,
    /// `amr`: how (RFC 8176), as in `pwd`.
    pub methods: Vec<String>,
    /// `roles`: what the account is trusted with.
    pub roles: Roles,
}

/// The name of one token: 128 random bits, shown as 22 characters of base64url. Not a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TokenId([u8; 16]);

impl TokenId {
    /// A new id.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self(entropy.bytes())
    }
}

impl fmt::Display for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(spell(&self.0, &mut [0; 22]))
    }
}

impl SigningKey {
    /// The token that says `claims`. Fails on texts that no verifier would read (with a quotation mark, a backslash or a control character, or
    /// too long altogether), and when the cryptographic library does.
    pub fn mint(&self, claims: &Claims) -> Result<String, Failure> {
        const ACTION: &str = "mint an access token";
        let mut json = Vec::with_capacity(USUAL_BYTES);
        serde_json::to_writer(&mut json, &Written::from(claims))
            .map_err(|error| Failure::new(ACTION, error))?;
        if json.contains(&b'\\') || json.len() > CLAIMS_BYTES {
            return Err(Failure::new(ACTION, "a claim cannot be written plainly"));
        }
        let mut token = String::with_capacity(USUAL_BYTES * 2);
        token.push_str(self.public().header());
        token.push('.');
        append(&json, &mut token);
        let signature = self.sign(token.as_bytes()).map_err(|error| Failure::new(ACTION, error))?;
        token.push('.');
        append(&signature, &mut token);
        Ok(token)
    }
}

/// More than most claims have, as JSON.
const USUAL_BYTES: usize = 512;

/// The claims by their names, in the order in which the verifier expects them.
#[derive(Serialize)]
struct Written<'a> {
    iss: &'a str,
    #[serde(serialize_with = "as_shown")]
    sub: AccountId,
    aud: &'a str,
    exp: i64,
    iat: i64,
    #[serde(serialize_with = "as_shown")]
    jti: TokenId,
    client_id: &'a str,
    #[serde(serialize_with = "as_shown")]
    sid: SessionId,
    auth_time: i64,
    amr: &'a [String],
    roles: &'a [String],
    epoch: u64,
}

fn as_shown<S: Serializer>(id: &impl fmt::Display, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(id)
}

impl<'a> From<&'a Claims> for Written<'a> {
    fn from(claims: &'a Claims) -> Self {
        let seconds = |time: Time| time.as_micros().div_euclid(1_000_000);
        Self {
            iss: &claims.issuer,
            sub: claims.account,
            aud: &claims.audience,
            exp: seconds(claims.expires_at),
            iat: seconds(claims.issued_at),
            jti: claims.id,
            client_id: &claims.client_id,
            sid: claims.session,
            auth_time: seconds(claims.authenticated_at),
            amr: &claims.methods,
            roles: claims.roles.as_slice(),
            epoch: claims.epoch,
        }
    }
}
