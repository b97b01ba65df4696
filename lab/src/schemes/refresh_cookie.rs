//! 7: the access token in the page's memory, the refresh token in an `HttpOnly` cookie, rotated at each use.

use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use axum::{Json, Router};
use http::header::SET_COOKIE;
use http::{HeaderMap, StatusCode};
use serde_json::json;

use super::carried::{Broken, bearer, cookie};
use super::rotation::{Pair, Rotation};
use super::{Expected, Keeping, Place, Scheme, World};
use crate::Colour::{Amber, Green, Red};
use crate::community::{Community, Typed, routes};
use crate::text::say;

pub(super) const SCHEME: Scheme = Scheme {
    number: 7,
    id: "refresh-cookie",
    name: say(
        "access token in memory, refresh token in an HttpOnly cookie",
        "access 토큰은 메모리, refresh 토큰은 HttpOnly 쿠키",
    ),
    keeping: Keeping { access: Place::Memory, refresh: Place::Cookie, csrf: Place::Nowhere },
    server,
    expected: EXPECTED,
};

const EXPECTED: &[Expected] = &[
    (
        Green,
        &["reload", "restart", "second-server", "load"],
        "any server checks the access token alone; after a reload the cookie brings another",
    ),
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
    (
        Amber,
        &["xss-exfiltrate"],
        "a script asks for an access token and sends it away; the refresh token it cannot read",
    ),
    (Red, &["xss-act"], "a script in the page does what the page can do"),
    (Green, &["csrf-form", "csrf-image", "csrf-fetch"], "a browser sends no access token by itself"),
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
    let own = own.route("/sign-out", post(sign_out)).with_state(app.clone());
    routes(&world.community, SCHEME.keeping).layer(from_fn_with_state(app, who)).merge(own)
}

async fn sign_in(State(app): State<App>, Json(typed): Json<Typed>) -> Result<Response, Broken> {
    let Some(caller) = app.community.check(&typed) else {
        return Ok(StatusCode::UNAUTHORIZED.into_response());
    };
    Ok(handed_out(&app.rotation.begin(&caller).await?))
}

async fn turn(State(app): State<App>, headers: HeaderMap) -> Result<Response, Broken> {
    let Some(refresh) = cookie(&headers, "refresh") else {
        return Ok(StatusCode::UNAUTHORIZED.into_response());
    };
    match app.rotation.turn(refresh).await? {
        Some(pair) => Ok(handed_out(&pair)),
        None => Ok(StatusCode::UNAUTHORIZED.into_response()),
    }
}

fn handed_out(Pair { access, refresh }: &Pair) -> Response {
    let cookie = format!("refresh={refresh}; Path=/; HttpOnly; Secure; SameSite=Strict");
    ([(SET_COOKIE, cookie)], Json(json!({ "access_token": access }))).into_response()
}

async fn sign_out(State(app): State<App>, headers: HeaderMap) -> Result<Response, Broken> {
    if let Some(refresh) = cookie(&headers, "refresh") {
        app.rotation.end(refresh).await?;
    }
    let gone = "refresh=; Path=/; HttpOnly; Secure; SameSite=Strict; Max-Age=0";
    Ok(([(SET_COOKIE, gone)], StatusCode::NO_CONTENT).into_response())
}

async fn who(State(app): State<App>, mut request: Request, next: Next) -> Response {
    if let Some(caller) = bearer(request.headers()).and_then(|token| app.rotation.read(token)) {
        request.extensions_mut().insert(caller);
    }
    next.run(request).await
}
