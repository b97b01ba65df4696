//! The routes of the hosted pages. They work without the script, and every form is protected from other sites.

mod account;
mod home;
mod return_to;
mod sign_in;
mod sign_out;
mod sign_up;
mod told;
mod visit;

use axum::Router;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use bitjang_guard::Problem;
use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};

use super::Pages;
use crate::App;
use crate::segment::Segment;

pub(crate) use told::show_problems;

/// The pages and what they are made of.
pub(crate) fn router(app: &App) -> Router<App> {
    let open = Router::new()
        .route("/sign-in", get(sign_in::show).post(sign_in::submit))
        .route("/sign-up", get(sign_up::show).post(sign_up::submit))
        .layer(app.guard.protect_open());
    let signed_in = Router::new()
        .route("/account", get(account::show))
        .route("/account/password", post(account::change_password))
        .route("/account/sessions/{id}/end", post(account::end_session))
        .route("/account/sessions/end-others", post(account::end_other_sessions))
        .route("/sign-out", get(sign_out::show).post(sign_out::submit))
        .layer(app.guard.protect());
    let free = Router::new().route("/", get(home::show)).route("/assets/{name}", get(asset));
    open.merge(signed_in).merge(free)
}

/// A file whose name changes with its content, so that the one of that very name may be kept for ever.
async fn asset(Segment(name): Segment) -> Result<Response, Problem> {
    let asset = Pages::asset(&name).ok_or(Problem::not_found())?;
    let headers = [(CONTENT_TYPE, asset.content_type), (CACHE_CONTROL, asset.cache_control)];
    Ok((headers.map(|(name, value)| (name, HeaderValue::from_static(value))), asset.bytes).into_response())
}
