//! What a request carries, and how an answer hands it out.

use axum::response::{IntoResponse, Response};
use http::header::{AUTHORIZATION, COOKIE};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;

/// The value of a cookie.
pub(super) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let pairs = headers.get(COOKIE)?.to_str().ok()?.split("; ");
    pairs.filter_map(|pair| pair.split_once('=')).find_map(|(key, value)| (key == name).then_some(value))
}

/// The token after `Bearer`.
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

/// What a page sends to refresh, when no cookie does.
#[derive(Deserialize)]
pub(super) struct RefreshToken {
    pub(super) refresh_token: String,
}

/// The session DB did not answer, or worse.
pub(crate) struct Broken;

impl From<anyhow::Error> for Broken {
    fn from(_: anyhow::Error) -> Self {
        Self
    }
}

impl IntoResponse for Broken {
    fn into_response(self) -> Response {
        StatusCode::SERVICE_UNAVAILABLE.into_response()
    }
}
