//! `/v1/csrf`: what a page asks first after a reload.

use axum::extract::State;
use bitjang_core::{Carrier, Refusal};
use bitjang_guard::Problem;
use http::HeaderMap;
use serde::Serialize;
use utoipa::ToSchema;

use super::ProblemShape;
use crate::App;

/// A CSRF token.
#[derive(Serialize, ToSchema)]
pub(crate) struct Token {
    /// To be sent as `X-CSRF-Token`; for pages to hold in memory
    csrf_token: String,
}

/// Hands out the session's CSRF token, also when the access cookie has expired: a page asks this first after a reload.
#[utoipa::path(get, path = "/v1/csrf", tag = "Session", responses(
    (status = 200, body = Token),
    (status = 401, body = ProblemShape, description = "`signed_out`"),
    (status = 503, body = ProblemShape, description = "`unavailable`"),
))]
pub(crate) async fn token(State(app): State<App>, headers: HeaderMap) -> Result<axum::Json<Token>, Problem> {
    let refused = |error| Problem::refusing(error, &headers);
    let proof = app.guard.lasting_proof(&headers).ok_or_else(|| refused(Refusal::SignedOut.into()))?;
    let who = app.auth.verify(&proof).await.map_err(refused)?;
    match who.session().carrier {
        Carrier::Cookie | Carrier::TokenCookies => {
            Ok(axum::Json(Token { csrf_token: app.csrf_token(who.session().id) }))
        }
        // No cookie speaks for it, so nothing can be forged.
        Carrier::Bearer => Err(Refusal::SignedOut.into()),
    }
}
