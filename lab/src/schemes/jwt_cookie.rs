//! 5: a JWT in a cookie that the page's scripts can read, under the secret of the tutorial.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use axum::{Json, Router};
use http::StatusCode;
use http::header::SET_COOKIE;
use serde_json::json;

use super::carried::{Broken, cookie};
use super::token::Tokens;
use super::{Expected, Keeping, Place, Scheme, World};
use crate::Colour::{Amber, Green, Red};
use crate::community::{Community, Typed, routes};
use crate::text::say;

pub(super) const SCHEME: Scheme = Scheme {
    number: 5,
    id: "jwt-cookie",
    name: say("a JWT in a cookie that scripts can read", "스크립트가 읽을 수 있는 쿠키에 둔 JWT"),
    keeping: Keeping { access: Place::Cookie, refresh: Place::Nowhere, csrf: Place::Nowhere },
    server,
    expected: EXPECTED,
};

const EXPECTED: &[Expected] = &[
    (
        Green,
        &["reload", "restart", "second-server", "store-down", "load"],
        "any server checks the token alone",
    ),
    (Green, &["two-tabs", "lost-answer"], "the token never changes, so nothing races"),
    (Amber, &["read-payload"], "base64url hides nothing"),
    (
        Green,
        &["tamper-payload", "tamper-algorithm"],
        "the signature covers the payload, and the server names the algorithm",
    ),
    (Red, &["tamper-signature"], "the secret is the word \"secret\": whoever guesses it signs"),
    (Red, &["after-sign-out"], "no server knows that the owner has left"),
    (
        Red,
        &["stolen-access", "thief-first", "owner-first"],
        "whoever has the token is you for a day; nobody notices",
    ),
    (Red, &["xss-exfiltrate", "xss-act"], "scripts read the cookie"),
    (Red, &["csrf-form"], "a fresh cookie without SameSite goes along with another site's form"),
    (Green, &["csrf-image", "csrf-fetch"], "browsers take a missing SameSite for Lax"),
    (Green, &["delete-anothers"], "the author is looked up at every request"),
    (Red, &["role-taken"], "the token says for a day what the account was"),
];

#[derive(Clone)]
struct App {
    community: Community,
    tokens: Tokens,
}

fn server(world: &World) -> Router {
    let (secret, life) = ("secret".to_owned(), Duration::from_hours(24));
    let tokens = Tokens { kind: "access", secret, life, clock: world.clock.clone() };
    let app = App { community: world.community.clone(), tokens };
    let own = Router::new().route("/sign-in", post(sign_in)).route("/sign-out", post(sign_out));
    let own = own.with_state(app.clone());
    routes(&world.community, SCHEME.keeping).layer(from_fn_with_state(app, who)).merge(own)
}

async fn sign_in(State(app): State<App>, Json(typed): Json<Typed>) -> Result<Response, Broken> {
    let Some(caller) = app.community.check(&typed) else {
        return Ok(StatusCode::UNAUTHORIZED.into_response());
    };
    let cookie = format!("token={}; Path=/; Max-Age=86400", app.tokens.mint(&caller)?);
    Ok(([(SET_COOKIE, cookie)], Json(json!({}))).into_response())
}

/// The cookie goes. What was copied from it does not.
async fn sign_out() -> Response {
    ([(SET_COOKIE, "token=; Path=/; Max-Age=0")], StatusCode::NO_CONTENT).into_response()
}

async fn who(State(app): State<App>, mut request: Request, next: Next) -> Response {
    if let Some(caller) = cookie(request.headers(), "token").and_then(|token| app.tokens.read(token)) {
        request.extensions_mut().insert(caller);
    }
    next.run(request).await
}
