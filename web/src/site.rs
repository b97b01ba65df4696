//! The whole site: API and pages behind one set of headers, limits and fallbacks.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use bitjang_guard::Problem;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderName, HeaderValue};
use tower::ServiceBuilder;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::{App, api, pages};

/// The largest body that is read, in bytes.
const BODY_BYTES: usize = 64 * 1_024;

/// What an answer may do in a browser: nothing. Pages ask for more themselves.
const NOTHING: &str = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// Every route of the server but its health and metrics.
pub fn router(app: App) -> Router {
    let https = app.settings.public_url.is_https();
    let pages = pages::router(&app)
        .fallback(async || Problem::not_found())
        .method_not_allowed_fallback(async || Problem::method_not_allowed())
        .layer(axum::middleware::from_fn_with_state(app.clone(), pages::show_problems));
    let headers = ServiceBuilder::new()
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .layer(unless_set(CACHE_CONTROL, "no-store"))
        .layer(unless_set(CONTENT_SECURITY_POLICY, NOTHING))
        .layer(unless_set(X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(unless_set(X_FRAME_OPTIONS, "DENY"))
        // Not no-referrer: with that, browsers send our own forms with `Origin: null`.
        .layer(unless_set(REFERRER_POLICY, "same-origin"))
        .layer(unless_set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin"))
        .layer(unless_set(HeaderName::from_static("cross-origin-resource-policy"), "same-origin"))
        .option_layer(https.then(|| unless_set(STRICT_TRANSPORT_SECURITY, "max-age=63072000")));
    // One layer of many parts: each layer of a router costs every request an allocation or two.
    api::router(&app)
        .merge(pages)
        .method_not_allowed_fallback(async || Problem::method_not_allowed())
        .layer(headers)
        .with_state(app)
}

fn unless_set(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}
