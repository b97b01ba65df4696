//! The routes: the community's own, and those that Bitjang answers under the same origin.

mod members;
mod pass_on;
mod posts;
mod try_it;
mod visit;

use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRequestParts, Path};
use axum::http::request::Parts;
use axum::routing::{any, get, post};
use bitjang_guard::Problem;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};

use crate::app::App;
use crate::pages::STYLE;

/// What Bitjang answers. Whatever is not named here stays out of reach.
const OF_BITJANG: [&str; 8] = [
    "/sign-in",
    "/sign-up",
    "/sign-out",
    "/account",
    "/account/{*rest}",
    "/assets/{*rest}",
    "/v1/{*rest}",
    "/.well-known/jwks.json",
];

/// The largest body that is read, in bytes.
const BODY_BYTES: usize = 64 * 1_024;

pub(crate) fn router(app: App) -> Router {
    let own = Router::new()
        .route("/", get(posts::front))
        .route("/posts", post(posts::write))
        .route("/posts/{id}", get(posts::show))
        .route("/posts/{id}/edit", get(posts::edit_form).post(posts::edit))
        .route("/posts/{id}/delete", post(posts::delete))
        .route("/posts/{id}/comments", post(posts::remark))
        .route("/comments/{id}/delete", post(posts::delete_comment))
        .route("/members", get(members::list))
        .route("/members/{id}/ban", post(members::ban))
        .route("/members/{id}/unban", post(members::unban))
        .route("/members/{id}/roles", post(members::give_roles))
        .route("/try", get(try_it::show).post(try_it::attempt))
        .route(
            "/community.css",
            get(async || ([(CONTENT_TYPE, "text/css"), (CACHE_CONTROL, "no-cache")], STYLE)),
        )
        .fallback(async || Problem::not_found())
        .method_not_allowed_fallback(async || Problem::method_not_allowed())
        .layer(axum::middleware::from_fn_with_state(app.clone(), visit::show_problems))
        .layer(DefaultBodyLimit::max(BODY_BYTES));
    let passed_on =
        OF_BITJANG.iter().fold(Router::new(), |routes, path| routes.route(path, any(pass_on::pass_on)));
    own.merge(passed_on).with_state(app)
}

/// What a path names. What cannot be read names nothing.
pub(crate) struct Named<T>(T);

impl<T: std::str::FromStr> FromRequestParts<App> for Named<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let segment = Path::<String>::from_request_parts(parts, app).await;
        segment.ok().and_then(|Path(text)| text.parse().ok()).map(Self).ok_or(Problem::not_found())
    }
}
