//! The whole site: API and pages behind one set of headers, limits and fallbacks.

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::response::Response;
use bitjang_guard::Problem;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, Entry, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderName, HeaderValue};
use tower::ServiceBuilder;
use tower::util::MapResponseLayer;

use crate::{App, api, pages};

/// The largest body that is read, in bytes.
const BODY_BYTES: usize = 64 * 1_024;

/// What an answer may do in a browser: nothing. Pages ask for more themselves.
const NOTHING: &str = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'";

/// Every route of the server but its health and metrics.
pub fn router(app: App) -> Router {
    let pages = pages::router(&app)
        .fallback(async || Problem::not_found())
        .method_not_allowed_fallback(async || Problem::method_not_allowed())
        .layer(axum::middleware::from_fn_with_state(app.clone(), pages::show_problems))
        .layer(saying(page_headers()));
    let around = ServiceBuilder::new().layer(in_browsers(&app)).layer(DefaultBodyLimit::max(BODY_BYTES));
    api::router(&app)
        .merge(pages)
        .method_not_allowed_fallback(async || Problem::method_not_allowed())
        .layer(around)
        .with_state(app)
}

/// What every answer says to browsers, for routes beside these: no other page may show it, nobody guesses what it is, and where https is spoken it stays so.
pub fn in_browsers(app: &App) -> MapResponseLayer<impl Fn(Response) -> Response + Clone + use<>> {
    saying(standing_headers(app.settings.public_url.is_https()))
}

/// Headers that are always the same.
pub(crate) type Fixed = Arc<[(HeaderName, HeaderValue)]>;

/// The same, unless an answer says something else itself.
pub(crate) fn standing_headers(https: bool) -> Fixed {
    let mut headers = vec![
        (CACHE_CONTROL, "no-store"),
        (CONTENT_SECURITY_POLICY, NOTHING),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    if https {
        headers.push((STRICT_TRANSPORT_SECURITY, "max-age=63072000; includeSubDomains"));
    }
    fixed(headers)
}

/// What every page says beside that: of data, which opens nothing and leads nowhere, nobody asks it.
fn page_headers() -> Fixed {
    fixed(vec![
        // Not no-referrer: with that, browsers send our own forms with `Origin: null`.
        (REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ])
}

fn fixed(headers: Vec<(HeaderName, &'static str)>) -> Fixed {
    headers.into_iter().map(|(name, value)| (name, HeaderValue::from_static(value))).collect()
}

fn saying(fixed: Fixed) -> MapResponseLayer<impl Fn(Response) -> Response + Clone> {
    MapResponseLayer::new(move |response| say(&fixed, response))
}

/// Puts headers on an answer that does not have them already. One pass over all of them: a layer for each costs every request an allocation or two.
pub(crate) fn say(fixed: &Fixed, mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.reserve(fixed.len());
    for (name, value) in &**fixed {
        if let Entry::Vacant(place) = headers.entry(name) {
            place.insert(value.clone());
        }
    }
    response
}
