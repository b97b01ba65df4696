//! JWTs signed with a private key, checked with a public one that everybody may have, and by whatever algorithm the token names: the mistake of many a library.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use aws_lc_rs::hmac;
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use axum::Json;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::World;
use super::token::Claims;
use crate::clock::Clock;
use crate::community::Caller;
use crate::jwt::{self, Decoded};

/// The same pair at every server, also after a restart.
#[derive(Clone)]
pub(super) struct KeyPair {
    pair: Arc<Ed25519KeyPair>,
    clock: Clock,
}

impl KeyPair {
    pub(super) fn of(world: &World) -> Self {
        Self { pair: Arc::clone(&world.key_pair), clock: world.clock.clone() }
    }

    pub(super) fn mint(&self, kind: &str, life: Duration, caller: &Caller) -> Result<String> {
        let claims = Claims::about(caller, kind, life, &self.clock)?;
        let mut token =
            Decoded::unsigned(json!({ "alg": "EdDSA", "typ": "JWT" }), serde_json::to_value(claims)?);
        token.signature = URL_SAFE_NO_PAD.encode(self.pair.sign(token.to_sign().as_bytes()));
        Ok(token.as_it_is())
    }

    pub(super) fn read(&self, kind: &str, token: &str) -> Option<Caller> {
        let (signed, signature) = token.rsplit_once('.')?;
        let (signed, signature) = (signed.as_bytes(), URL_SAFE_NO_PAD.decode(signature).ok()?);
        let token = jwt::decode(token)?;
        let key = self.pair.public_key().as_ref();
        match token.header.get("alg")?.as_str()? {
            "EdDSA" => UnparsedPublicKey::new(&ED25519, key).verify(signed, &signature).ok()?,
            // One key for every algorithm: whoever has the public one signs with it.
            "HS256" => hmac::verify(&hmac::Key::new(hmac::HMAC_SHA256, key), signed, &signature).ok()?,
            _ => return None,
        }
        serde_json::from_value::<Claims>(token.payload).ok()?.caller(kind, &self.clock)
    }

    /// For whoever wants to check a token (RFC 7517, RFC 8037).
    pub(super) fn published(&self) -> Json<Value> {
        let x = URL_SAFE_NO_PAD.encode(self.pair.public_key().as_ref());
        Json(json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "x": x }] }))
    }
}
