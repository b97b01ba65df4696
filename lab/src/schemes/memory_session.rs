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
use super::{Expected, Keeping, Place, Scheme, World};
use crate::Colour::{Green, Red};
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
    (Green, &["reload", "store-down", "load"], "the server remembers, and asks nobody"),
    (Red, &["restart", "second-server"], "its memory is its own, and ends with it"),
    (Green, &["two-tabs", "lost-answer"], "the id never changes, so nothing races"),
    (
        Green,
        &["read-payload", "tamper-payload", "tamper-signature", "tamper-algorithm"],
        "the id says nothing, and another id is nobody's",
    ),
    (Green, &["after-sign-out"], "the server forgets the session"),
    (
        Red,
        &["stolen-access", "thief-first", "owner-first"],
        "whoever has the id is you for as long as the session lasts; nobody notices",
    ),
    (Green, &["xss-exfiltrate"], "scripts cannot read an HttpOnly cookie"),
    (Red, &["xss-act"], "a script in the page does what the page can do"),
    (Red, &["csrf-form"], "a fresh cookie without SameSite goes along with another site's form"),
    (Green, &["csrf-image", "csrf-fetch"], "browsers take a missing SameSite for Lax"),
    (Green, &["delete-anothers", "role-taken"], "the author and the role are looked up at every request"),
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
