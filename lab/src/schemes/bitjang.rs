//! 10: Bitjang. Tokens in `HttpOnly` cookies, a CSRF token in page memory, the refresh ratchet; every server verifies alone and follows the revocations.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use bitjang_guard::cookies::{ACCESS, Found, find};
use bitjang_guard::verifier::Verifier;
use bitjang_guard::{Origins, Provenance};
use http::{HeaderMap, Method, StatusCode};
use serde_json::{Value, json};

use super::carried::Broken;
use super::{Expected, Keeping, Place, Scheme, World};
use crate::Colour::{Amber, Green, Red};
use crate::community::{Caller, Typed, routes};
use crate::issuer::Issuer;
use crate::text::say;

pub(super) const SCHEME: Scheme = Scheme {
    number: 10,
    id: "bitjang",
    name: say("Bitjang", "빗장"),
    keeping: Keeping { access: Place::Cookie, refresh: Place::Cookie, csrf: Place::Memory },
    server,
    expected: EXPECTED,
};

const EXPECTED: &[Expected] = &[
    (
        Green,
        &["reload", "restart", "second-server", "load"],
        "any server checks the access token alone; the store outlives kill -9",
    ),
    (
        Amber,
        &["store-down"],
        "until the view of the revocations is older than max_staleness: then it refuses rather than guess",
    ),
    (
        Green,
        &["two-tabs", "lost-answer"],
        "the ratchet answers a second use of the same token with a sibling",
    ),
    (
        Amber,
        &["read-payload"],
        "base64url hides nothing: the token holds ids and roles, so nothing else belongs in it",
    ),
    (
        Green,
        &["tamper-payload", "tamper-signature", "tamper-algorithm"],
        "Ed25519, one algorithm per key, no key from the header",
    ),
    (Green, &["after-sign-out"], "the feed of revocations tells every server"),
    (Amber, &["stolen-access"], "until it expires or the owner ends the session: minutes"),
    (
        Green,
        &["thief-first", "owner-first"],
        "when both have gone on the fork ends the session, and the feed tells every server",
    ),
    (
        Green,
        &["xss-exfiltrate"],
        "scripts can read neither cookie; the CSRF token is worth nothing without them",
    ),
    (Red, &["xss-act"], "a script in the page does what the page can do"),
    (Green, &["csrf-form", "csrf-image", "csrf-fetch"], "SameSite, Fetch Metadata and the CSRF token"),
    (Green, &["delete-anothers"], "the author is looked up at every request"),
    (Amber, &["role-taken"], "the access token says until it expires what the account was"),
];

#[derive(Clone)]
struct App {
    issuer: Arc<Issuer>,
    /// Nothing where the issuer cannot be followed: then nobody is let in.
    verifier: Option<Verifier>,
}

fn server(world: &World) -> Router {
    let issuer = Arc::clone(&world.issuer);
    let app = App { verifier: issuer.follow().ok(), issuer };
    let own = Router::new()
        .route("/sign-in", post(sign_in))
        .route("/sign-out", post(sign_out))
        .route("/refresh", post(refresh))
        .route("/csrf", get(csrf))
        .route("/ready", get(ready))
        .with_state(app.clone());
    routes(&world.community, SCHEME.keeping).layer(from_fn_with_state(app, who)).merge(own)
}

async fn sign_in(
    State(app): State<App>,
    headers: HeaderMap,
    Json(typed): Json<Typed>,
) -> Result<Response, Broken> {
    let body = json!({ "identifier": typed.name, "password": typed.password, "carrier": "token_cookies" });
    app.issuer.forward(Method::POST, "/v1/session", &headers, body.to_string().into()).await
}

async fn sign_out(State(app): State<App>, headers: HeaderMap) -> Result<Response, Broken> {
    app.issuer.forward(Method::DELETE, "/v1/session", &headers, Bytes::new()).await
}

async fn refresh(State(app): State<App>, headers: HeaderMap) -> Result<Response, Broken> {
    app.issuer.forward(Method::POST, "/v1/session/refresh", &headers, Bytes::new()).await
}

async fn csrf(State(app): State<App>, headers: HeaderMap) -> Result<Response, Broken> {
    app.issuer.forward(Method::GET, "/v1/csrf", &headers, Bytes::new()).await
}

/// Waits until the keys and the revocations are known for the first time.
async fn ready(State(app): State<App>) -> StatusCode {
    match &app.verifier {
        Some(verifier) => verifier.ready().await,
        None => return StatusCode::SERVICE_UNAVAILABLE,
    }
    StatusCode::NO_CONTENT
}

async fn who(State(app): State<App>, mut request: Request, next: Next) -> Result<Response, Response> {
    let headers = request.headers().clone();
    if let (Found::One(token), Some(verifier)) = (find(&headers, ACCESS), &app.verifier) {
        match verifier.verify(token) {
            Ok(caller) => {
                let name = app.issuer.name_of(caller.account()).unwrap_or_default();
                let role = if caller.has_role("moderator") { "moderator" } else { "member" };
                request.extensions_mut().insert(Caller { name, role: role.into() });
            }
            // Nobody, or nobody that we can vouch for at the moment.
            Err(refused) if matches!(refused.code(), "feed_stale" | "keys_unknown") => {
                return Err(StatusCode::SERVICE_UNAVAILABLE.into_response());
            }
            Err(_) => {}
        }
    }
    if changes(&request) {
        app.not_forged(&headers).await.map_err(IntoResponse::into_response)?;
    }
    Ok(next.run(request).await)
}

/// Whatever the method says: this community deletes by GET as well.
fn changes(request: &Request) -> bool {
    request.method() != Method::GET || request.uri().path().ends_with("/delete")
}

impl App {
    /// Both layers: the request comes from a page of ours, and that page knows the session's CSRF token.
    async fn not_forged(&self, headers: &HeaderMap) -> Result<(), StatusCode> {
        let own = self.issuer.site().ok_or(StatusCode::SERVICE_UNAVAILABLE)?;
        if Origins::new(&own, &[]).provenance(headers) != Provenance::Own {
            return Err(StatusCode::FORBIDDEN);
        }
        let answer = self.issuer.forward(Method::GET, "/v1/csrf", headers, Bytes::new()).await;
        let answer = answer.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
        let body = axum::body::to_bytes(answer.into_body(), 4_096).await.unwrap_or_default();
        let good: Value = serde_json::from_slice(&body).unwrap_or_default();
        let said = headers.get("x-csrf-token").and_then(|token| token.to_str().ok());
        let same = said.is_some() && good.get("csrf_token").and_then(Value::as_str) == said;
        if same { Ok(()) } else { Err(StatusCode::FORBIDDEN) }
    }
}
