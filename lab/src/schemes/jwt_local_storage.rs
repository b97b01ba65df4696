//! 4: a JWT alone, HS256 under the secret of the tutorial, in localStorage.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use axum::{Json, Router};
use http::StatusCode;
use serde_json::json;

use super::carried::{Broken, bearer};
use super::token::Tokens;
use super::{Expected, Keeping, Place, Scheme, World, amber, green, red};
use crate::community::{Community, Typed, routes};
use crate::text::say;

pub(super) const SCHEME: Scheme = Scheme {
    number: 4,
    id: "jwt-local-storage",
    name: say("a JWT alone, in localStorage", "localStorage에 둔 JWT 하나"),
    keeping: Keeping { access: Place::LocalStorage, refresh: Place::Nowhere, csrf: Place::Nowhere },
    server,
    expected: EXPECTED,
};

const EXPECTED: &[Expected] = &[
    green(
        &["reload", "restart", "second-server", "store-down", "load"],
        "any server checks the token alone",
        "어느 서버든 토큰을 혼자 확인한다",
    ),
    green(
        &["two-tabs", "lost-answer"],
        "the token never changes, so nothing races",
        "토큰이 바뀌지 않으니 경쟁할 일이 없다",
    ),
    amber(&["read-payload"], "base64url hides nothing", "base64url은 아무것도 숨기지 않는다"),
    green(
        &["tamper-payload", "tamper-algorithm"],
        "the signature covers the payload, and the server names the algorithm",
        "서명이 페이로드를 덮고, 알고리즘은 서버가 정한다",
    ),
    red(
        &["tamper-signature"],
        "the secret is the word \"secret\": whoever guesses it signs",
        "비밀 키가 \"secret\"이라는 단어다. 맞히는 사람이 서명한다",
    ),
    red(
        &["after-sign-out"],
        "no server knows that the owner has left",
        "주인이 로그아웃했는지 아는 서버가 없다",
    ),
    red(
        &["stolen-access", "thief-first", "owner-first"],
        "whoever has the token is you for a day; nobody notices",
        "토큰을 가진 사람이 하루 동안 당신이 되고, 아무도 모른다",
    ),
    red(&["xss-exfiltrate", "xss-act"], "scripts read localStorage", "스크립트가 localStorage를 읽는다"),
    green(
        &["csrf-form", "csrf-image", "csrf-fetch"],
        "a browser sends no token by itself",
        "브라우저는 토큰을 스스로 보내지 않는다",
    ),
    green(&["delete-anothers"], "the author is looked up at every request", "글쓴이를 요청마다 확인한다"),
    red(
        &["role-taken"],
        "the token says for a day what the account was",
        "토큰은 하루 동안 예전 권한을 말한다",
    ),
];

#[derive(Clone)]
struct App {
    community: Community,
    tokens: Tokens,
}

fn server(world: &World) -> Router {
    let (secret, life) = ("secret".to_owned(), Duration::from_hours(24));
    let tokens = Tokens { secret, life, clock: world.clock.clone() };
    let app = App { community: world.community.clone(), tokens };
    let own = Router::new().route("/sign-in", post(sign_in)).route("/sign-out", post(sign_out));
    let own = own.with_state(app.clone());
    routes(&world.community, SCHEME.keeping).layer(from_fn_with_state(app, who)).merge(own)
}

async fn sign_in(State(app): State<App>, Json(typed): Json<Typed>) -> Result<Response, Broken> {
    let Some(caller) = app.community.check(&typed) else {
        return Ok(StatusCode::UNAUTHORIZED.into_response());
    };
    Ok(Json(json!({ "access_token": app.tokens.mint(&caller)? })).into_response())
}

/// The page throws its token away. There is nothing that a server could do.
async fn sign_out() -> StatusCode {
    StatusCode::NO_CONTENT
}

async fn who(State(app): State<App>, mut request: Request, next: Next) -> Response {
    if let Some(caller) = bearer(request.headers()).and_then(|token| app.tokens.read(token)) {
        request.extensions_mut().insert(caller);
    }
    next.run(request).await
}
