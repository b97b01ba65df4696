//! `/.well-known/jwks.json`: the public keys that check access tokens.

use axum::extract::State;
use axum::response::IntoResponse;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};

use crate::App;

/// The public keys that check access tokens (RFC 7517). A new one is here long before it signs, so looking every few minutes is enough.
#[utoipa::path(get, path = "/.well-known/jwks.json", tag = "For verifiers", responses(
    (status = 200, content_type = "application/jwk-set+json", description = "{keys: […]}; empty when the servers share a secret (`HS256`)"),
))]
pub(crate) async fn jwks(State(app): State<App>) -> impl IntoResponse {
    let headers = [(CONTENT_TYPE, "application/jwk-set+json"), (CACHE_CONTROL, "public, max-age=300")];
    (super::FOR_EVERYBODY, headers, app.auth.jwks())
}
