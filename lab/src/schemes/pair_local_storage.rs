//! 6: a short access token and a long refresh token, both in localStorage, the refresh token good as often as it comes, checked as the token itself says.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::StatusCode;
use serde_json::{Value, json};

use super::carried::{Broken, RefreshToken, bearer};
use super::key_pair::KeyPair;
use super::{Expected, Keeping, Place, Scheme, World, amber, green, red};
use crate::community::{Community, Typed, routes};
use crate::text::say;

pub(super) const SCHEME: Scheme = Scheme {
    number: 6,
    id: "pair-local-storage",
    name: say(
        "access and refresh tokens in localStorage, no rotation",
        "localStorage에 둔 access·refresh 토큰, 교체 없음",
    ),
    keeping: Keeping { access: Place::LocalStorage, refresh: Place::LocalStorage, csrf: Place::Nowhere },
    server,
    expected: EXPECTED,
};

const EXPECTED: &[Expected] = &[
    green(
        &["reload", "restart", "second-server", "store-down", "load"],
        "any server checks the tokens alone",
        "어느 서버든 토큰을 혼자 확인한다",
    ),
    green(
        &["two-tabs", "lost-answer"],
        "a refresh token may come as often as it likes",
        "refresh 토큰은 몇 번이든 다시 쓸 수 있다",
    ),
    amber(&["read-payload"], "base64url hides nothing", "base64url은 아무것도 숨기지 않는다"),
    green(
        &["tamper-payload", "tamper-signature"],
        "the signature covers the payload, there is no secret to guess",
        "서명이 페이로드를 덮고, 맞힐 비밀 키가 없다",
    ),
    red(
        &["tamper-algorithm"],
        "it believes the algorithm that a token names: for HS256 the public key, which anybody has, is the secret",
        "토큰에 적힌 알고리즘을 믿는다. HS256이라고 하면 누구나 가진 공개 키가 비밀 키가 된다",
    ),
    red(
        &["after-sign-out"],
        "no server knows that the owner has left",
        "주인이 로그아웃했는지 아는 서버가 없다",
    ),
    amber(
        &["stolen-access"],
        "a stolen access token is worth five minutes",
        "훔친 access 토큰은 5분 동안 쓸 수 있다",
    ),
    red(
        &["thief-first", "owner-first"],
        "a stolen refresh token is worth two weeks, and nobody notices",
        "훔친 refresh 토큰은 2주 동안 쓸 수 있고, 아무도 모른다",
    ),
    red(&["xss-exfiltrate", "xss-act"], "scripts read localStorage", "스크립트가 localStorage를 읽는다"),
    green(
        &["csrf-form", "csrf-image", "csrf-fetch"],
        "a browser sends no token by itself",
        "브라우저는 토큰을 스스로 보내지 않는다",
    ),
    green(&["delete-anothers"], "the author is looked up at every request", "글쓴이를 요청마다 확인한다"),
    amber(
        &["role-taken"],
        "the access token says for five minutes what the account was",
        "access 토큰은 5분 동안 예전 권한을 말한다",
    ),
];

const ACCESS: Duration = Duration::from_mins(5);
const REFRESH: Duration = Duration::from_hours(14 * 24);

#[derive(Clone)]
struct App {
    community: Community,
    keys: KeyPair,
}

fn server(world: &World) -> Router {
    let app = App { community: world.community.clone(), keys: KeyPair::of(world) };
    let own = Router::new().route("/sign-in", post(sign_in)).route("/refresh", post(turn));
    let own = own.route("/sign-out", post(sign_out)).route("/.well-known/jwks.json", get(published));
    let own = own.with_state(app.clone());
    routes(&world.community, SCHEME.keeping).layer(from_fn_with_state(app, who)).merge(own)
}

async fn published(State(app): State<App>) -> Json<Value> {
    app.keys.published()
}

async fn sign_in(State(app): State<App>, Json(typed): Json<Typed>) -> Result<Response, Broken> {
    let Some(caller) = app.community.check(&typed) else {
        return Ok(StatusCode::UNAUTHORIZED.into_response());
    };
    let access = app.keys.mint("access", ACCESS, &caller)?;
    let refresh = app.keys.mint("refresh", REFRESH, &caller)?;
    Ok(Json(json!({ "access_token": access, "refresh_token": refresh })).into_response())
}

async fn turn(State(app): State<App>, Json(body): Json<RefreshToken>) -> Result<Response, Broken> {
    let known =
        app.keys.read("refresh", &body.refresh_token).and_then(|caller| app.community.find(&caller.name));
    let Some(caller) = known else { return Ok(StatusCode::UNAUTHORIZED.into_response()) };
    Ok(Json(json!({ "access_token": app.keys.mint("access", ACCESS, &caller)? })).into_response())
}

/// The page throws its tokens away. There is nothing that a server could do.
async fn sign_out() -> StatusCode {
    StatusCode::NO_CONTENT
}

async fn who(State(app): State<App>, mut request: Request, next: Next) -> Response {
    if let Some(caller) = bearer(request.headers()).and_then(|token| app.keys.read("access", token)) {
        request.extensions_mut().insert(caller);
    }
    next.run(request).await
}
