//! What a token says (RFC 9068, section 2.2), and the minting of it.

use serde::Serialize;

use super::{CLAIMS_BYTES, SigningKey};
use crate::account::Roles;
use crate::encoding::encode;
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
    /// `epoch`: the account's epoch when the session began. It decides whether "all sessions before" means this one, which `iat` cannot do within
    /// one second.
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

/// The name of one token: 128 random bits. Not a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TokenId([u8; 16]);

impl TokenId {
    /// A new id.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self(entropy.bytes())
    }
}

impl SigningKey {
    /// The token that says `claims`. Fails on texts that no verifier would read (with a quotation mark, a backslash or a control character, or
    /// too long altogether), and when the cryptographic library does.
    pub fn mint(&self, claims: &Claims) -> Result<String, Failure> {
        const ACTION: &str = "mint an access token";
        let json =
            serde_json::to_string(&Written::from(claims)).map_err(|error| Failure::new(ACTION, error))?;
        if json.contains('\\') || json.len() > CLAIMS_BYTES {
            return Err(Failure::new(ACTION, "a claim cannot be written plainly"));
        }
        let mut token = format!("{}.{}", self.public().header(), encode(json.as_bytes()));
        let signature = self.sign(token.as_bytes()).map_err(|error| Failure::new(ACTION, error))?;
        token.push('.');
        token.push_str(&encode(&signature));
        Ok(token)
    }
}

/// The claims by their names, in the order in which the verifier expects them.
#[derive(Serialize)]
struct Written<'a> {
    iss: &'a str,
    sub: String,
    aud: &'a str,
    exp: i64,
    iat: i64,
    jti: String,
    client_id: &'a str,
    sid: String,
    auth_time: i64,
    amr: &'a [String],
    roles: &'a [String],
    epoch: u64,
}

impl<'a> From<&'a Claims> for Written<'a> {
    fn from(claims: &'a Claims) -> Self {
        let seconds = |time: Time| time.as_micros().div_euclid(1_000_000);
        Self {
            iss: &claims.issuer,
            sub: claims.account.to_string(),
            aud: &claims.audience,
            exp: seconds(claims.expires_at),
            iat: seconds(claims.issued_at),
            jti: encode(&claims.id.0),
            client_id: &claims.client_id,
            sid: claims.session.to_string(),
            auth_time: seconds(claims.authenticated_at),
            amr: &claims.methods,
            roles: claims.roles.as_slice(),
            epoch: claims.epoch,
        }
    }
}
