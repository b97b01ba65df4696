//! JWTs with HS256, as the schemes that use them mint and check them.

use std::time::Duration;

use anyhow::Result;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};

use crate::clock::Clock;
use crate::community::Caller;

/// What a token says.
#[derive(Serialize, Deserialize)]
struct Claims {
    sub: String,
    role: String,
    /// Seconds since 1970.
    exp: i64,
    /// `access` or `refresh`.
    kind: String,
    /// So that no two tokens are the same.
    jti: String,
}

/// Mints and checks tokens of one kind.
#[derive(Clone)]
pub(super) struct Tokens {
    pub(super) kind: &'static str,
    pub(super) secret: String,
    pub(super) life: Duration,
    pub(super) clock: Clock,
}

impl Tokens {
    pub(super) fn mint(&self, caller: &Caller) -> Result<String> {
        let Caller { name: sub, role } = caller.clone();
        let exp = self.clock.now() + i64::try_from(self.life.as_secs())?;
        let claims = Claims { sub, role, exp, kind: self.kind.into(), jti: crate::dice::random()? };
        Ok(encode(&Header::default(), &claims, &EncodingKey::from_secret(self.secret.as_bytes()))?)
    }

    pub(super) fn read(&self, token: &str) -> Option<Caller> {
        let mut validation = Validation::new(Algorithm::HS256);
        // Judged below, by the lab's own clock.
        validation.validate_exp = false;
        let key = DecodingKey::from_secret(self.secret.as_bytes());
        let claims = decode::<Claims>(token, &key, &validation).ok()?.claims;
        let good = claims.kind == self.kind && claims.exp > self.clock.now();
        good.then_some(Caller { name: claims.sub, role: claims.role })
    }
}
