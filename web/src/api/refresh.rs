//! `/v1/session/refresh` and `/v1/session/token`: the next tokens, and a short one for another API.

use axum::extract::State;
use axum::response::Response;
use bitjang_core::Carrier;
use bitjang_core::ratchet::Held;
use bitjang_guard::{Problem, Protected, SignedIn};
use http::HeaderMap;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use zeroize::Zeroizing;

use super::{CsrfToken, ProblemShape};
use crate::App;
use crate::answer::SignedInShape;
use crate::json::Json;

/// What a program sends; a browser sends its refresh cookie instead.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Refresh {
    #[schema(value_type = String)]
    refresh_token: Zeroizing<String>,
}

/// Hands out the next access token and refresh token. After a lost answer, ask again with the same refresh token; keep one copy of it.
#[utoipa::path(post, path = "/v1/session/refresh", tag = "Session", request_body = Option<Refresh>,
    params(CsrfToken), responses(
    (status = 200, body = SignedInShape, description = "Refreshed; sets the cookies of carrier `token_cookies`"),
    (status = 400, body = ProblemShape, description = "`bad_request`"),
    (status = 401, body = ProblemShape, description = "`signed_out`; `token_reuse`: two holders of one token have both gone on, and the session has ended"),
    (status = 403, body = ProblemShape, description = "`cross_site`, `csrf_token`"),
    (status = 413, body = ProblemShape, description = "`too_large`"),
    (status = 415, body = ProblemShape, description = "`unsupported_media_type`"),
    (status = 503, body = ProblemShape, description = "`unavailable`"),
))]
pub(crate) async fn refresh(
    State(app): State<App>,
    _: Protected,
    headers: HeaderMap,
    body: Option<Json<Refresh>>,
) -> Result<Response, Problem> {
    let (held, carrier) = match &body {
        Some(Json(body)) => (app.auth.read_refresh(&body.refresh_token).map(Held::from), Carrier::Bearer),
        None => (app.guard.refresh_cookies(&headers), Carrier::TokenCookies),
    };
    let held = held.ok_or_else(Problem::signed_out)?;
    // A refusal takes no cookie away: when it arrives, the browser may have signed in anew.
    Ok(app.hand_on(&app.auth.refresh(&held, carrier).await?, &headers))
}

/// A short token for calls to another API.
#[derive(Serialize, ToSchema)]
#[schema(title = "AccessToken")]
pub(crate) struct Minted {
    #[schema(value_type = String)]
    access_token: Zeroizing<String>,
    /// `Bearer`
    token_type: &'static str,
    /// Seconds
    expires_in: u64,
}

/// Hands out an access token for calls to another API, to hold in memory. Carriers `cookie` and `token_cookies`.
#[utoipa::path(post, path = "/v1/session/token", tag = "Session", params(CsrfToken), responses(
    (status = 200, body = Minted),
    (status = 401, body = ProblemShape, description = "`signed_out`"),
    (status = 403, body = ProblemShape, description = "`cross_site`, `csrf_token`; `forbidden`: a bearer token is refreshed instead"),
    (status = 415, body = ProblemShape, description = "`unsupported_media_type`"),
    (status = 503, body = ProblemShape, description = "`unavailable`"),
))]
pub(crate) async fn token(State(app): State<App>, who: SignedIn) -> Result<axum::Json<Minted>, Problem> {
    let token = app.auth.access_token(&who)?;
    Ok(axum::Json(Minted {
        access_token: token.text,
        token_type: "Bearer",
        expires_in: token.expires_in.as_secs(),
    }))
}
