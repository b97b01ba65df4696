//! `/sign-out`: asks once, then signs out.

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use bitjang_core::Refusal;
use bitjang_guard::{Problem, SignedForm, SignedIn};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;

use super::visit::{Visit, see, see_with};
use crate::App;
use crate::answer::without_cookies;
use crate::pages::view::Notice;
use crate::pages::{View, view};

/// A form whose button says it all.
#[derive(Deserialize)]
pub(super) struct Button {}

pub(super) async fn show(State(app): State<App>, who: Option<SignedIn>, visit: Visit) -> Response {
    match who {
        None => see("/"),
        Some(who) => {
            let page = view::SignOut { csrf_token: app.csrf_token(who.session().id) };
            visit.page(StatusCode::OK, &View::SignOut(page))
        }
    }
}

pub(super) async fn submit(
    State(app): State<App>,
    headers: HeaderMap,
    SignedForm(_, _): SignedForm<Button>,
) -> Result<Response, Problem> {
    let proof = app.guard.lasting_proof(&headers).ok_or(Refusal::SignedOut)?;
    app.auth.sign_out(&proof).await?;
    Ok((without_cookies(&headers), see_with("/", Notice::SignedOut)).into_response())
}
