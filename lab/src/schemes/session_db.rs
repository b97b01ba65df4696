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
use super::{Expected, Keeping, Place, Scheme, World};
use crate::Colour::{Amber, Green, Red};
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
    (Green, &["reload", "restart", "second-server"], "the DB remembers, for every server"),
    (Red, &["store-down"], "without the DB nobody is known"),
    (Amber, &["load"], "every request asks the one DB"),
    (Green, &["two-tabs", "lost-answer"], "the id never changes, so nothing races"),
    (
        Green,
        &["read-payload", "tamper-payload", "tamper-signature", "tamper-algorithm"],
        "the id says nothing, and another id is nobody's",
    ),
    (Green, &["after-sign-out"], "the DB forgets the session, for every server"),
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
