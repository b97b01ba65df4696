//! `/v1/sessions`: where the account is signed in, and ending that from here.

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use bitjang_core::SessionId;
use bitjang_guard::{Problem, SignedIn};
use http::{HeaderMap, StatusCode};
use serde::Serialize;
use utoipa::ToSchema;

use super::{CsrfToken, ProblemShape};
use crate::App;
use crate::answer::{SessionShape, json, without_cookies};
use crate::segment::Segment;

/// The sessions of an account.
#[derive(Serialize, ToSchema)]
pub(crate) struct Sessions<'a> {
    /// The latest first
    sessions: Vec<Listed<'a>>,
}

/// One of them.
#[derive(Serialize, ToSchema)]
struct Listed<'a> {
    #[serde(flatten)]
    session: SessionShape<'a>,
    /// Whether it is the one that asks
    current: bool,
}

/// Lists the account's sessions.
#[utoipa::path(get, path = "/v1/sessions", tag = "Sessions", responses(
    (status = 200, body = Sessions),
    (status = 401, body = ProblemShape, description = "`signed_out`"),
    (status = 503, body = ProblemShape, description = "`unavailable`"),
))]
pub(crate) async fn list(State(app): State<App>, who: SignedIn) -> Result<Response, Problem> {
    let sessions = app.auth.sessions(&who).await?;
    let listed = sessions.iter().map(|session| Listed {
        session: SessionShape::from(&**session),
        current: session.id == who.session().id,
    });
    Ok(json(&Sessions { sessions: listed.collect() }))
}

/// Ends all sessions of the account but the one that asks.
#[utoipa::path(delete, path = "/v1/sessions", tag = "Sessions", params(CsrfToken), responses(
    (status = 204),
    (status = 401, body = ProblemShape, description = "`signed_out`"),
    (status = 403, body = ProblemShape, description = "`cross_site`, `csrf_token`"),
    (status = 503, body = ProblemShape, description = "`unavailable`"),
))]
pub(crate) async fn end_others(State(app): State<App>, who: SignedIn) -> Result<StatusCode, Problem> {
    app.auth.end_other_sessions(&who).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends one session of the account.
#[utoipa::path(delete, path = "/v1/sessions/{id}", tag = "Sessions", params(("id" = String, Path), CsrfToken), responses(
    (status = 204, description = "Ended; takes the cookie away if it was the one that asks"),
    (status = 401, body = ProblemShape, description = "`signed_out`"),
    (status = 403, body = ProblemShape, description = "`cross_site`, `csrf_token`"),
    (status = 404, body = ProblemShape, description = "`not_found`: it is not there, or not yours"),
    (status = 503, body = ProblemShape, description = "`unavailable`"),
))]
pub(crate) async fn end(
    State(app): State<App>,
    who: SignedIn,
    headers: HeaderMap,
    Segment(id): Segment,
) -> Result<Response, Problem> {
    let id: SessionId = id.parse().map_err(|_| Problem::not_found())?;
    app.auth.end_session(&who, id).await?;
    let ended = StatusCode::NO_CONTENT.into_response();
    Ok(if id == who.session().id { (without_cookies(&headers), ended).into_response() } else { ended })
}
