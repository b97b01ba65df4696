//! `/v1/session`: sign in, who is it, sign out.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bitjang_core::{Carrier, Credentials, Refusal};
use bitjang_guard::{Problem, Protected, SignedIn};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use utoipa::ToSchema;
use zeroize::Zeroizing;

use super::{CsrfToken, ProblemShape};
use crate::App;
use crate::answer::{SignedInShape, of_json, without_cookies};
use crate::client;
use crate::json::Json;

/// What a person types to sign in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignIn {
    identifier: String,
    #[schema(value_type = String, format = Password)]
    password: Zeroizing<String>,
    #[serde(default)]
    carrier: CarrierName,
}

/// How the session shall travel.
#[derive(Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CarrierName {
    /// An opaque value in an `HttpOnly` cookie
    #[default]
    Cookie,
    /// An access token and a refresh token, each in an `HttpOnly` cookie
    TokenCookies,
    /// The same two tokens in the answer, for programs
    Bearer,
}

impl From<CarrierName> for Carrier {
    fn from(name: CarrierName) -> Self {
        match name {
            CarrierName::Cookie => Self::Cookie,
            CarrierName::TokenCookies => Self::TokenCookies,
            CarrierName::Bearer => Self::Bearer,
        }
    }
}

/// Begins a new session.
#[utoipa::path(post, path = "/v1/session", tag = "Session", request_body = SignIn, responses(
    (status = 201, body = SignedInShape, description = "Signed in; sets the cookies of the carrier"),
    (status = 400, body = ProblemShape, description = "`bad_request`"),
    (status = 401, body = ProblemShape, description = "`bad_credentials`"),
    (status = 403, body = ProblemShape, description = "`cross_site`"),
    (status = 413, body = ProblemShape, description = "`too_large`"),
    (status = 415, body = ProblemShape, description = "`unsupported_media_type`"),
    (status = 429, body = ProblemShape, description = "`too_many_attempts`"),
    (status = 503, body = ProblemShape, description = "`unavailable`, `busy`"),
))]
pub(crate) async fn sign_in(
    State(app): State<App>,
    from: client::From,
    headers: HeaderMap,
    Json(body): Json<SignIn>,
) -> Result<Response, Problem> {
    let credentials = Credentials { identifier: &body.identifier, password: &body.password };
    let begun = app.auth.sign_in(credentials, from.0, body.carrier.into()).await?;
    Ok(app.hand_out(&begun, &headers))
}

/// Says who is signed in.
#[utoipa::path(get, path = "/v1/session", tag = "Session", responses(
    (status = 200, body = SignedInShape),
    (status = 401, body = ProblemShape, description = "`signed_out`"),
    (status = 503, body = ProblemShape, description = "`unavailable`"),
))]
pub(crate) async fn who(State(app): State<App>, who: SignedIn) -> Response {
    of_json(app.told(&who))
}

/// Ends the session. Asking again after a lost answer is answered the same.
#[utoipa::path(delete, path = "/v1/session", tag = "Session", params(CsrfToken), responses(
    (status = 204, description = "Signed out; takes the cookies away"),
    (status = 401, body = ProblemShape, description = "`signed_out`"),
    (status = 403, body = ProblemShape, description = "`cross_site`, `csrf_token`"),
    (status = 503, body = ProblemShape, description = "`unavailable`"),
))]
pub(crate) async fn sign_out(
    State(app): State<App>,
    _: Protected,
    headers: HeaderMap,
) -> Result<impl IntoResponse, Problem> {
    let refused = |error| Problem::refusing(error, &headers);
    let proof = app.guard.lasting_proof(&headers).ok_or_else(|| refused(Refusal::SignedOut.into()))?;
    app.auth.sign_out(&proof).await.map_err(refused)?;
    Ok((StatusCode::NO_CONTENT, without_cookies(&headers)))
}
