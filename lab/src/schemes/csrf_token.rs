//! 9: both tokens in `HttpOnly` cookies, and a CSRF token in the page's memory, checked beside them.

use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{AppendHeaders, IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::header::SET_COOKIE;
use http::{HeaderMap, Method, StatusCode};
use serde_json::json;

use super::carried::{Broken, cookie};
use super::rotation::{Pair, Rotation};
use super::{Expected, Keeping, Place, Scheme, World};
use crate::Colour::{Amber, Green, Red};
use crate::community::{Community, Typed, routes};
use crate::text::say;

pub(super) const SCHEME: Scheme = Scheme {
    number: 9,
    id: "csrf-token",
    name: say("the same with a CSRF token in page memory", "그에 더해 페이지 메모리에 둔 CSRF 토큰"),
    keeping: Keeping { access: Place::Cookie, refresh: Place::Cookie, csrf: Place::Memory },
    server,
    expected: EXPECTED,
};

const EXPECTED: &[Expected] = &[
    (Green, &["reload", "restart", "second-server", "load"], "any server checks the access token alone"),
    (Amber, &["store-down"], "until the access token expires: no refresh without the DB"),
    (Red, &["two-tabs", "lost-answer"], "an honest second use of a refresh token looks like theft"),
    (Amber, &["read-payload"], "base64url hides nothing"),
    (
        Green,
        &["tamper-payload", "tamper-signature", "tamper-algorithm"],
        "the signature covers the payload, the secret is a random one",
    ),
    (
        Amber,
        &["after-sign-out", "stolen-access"],
        "no server knows that an access token is over before it expires",
    ),
    (
        Amber,
        &["thief-first", "owner-first"],
        "the second use betrays the theft; the thief's access token lives on for minutes",
    ),
    (Green, &["xss-exfiltrate"], "scripts can read neither cookie"),
    (Red, &["xss-act"], "a script in the page does what the page can do"),
    (Green, &["csrf-form", "csrf-fetch"], "another site's page does not know the CSRF token"),
    (Red, &["csrf-image"], "a GET is asked for no token, and this community deletes by GET"),
    (Green, &["delete-anothers"], "the author is looked up at every request"),
    (Amber, &["role-taken"], "the access token says for five minutes what the account was"),
];

#[derive(Clone)]
struct App {
    community: Community,
    rotation: Rotation,
}

fn server(world: &World) -> Router {
    let app = App { community: world.community.clone(), rotation: Rotation::new(world) };
    let own = Router::new().route("/sign-in", post(sign_in)).route("/refresh", post(turn));
    let own = own.route("/sign-out", post(sign_out)).route("/csrf", get(csrf)).with_state(app.clone());
    let all = routes(&world.community, SCHEME.keeping).layer(from_fn_with_state(app, who)).merge(own);
    all.layer(from_fn(not_forged))
}

async fn sign_in(State(app): State<App>, Json(typed): Json<Typed>) -> Result<Response, Broken> {
    let Some(caller) = app.community.check(&typed) else {
        return Ok(StatusCode::UNAUTHORIZED.into_response());
    };
    Ok(handed_out(&app.rotation.begin(&caller).await?, &crate::dice::random()?))
}

async fn turn(State(app): State<App>, headers: HeaderMap) -> Result<Response, Broken> {
    let Some(refresh) = cookie(&headers, "refresh") else {
        return Ok(StatusCode::UNAUTHORIZED.into_response());
    };
    match app.rotation.turn(refresh).await? {
        Some(pair) => Ok(handed_out(&pair, &crate::dice::random()?)),
        None => Ok(StatusCode::UNAUTHORIZED.into_response()),
    }
}

fn handed_out(Pair { access, refresh }: &Pair, csrf: &str) -> Response {
    let cookies = [("access", access.as_str()), ("refresh", refresh), ("csrf", csrf)].map(|(name, token)| {
        (SET_COOKIE, format!("{name}={token}; Path=/; HttpOnly; Secure; SameSite=None"))
    });
    (AppendHeaders(cookies), Json(json!({ "csrf_token": csrf }))).into_response()
}

/// What a page asks first after a reload. Another site's page cannot read the answer.
async fn csrf(headers: HeaderMap) -> Response {
    match cookie(&headers, "csrf") {
        Some(csrf) => Json(json!({ "csrf_token": csrf })).into_response(),
        None => StatusCode::UNAUTHORIZED.into_response(),
    }
}

/// Whoever changes something says in a header what the cookie says.
async fn not_forged(request: Request, next: Next) -> Response {
    let headers = request.headers();
    let safe = request.method() == Method::GET || request.uri().path() == "/sign-in";
    let said = headers.get("x-csrf-token").and_then(|token| token.to_str().ok());
    if safe || cookie(headers, "csrf") == said {
        next.run(request).await
    } else {
        StatusCode::FORBIDDEN.into_response()
    }
}

async fn sign_out(State(app): State<App>, headers: HeaderMap) -> Result<Response, Broken> {
    if let Some(refresh) = cookie(&headers, "refresh") {
        app.rotation.end(refresh).await?;
    }
    let gone = ["access", "refresh", "csrf"]
        .map(|name| (SET_COOKIE, format!("{name}=; Path=/; HttpOnly; Secure; SameSite=None; Max-Age=0")));
    Ok((AppendHeaders(gone), StatusCode::NO_CONTENT).into_response())
}

async fn who(State(app): State<App>, mut request: Request, next: Next) -> Response {
    if let Some(caller) = cookie(request.headers(), "access").and_then(|token| app.rotation.read(token)) {
        request.extensions_mut().insert(caller);
    }
    next.run(request).await
}
