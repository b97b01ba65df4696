//! JWTs with HS256, as the schemes that use them mint and check them.

use std::time::Duration;

use anyhow::Result;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};

use crate::clock::Clock;
use crate::community::Caller;

/// What a token says.
#[derive(Serialize, Deserialize)]
pub(super) struct Claims {
    sub: String,
    role: String,
    /// Seconds since 1970.
    exp: i64,
    /// `access` or `refresh`.
    kind: String,
    /// So that no two tokens are the same.
    jti: String,
}

impl Claims {
    pub(super) fn about(caller: &Caller, kind: &str, life: Duration, clock: &Clock) -> Result<Self> {
        let Caller { name: sub, role } = caller.clone();
        let exp = clock.now() + i64::try_from(life.as_secs())?;
        Ok(Self { sub, role, exp, kind: kind.into(), jti: crate::dice::random()? })
    }

    /// Whom they are about, if they are of this kind and have not expired.
    pub(super) fn caller(self, kind: &str, clock: &Clock) -> Option<Caller> {
        let good = self.kind == kind && self.exp > clock.now();
        good.then_some(Caller { name: self.sub, role: self.role })
    }
}

/// Mints and checks access tokens.
#[derive(Clone)]
pub(super) struct Tokens {
    pub(super) secret: String,
    pub(super) life: Duration,
    pub(super) clock: Clock,
}

impl Tokens {
    pub(super) fn mint(&self, caller: &Caller) -> Result<String> {
        let claims = Claims::about(caller, "access", self.life, &self.clock)?;
        Ok(encode(&Header::default(), &claims, &EncodingKey::from_secret(self.secret.as_bytes()))?)
    }

    pub(super) fn read(&self, token: &str) -> Option<Caller> {
        let mut validation = Validation::new(Algorithm::HS256);
        // Judged by the lab's own clock instead.
        validation.validate_exp = false;
        let key = DecodingKey::from_secret(self.secret.as_bytes());
        decode::<Claims>(token, &key, &validation).ok()?.claims.caller("access", &self.clock)
    }
}
