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
use futures_util::future::BoxFuture;
use http::{HeaderMap, Method, StatusCode};
use serde_json::{Value, json};

use super::carried::{Broken, bearer};
use super::{Expected, Keeping, Place, Scheme, World, amber, green, red};
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
    green(
        &["reload", "restart", "second-server", "load"],
        "any server checks the access token alone; the store outlives kill -9",
        "어느 서버든 access 토큰을 혼자 확인하고, 저장소는 kill -9에도 남는다",
    ),
    amber(
        &["store-down"],
        "until the view of the revocations is older than max_staleness: then it refuses rather than guess",
        "폐기 목록이 max_staleness보다 오래될 때까지만. 그 뒤에는 추측하지 않고 거절한다",
    ),
    green(
        &["two-tabs", "lost-answer"],
        "the ratchet answers a second use of the same token with a sibling",
        "래칫은 같은 토큰을 다시 받으면 형제 토큰을 준다",
    ),
    amber(
        &["read-payload"],
        "base64url hides nothing: the token holds ids and roles, so nothing else belongs in it",
        "base64url은 아무것도 숨기지 않는다. 토큰에는 id와 권한만 있고, 다른 것을 넣으면 안 된다",
    ),
    green(
        &["tamper-payload", "tamper-signature", "tamper-algorithm"],
        "Ed25519, one algorithm per key, no key from the header",
        "Ed25519. 키마다 알고리즘은 하나이고, 헤더에서 키를 가져오지 않는다",
    ),
    green(
        &["after-sign-out"],
        "the feed of revocations tells every server",
        "폐기 피드가 모든 서버에 알린다",
    ),
    amber(
        &["stolen-access"],
        "until it expires or the owner ends the session: minutes",
        "만료되거나 주인이 세션을 끝낼 때까지, 길어야 몇 분",
    ),
    green(
        &["thief-first", "owner-first"],
        "when both have gone on the fork ends the session, and the feed tells every server",
        "둘 다 갱신하면 갈라진 것이 드러나 세션이 끝나고, 피드가 모든 서버에 알린다",
    ),
    amber(
        &["xss-exfiltrate"],
        "scripts can read neither cookie, but they may ask for a token for another API: good until it expires or the session ends",
        "스크립트는 두 쿠키를 읽지 못하지만, 다른 API용 토큰을 받을 수 있다. 만료되거나 세션이 끝날 때까지 통한다",
    ),
    red(
        &["xss-act"],
        "a script in the page does what the page can do",
        "페이지 안의 스크립트는 페이지가 할 수 있는 일을 모두 한다",
    ),
    green(
        &["csrf-form", "csrf-image", "csrf-fetch"],
        "SameSite, Fetch Metadata and the CSRF token",
        "SameSite, Fetch Metadata, CSRF 토큰",
    ),
    green(&["delete-anothers"], "the author is looked up at every request", "글쓴이를 요청마다 확인한다"),
    green(
        &["role-taken"],
        "a change of roles ends the access tokens that say otherwise, and the feed tells every server",
        "권한이 바뀌면 옛 권한을 말하는 access 토큰이 끝나고, 피드가 모든 서버에 알린다",
    ),
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
        .route("/sign-out", post(ask(Method::DELETE, "/v1/session")))
        .route("/refresh", post(ask(Method::POST, "/v1/session/refresh")))
        .route("/csrf", get(ask(Method::GET, "/v1/csrf")))
        // For calls to another API, which goes as `Bearer`. Here that other API is this community itself.
        .route("/token", post(ask(Method::POST, "/v1/session/token")))
        .route("/.well-known/jwks.json", get(ask(Method::GET, "/.well-known/jwks.json")))
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

/// A route that Bitjang answers.
fn ask(
    method: Method,
    path: &'static str,
) -> impl Fn(State<App>, HeaderMap) -> BoxFuture<'static, Result<Response, Broken>> + Clone {
    move |State(app), headers| {
        let method = method.clone();
        Box::pin(async move { app.issuer.forward(method, path, &headers, Bytes::new()).await })
    }
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
    if let (Some(token), Some(verifier)) = (presented(&headers), &app.verifier) {
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

/// Who sends a bearer token means it; a cookie comes along by itself.
fn presented(headers: &HeaderMap) -> Option<&str> {
    let cookie = match find(headers, ACCESS) {
        Found::One(token) => Some(token),
        _ => None,
    };
    bearer(headers).or(cookie)
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
