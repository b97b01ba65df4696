//! 3: a session in a session DB that all servers share, its id in an `HttpOnly` cookie.

use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use axum::{Json, Router};
use http::header::SET_COOKIE;
use http::{HeaderMap, StatusCode};
use serde_json::json;

use super::carried::{Broken, cookie};
use super::{Expected, Keeping, Place, Scheme, World, amber, green, red};
use crate::community::{Community, Typed, routes};
use crate::database::Database;
use crate::text::say;

pub(super) const SCHEME: Scheme = Scheme {
    number: 3,
    id: "session-db",
    name: say("a session in a shared session DB", "공유 세션 DB에 둔 세션"),
    keeping: Keeping { access: Place::Cookie, refresh: Place::Nowhere, csrf: Place::Nowhere },
    server,
    expected: EXPECTED,
};

const EXPECTED: &[Expected] = &[
    green(
        &["reload", "restart", "second-server"],
        "the DB remembers, for every server",
        "DB가 모든 서버를 위해 기억한다",
    ),
    red(&["store-down"], "without the DB nobody is known", "DB가 없으면 아무도 알아보지 못한다"),
    amber(&["load"], "every request asks the one DB", "요청마다 하나뿐인 DB에 묻는다"),
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
    green(
        &["after-sign-out"],
        "the DB forgets the session, for every server",
        "DB가 모든 서버에서 세션을 잊는다",
    ),
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
    database: Database,
}

fn server(world: &World) -> Router {
    let app = App { community: world.community.clone(), database: world.database.clone() };
    let own = Router::new().route("/sign-in", post(sign_in)).route("/sign-out", post(sign_out));
    let own = own.with_state(app.clone());
    routes(&world.community, SCHEME.keeping).layer(from_fn_with_state(app, who)).merge(own)
}

async fn sign_in(State(app): State<App>, Json(typed): Json<Typed>) -> Result<Response, Broken> {
    let Some(caller) = app.community.check(&typed) else {
        return Ok(StatusCode::UNAUTHORIZED.into_response());
    };
    let id = crate::dice::random()?;
    app.database.begin(&id, &caller.name).await?;
    Ok(([(SET_COOKIE, format!("session={id}; Path=/; HttpOnly"))], Json(json!({}))).into_response())
}

async fn sign_out(State(app): State<App>, headers: HeaderMap) -> Result<Response, Broken> {
    if let Some(id) = cookie(&headers, "session") {
        app.database.end(id).await?;
    }
    Ok(([(SET_COOKIE, "session=; Path=/; HttpOnly; Max-Age=0")], StatusCode::NO_CONTENT).into_response())
}

async fn who(State(app): State<App>, mut request: Request, next: Next) -> Result<Response, Broken> {
    if let Some(id) = cookie(request.headers(), "session")
        && let Some(name) = app.database.whose(id).await?
        && let Some(caller) = app.community.find(&name)
    {
        request.extensions_mut().insert(caller);
    }
    Ok(next.run(request).await)
}
