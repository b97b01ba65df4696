//! 1: the credential itself in a plain cookie. Nothing to keep on the server.

use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use http::header::SET_COOKIE;
use serde_json::json;

use super::carried::cookie;
use super::{Expected, Keeping, Place, Scheme, World, green, red};
use crate::community::{Community, Typed, routes};
use crate::text::say;

pub(super) const SCHEME: Scheme = Scheme {
    number: 1,
    id: "plain-cookie",
    name: say("the credential in a plain cookie", "일반 쿠키에 담은 로그인 정보"),
    keeping: Keeping { access: Place::Cookie, refresh: Place::Nowhere, csrf: Place::Nowhere },
    server,
    expected: EXPECTED,
};

const EXPECTED: &[Expected] = &[
    green(
        &["reload", "restart", "second-server", "store-down", "load"],
        "every request brings name and password; nothing else is needed",
        "요청마다 이름과 비밀번호가 실려 오니 더 필요한 것이 없다",
    ),
    green(
        &["two-tabs", "lost-answer"],
        "nothing ever changes, so nothing races",
        "바뀌는 것이 없으니 경쟁할 일이 없다",
    ),
    red(&["read-payload"], "base64 hides no password", "base64는 비밀번호를 숨기지 못한다"),
    green(
        &["tamper-payload", "tamper-signature", "tamper-algorithm"],
        "another name needs that one's password",
        "다른 이름을 쓰려면 그 사람의 비밀번호가 필요하다",
    ),
    red(
        &["after-sign-out", "stolen-access", "thief-first", "owner-first"],
        "a stolen password works until it is changed, and nobody notices",
        "훔친 비밀번호는 바꿀 때까지 통하고, 아무도 모른다",
    ),
    red(
        &["xss-exfiltrate", "xss-act"],
        "the cookie is readable by scripts",
        "스크립트가 쿠키를 읽을 수 있다",
    ),
    red(
        &["csrf-form"],
        "a fresh cookie without SameSite goes along with another site's form",
        "SameSite 없이 막 받은 쿠키는 다른 사이트의 폼에도 실려 간다",
    ),
    green(
        &["csrf-image", "csrf-fetch"],
        "browsers take a missing SameSite for Lax",
        "SameSite가 없으면 브라우저는 Lax로 다룬다",
    ),
    green(
        &["delete-anothers", "role-taken"],
        "the author and the role are looked up at every request",
        "글쓴이와 권한을 요청마다 확인한다",
    ),
];

fn server(world: &World) -> Router {
    let community = world.community.clone();
    let own = Router::new().route("/sign-in", post(sign_in)).route("/sign-out", post(sign_out));
    let own = own.with_state(community.clone());
    routes(&community, SCHEME.keeping).layer(from_fn_with_state(community, who)).merge(own)
}

async fn sign_in(State(community): State<Community>, Json(typed): Json<Typed>) -> Response {
    if community.check(&typed).is_none() {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let credential = STANDARD.encode(format!("{}:{}", typed.name, typed.password));
    ([(SET_COOKIE, format!("login={credential}; Path=/"))], Json(json!({}))).into_response()
}

async fn sign_out() -> Response {
    ([(SET_COOKIE, "login=; Path=/; Max-Age=0")], StatusCode::NO_CONTENT).into_response()
}

async fn who(State(community): State<Community>, mut request: Request, next: Next) -> Response {
    if let Some(typed) = cookie(request.headers(), "login").and_then(decode)
        && let Some(caller) = community.check(&typed)
    {
        request.extensions_mut().insert(caller);
    }
    next.run(request).await
}

fn decode(credential: &str) -> Option<Typed> {
    let clear = String::from_utf8(STANDARD.decode(credential).ok()?).ok()?;
    let (name, password) = clear.split_once(':')?;
    Some(Typed { name: name.into(), password: password.into() })
}
