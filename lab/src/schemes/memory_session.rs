//! 2: a session in the memory of the server, its id in an `HttpOnly` cookie.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use axum::{Json, Router};
use http::header::SET_COOKIE;
use http::{HeaderMap, StatusCode};
use serde_json::json;

use super::carried::{Broken, cookie};
use super::{Expected, Keeping, Place, Scheme, World, green, red};
use crate::community::{Community, Typed, routes};
use crate::text::say;

pub(super) const SCHEME: Scheme = Scheme {
    number: 2,
    id: "memory-session",
    name: say("a session in server memory", "서버 메모리에 둔 세션"),
    keeping: Keeping { access: Place::Cookie, refresh: Place::Nowhere, csrf: Place::Nowhere },
    server,
    expected: EXPECTED,
};

const EXPECTED: &[Expected] = &[
    green(
        &["reload", "store-down", "load"],
        "the server remembers, and asks nobody",
        "서버가 기억하고, 누구에게도 묻지 않는다",
    ),
    red(
        &["restart", "second-server"],
        "its memory is its own, and ends with it",
        "서버의 메모리는 그 서버만의 것이고, 서버와 함께 사라진다",
    ),
    green(
        &["two-tabs", "lost-answer"],
        "the id never changes, so nothing races",
        "id가 바뀌지 않으니 경쟁할 일이 없다",
    ),
    green(
        &["read-payload", "tamper-payload", "tamper-signature", "tamper-algorithm"],
        "the id says nothing, and another id is nobody's",
        "id에는 아무 뜻이 없고, 다른 id는 누구의 것도 아니다",
    ),
    green(&["after-sign-out"], "the server forgets the session", "서버가 세션을 잊는다"),
    red(
        &["stolen-access", "thief-first", "owner-first"],
        "whoever has the id is you for as long as the session lasts; nobody notices",
        "id를 가진 사람이 세션이 끝날 때까지 당신이 되고, 아무도 모른다",
    ),
    green(
        &["xss-exfiltrate"],
        "scripts cannot read an HttpOnly cookie",
        "스크립트는 HttpOnly 쿠키를 읽지 못한다",
    ),
    red(
        &["xss-act"],
        "a script in the page does what the page can do",
        "페이지 안의 스크립트는 페이지가 할 수 있는 일을 모두 한다",
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

#[derive(Clone)]
struct App {
    community: Community,
    sessions: Arc<Mutex<HashMap<String, String>>>,
}

impl App {
    fn sessions(&self) -> MutexGuard<'_, HashMap<String, String>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn server(world: &World) -> Router {
    let app = App { community: world.community.clone(), sessions: Arc::default() };
    let own = Router::new().route("/sign-in", post(sign_in)).route("/sign-out", post(sign_out));
    let own = own.with_state(app.clone());
    routes(&world.community, SCHEME.keeping).layer(from_fn_with_state(app, who)).merge(own)
}

async fn sign_in(State(app): State<App>, Json(typed): Json<Typed>) -> Result<Response, Broken> {
    let Some(caller) = app.community.check(&typed) else {
        return Ok(StatusCode::UNAUTHORIZED.into_response());
    };
    let id = crate::dice::random()?;
    app.sessions().insert(id.clone(), caller.name);
    Ok(([(SET_COOKIE, format!("session={id}; Path=/; HttpOnly"))], Json(json!({}))).into_response())
}

async fn sign_out(State(app): State<App>, headers: HeaderMap) -> Response {
    cookie(&headers, "session").map(|id| app.sessions().remove(id));
    ([(SET_COOKIE, "session=; Path=/; HttpOnly; Max-Age=0")], StatusCode::NO_CONTENT).into_response()
}

async fn who(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let name = cookie(request.headers(), "session").and_then(|id| app.sessions().get(id).cloned());
    if let Some(caller) = name.and_then(|name| app.community.find(&name)) {
        request.extensions_mut().insert(caller);
    }
    next.run(request).await
}
