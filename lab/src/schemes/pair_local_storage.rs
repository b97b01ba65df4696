//! 6: a short access token and a long refresh token, both in localStorage, the refresh token good as often as it comes.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use axum::{Json, Router};
use http::StatusCode;
use serde_json::json;

use super::carried::{Broken, RefreshToken, bearer};
use super::token::Tokens;
use super::{Expected, Keeping, Place, Scheme, World};
use crate::Colour::{Amber, Green, Red};
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
    (
        Green,
        &["reload", "restart", "second-server", "store-down", "load"],
        "any server checks the tokens alone",
    ),
    (Green, &["two-tabs", "lost-answer"], "a refresh token may come as often as it likes"),
    (Amber, &["read-payload"], "base64url hides nothing"),
    (
        Green,
        &["tamper-payload", "tamper-signature", "tamper-algorithm"],
        "the signature covers the payload, the secret is a random one",
    ),
    (Red, &["after-sign-out"], "no server knows that the owner has left"),
    (Amber, &["stolen-access"], "a stolen access token is worth five minutes"),
    (Red, &["thief-first", "owner-first"], "a stolen refresh token is worth two weeks, and nobody notices"),
    (Red, &["xss-exfiltrate", "xss-act"], "scripts read localStorage"),
    (Green, &["csrf-form", "csrf-image", "csrf-fetch"], "a browser sends no token by itself"),
    (Green, &["delete-anothers"], "the author is looked up at every request"),
    (Amber, &["role-taken"], "the access token says for five minutes what the account was"),
];

#[derive(Clone)]
struct App {
    community: Community,
    access: Tokens,
    refresh: Tokens,
}

fn server(world: &World) -> Router {
    let tokens = |kind, life| Tokens { kind, secret: world.secret.clone(), life, clock: world.clock.clone() };
    let access = tokens("access", Duration::from_mins(5));
    let refresh = tokens("refresh", Duration::from_hours(14 * 24));
    let app = App { community: world.community.clone(), access, refresh };
    let own = Router::new().route("/sign-in", post(sign_in)).route("/refresh", post(turn));
    let own = own.route("/sign-out", post(sign_out)).with_state(app.clone());
    routes(&world.community, SCHEME.keeping).layer(from_fn_with_state(app, who)).merge(own)
}

async fn sign_in(State(app): State<App>, Json(typed): Json<Typed>) -> Result<Response, Broken> {
    let Some(caller) = app.community.check(&typed) else {
        return Ok(StatusCode::UNAUTHORIZED.into_response());
    };
    let (access, refresh) = (app.access.mint(&caller)?, app.refresh.mint(&caller)?);
    Ok(Json(json!({ "access_token": access, "refresh_token": refresh })).into_response())
}

async fn turn(State(app): State<App>, Json(body): Json<RefreshToken>) -> Result<Response, Broken> {
    let known = app.refresh.read(&body.refresh_token).and_then(|caller| app.community.find(&caller.name));
    let Some(caller) = known else { return Ok(StatusCode::UNAUTHORIZED.into_response()) };
    Ok(Json(json!({ "access_token": app.access.mint(&caller)? })).into_response())
}

/// The page throws its tokens away. There is nothing that a server could do.
async fn sign_out() -> StatusCode {
    StatusCode::NO_CONTENT
}

async fn who(State(app): State<App>, mut request: Request, next: Next) -> Response {
    if let Some(caller) = bearer(request.headers()).and_then(|token| app.access.read(token)) {
        request.extensions_mut().insert(caller);
    }
    next.run(request).await
}
