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
use super::{Expected, Keeping, Place, Scheme, World, amber, green, red};
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
    green(
        &["reload", "restart", "second-server", "load"],
        "any server checks the access token alone; after a reload the cookie brings another",
        "어느 서버든 access 토큰을 혼자 확인하고, 새로고침하면 쿠키로 다시 받는다",
    ),
    amber(
        &["store-down"],
        "until the access token expires: no refresh without the DB",
        "access 토큰이 만료될 때까지만. DB 없이는 갱신할 수 없다",
    ),
    red(
        &["two-tabs", "lost-answer"],
        "an honest second use of a refresh token looks like theft",
        "정직하게 두 번 쓴 refresh 토큰도 도난처럼 보인다",
    ),
    amber(&["read-payload"], "base64url hides nothing", "base64url은 아무것도 숨기지 않는다"),
    green(
        &["tamper-payload", "tamper-signature", "tamper-algorithm"],
        "the signature covers the payload, the secret is a random one",
        "서명이 페이로드를 덮고, 비밀 키는 무작위 값이다",
    ),
    amber(
        &["after-sign-out", "stolen-access"],
        "no server knows that an access token is over before it expires",
        "만료 전에 끝난 access 토큰을 알아보는 서버가 없다",
    ),
    amber(
        &["thief-first", "owner-first"],
        "the second use betrays the theft; the thief's access token lives on for minutes",
        "두 번째 사용이 도난을 드러내지만, 도둑의 access 토큰은 몇 분 더 산다",
    ),
    amber(
        &["xss-exfiltrate"],
        "a script asks for an access token and sends it away; the refresh token it cannot read",
        "스크립트가 access 토큰을 받아 밖으로 보낸다. refresh 토큰은 읽지 못한다",
    ),
    red(
        &["xss-act"],
        "a script in the page does what the page can do",
        "페이지 안의 스크립트는 페이지가 할 수 있는 일을 모두 한다",
    ),
    green(
        &["csrf-form", "csrf-image", "csrf-fetch"],
        "a browser sends no access token by itself",
        "브라우저는 access 토큰을 스스로 보내지 않는다",
    ),
    green(&["delete-anothers"], "the author is looked up at every request", "글쓴이를 요청마다 확인한다"),
    amber(
        &["role-taken"],
        "the access token says for five minutes what the account was",
        "access 토큰은 5분 동안 예전 권한을 말한다",
    ),
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
