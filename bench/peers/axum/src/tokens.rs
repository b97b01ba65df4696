//! Access tokens by jsonwebtoken, as axum's own example has them. Nobody can be signed out, and there is nothing to refresh.

use std::sync::Arc;

use anyhow::Result;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use axum::extract::{FromRef, FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::routing::get;
use axum::{Json, Router};
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode, get_current_timestamp,
};
use serde::{Deserialize, Serialize};

use crate::people::{Account, Credentials, People};

const ISSUER: &str = "http://127.0.0.1";
const SECRET: &[u8; 32] = b"a secret for measurements alone.";
const LIFETIME: u64 = 3_600;

/// What a token says.
#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    iat: u64,
    exp: u64,
    roles: Vec<String>,
}

struct Keys {
    header: Header,
    signs: EncodingKey,
    checks: DecodingKey,
    validation: Validation,
}

#[derive(Clone, FromRef)]
struct App {
    keys: Arc<Keys>,
    people: People,
}

/// Tokens by a secret.
pub fn by_secret() -> Router {
    by(Algorithm::HS256, EncodingKey::from_secret(SECRET), DecodingKey::from_secret(SECRET))
}

/// Tokens by a pair of keys.
pub fn by_key_pair() -> Result<Router> {
    let pair = Ed25519KeyPair::generate()?;
    let private = pair.to_pkcs8v1()?;
    let checks = DecodingKey::from_ed_der(pair.public_key().as_ref());
    Ok(by(Algorithm::EdDSA, EncodingKey::from_ed_der(private.as_ref()), checks))
}

fn by(algorithm: Algorithm, signs: EncodingKey, checks: DecodingKey) -> Router {
    let mut validation = Validation::new(algorithm);
    validation.set_audience(&[ISSUER]);
    validation.set_issuer(&[ISSUER]);
    let keys = Arc::new(Keys { header: Header::new(algorithm), signs, checks, validation });
    Router::new()
        .route("/v1/session", get(who).post(sign_in))
        .with_state(App { keys, people: People::sign_up() })
}

#[derive(Serialize)]
struct Answer {
    access_token: String,
}

async fn sign_in(
    State(app): State<App>,
    Json(credentials): Json<Credentials>,
) -> Result<(StatusCode, Json<Answer>), StatusCode> {
    let person = app.people.check(credentials).await.ok_or(StatusCode::UNAUTHORIZED)?;
    let iat = get_current_timestamp();
    let (iss, aud, sub) = (ISSUER.to_owned(), ISSUER.to_owned(), person.id.to_string());
    let claims = Claims { iss, aud, sub, iat, exp: iat + LIFETIME, roles: vec!["member".to_owned()] };
    let token = encode(&app.keys.header, &claims, &app.keys.signs);
    let access_token = token.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    Ok((StatusCode::CREATED, Json(Answer { access_token })))
}

impl FromRequestParts<App> for Claims {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, StatusCode> {
        let header = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = header.and_then(|value| value.strip_prefix("Bearer ")).ok_or(StatusCode::UNAUTHORIZED)?;
        let decoded = decode(token, &app.keys.checks, &app.keys.validation);
        decoded.map(|decoded| decoded.claims).map_err(|_| StatusCode::UNAUTHORIZED)
    }
}

async fn who(State(people): State<People>, claims: Claims) -> Result<Json<Account>, StatusCode> {
    let person = claims.sub.parse().ok().and_then(|id| people.find(id)).ok_or(StatusCode::UNAUTHORIZED)?;
    Ok(Json(Account::from(&person)))
}
