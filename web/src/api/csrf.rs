//! `/v1/csrf`: what a page asks first after a reload.

use axum::extract::State;
use bitjang_guard::SignedIn;
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

/// Hands out the session's CSRF token.
#[utoipa::path(get, path = "/v1/csrf", tag = "Session", responses(
    (status = 200, body = Token),
    (status = 401, body = ProblemShape, description = "`signed_out`"),
    (status = 503, body = ProblemShape, description = "`unavailable`"),
))]
pub(crate) async fn token(State(app): State<App>, who: SignedIn) -> axum::Json<Token> {
    axum::Json(Token { csrf_token: app.csrf_token(who.session().id) })
}
