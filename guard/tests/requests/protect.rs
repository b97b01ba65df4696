//! The layer against forged requests, as a table: what is sent, and whether it reaches the handler.

use axum::routing::any;
use axum::{Extension, Router};
use bitjang_core::Carrier;
use bitjang_guard::{Guard, Protected, Scope};

use crate::world::{Somebody, World, request, send};

/// Says whether the layer has vouched for the request.
async fn handler(proof: Option<Extension<Protected>>) -> &'static str {
    if proof.is_some() { "protected" } else { "unmarked" }
}

fn app(guard: &Guard, scope: Scope) -> Router {
    let layer = match scope {
        Scope::SignedIn => guard.protect(),
        Scope::Anybody => guard.protect_open(),
    };
    Router::new().route("/", any(handler)).layer(layer)
}

/// Sends a row of a table by every one of `methods`.
async fn check(scope: Scope, methods: &[&str], headers: &[(&str, &str)], expected: &str) {
    let world = World::new().await;
    let (alice, mallory) = (world.somebody("alice").await, world.somebody("mallory").await);
    let carol = world.somebody_by(Carrier::TokenCookies, "carol").await;
    let people = [&alice, &mallory, &carol];
    let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, spelled(value, people))).collect();
    for method in methods {
        let answer = send(&app(&world.guard, scope), request(method, "/", &headers)).await;
        assert_eq!(answer.brief(), expected, "{scope:?} {method} {headers:?}");
    }
}

/// What a value in a table stands for.
fn spelled<'a>(value: &'a str, [alice, mallory, carol]: [&'a Somebody; 3]) -> &'a str {
    match value {
        "(tokens)" => &carol.cookie,
        "(access)" => carol.cookie.split("; ").next().unwrap(),
        "(refresh)" => carol.cookie.split("; ").last().unwrap(),
        "(their token)" => &carol.csrf_token,
        "(alice's)" => &alice.cookie,
        "(mallory's)" => &mallory.cookie,
        "(her token)" => &alice.csrf_token,
        "(another's token)" => &mallory.csrf_token,
        plain => plain,
    }
}

const UNSAFE: [&str; 5] = ["POST", "PUT", "PATCH", "DELETE", "PURGE"];

#[tokio::test]
async fn what_signed_in_people_send_is_checked_in_full() {
    for (headers, expected) in SIGNED_IN {
        check(Scope::SignedIn, &UNSAFE, headers, expected).await;
    }
}

#[tokio::test]
async fn what_anybody_may_send_is_checked_for_where_from_and_what_and_vouched_for_nobody() {
    for (headers, expected) in ANYBODY {
        check(Scope::Anybody, &UNSAFE, headers, expected).await;
    }
}

#[tokio::test]
async fn what_changes_nothing_passes_unmarked() {
    for scope in [Scope::SignedIn, Scope::Anybody] {
        for headers in [&[][..], &[COOKIE], &[COOKIE, EVIL], &[COOKIE, ("content-type", "text/plain")]] {
            check(scope, &["GET", "OPTIONS"], headers, "200 unmarked").await;
        }
    }
}

#[tokio::test]
async fn no_header_turns_a_get_into_something_else() {
    let overriding = [COOKIE, EVIL, ("x-http-method-override", "DELETE"), ("x-method-override", "DELETE")];
    check(Scope::SignedIn, &["GET"], &overriding, "200 unmarked").await;
}

#[tokio::test]
async fn a_token_outlives_neither_its_session_nor_a_new_sign_in() {
    let world = World::new().await;
    let (before, after) = (world.somebody("alice").await, world.somebody("alice2").await);
    let headers = [("cookie", &*after.cookie), ("x-csrf-token", &*before.csrf_token), OWN];
    let answer = send(&app(&world.guard, Scope::SignedIn), request("POST", "/", &headers)).await;
    assert_eq!(answer.brief(), "403 csrf_token");
}

type Header = (&'static str, &'static str);

const COOKIE: Header = ("cookie", "(alice's)");
const TOKEN: Header = ("x-csrf-token", "(her token)");
const OWN: Header = ("sec-fetch-site", "same-origin");
const SIBLING: Header = ("sec-fetch-site", "same-site");
const EVIL: Header = ("sec-fetch-site", "cross-site");
const FRIEND: Header = ("origin", "https://friend.example.org");
const JSON: Header = ("content-type", "application/json");
const FORM: Header = ("content-type", "application/x-www-form-urlencoded");
const TEXT: Header = ("content-type", "text/plain");
const BEARER: Header = ("authorization", "Bearer x");
/// Of somebody who is carried by an access cookie and a refresh cookie.
const TOKENS: Header = ("cookie", "(tokens)");
const TOKEN_OF_TOKENS: Header = ("x-csrf-token", "(their token)");

const SIGNED_IN: &[(&[Header], &str)] = &[
    // Where from.
    (&[COOKIE, TOKEN, OWN], "200 protected"),
    (&[COOKIE, TOKEN, ("sec-fetch-site", "none")], "200 protected"),
    (&[COOKIE, TOKEN, EVIL], "403 cross_site"),
    (&[COOKIE, TOKEN, SIBLING], "403 cross_site"),
    (&[COOKIE, TOKEN, ("sec-fetch-site", "unheard-of")], "403 cross_site"),
    (&[COOKIE, TOKEN, OWN, EVIL], "403 cross_site"),
    (&[COOKIE, TOKEN, EVIL, ("origin", "https://app.example.org")], "403 cross_site"),
    (&[COOKIE, TOKEN, ("origin", "https://app.example.org")], "200 protected"),
    (&[COOKIE, TOKEN, ("origin", "https://evil.example.org")], "403 cross_site"),
    (&[COOKIE, TOKEN, ("origin", "http://app.example.org")], "403 cross_site"),
    (&[COOKIE, TOKEN, ("origin", "null")], "403 cross_site"),
    (&[COOKIE, TOKEN, FRIEND], "200 protected"),
    (&[COOKIE, TOKEN, FRIEND, EVIL], "200 protected"),
    (&[COOKIE, TOKEN, FRIEND, SIBLING], "200 protected"),
    (&[COOKIE, FRIEND, EVIL], "403 csrf_token"),
    (&[COOKIE], "403 cross_site"),
    (&[COOKIE, TOKEN], "403 cross_site"),
    (&[COOKIE, TOKEN, JSON], "403 cross_site"),
    // Which token.
    (&[COOKIE, OWN], "403 csrf_token"),
    (&[COOKIE, OWN, JSON], "403 csrf_token"),
    (&[COOKIE, OWN, ("x-csrf-token", "")], "403 csrf_token"),
    (&[COOKIE, OWN, ("x-csrf-token", "null")], "403 csrf_token"),
    (&[COOKIE, OWN, ("x-csrf-token", "(another's token)")], "403 csrf_token"),
    (&[COOKIE, OWN, ("csrf-token", "(her token)")], "403 csrf_token"),
    // Which content type.
    (&[COOKIE, TOKEN, OWN, JSON], "200 protected"),
    (&[COOKIE, TOKEN, OWN, ("content-type", "Application/JSON; charset=UTF-8")], "200 protected"),
    (
        &[COOKIE, TOKEN, OWN, ("content-type", "application/json; charset=utf-16")],
        "415 unsupported_media_type",
    ),
    (&[COOKIE, TOKEN, OWN, ("content-type", "application/json; text/plain")], "415 unsupported_media_type"),
    (&[COOKIE, TOKEN, OWN, ("content-type", "application/jsonp")], "415 unsupported_media_type"),
    (
        &[COOKIE, TOKEN, OWN, ("content-type", "application/json; charset=utf-8; text/plain")],
        "415 unsupported_media_type",
    ),
    (&[COOKIE, TOKEN, OWN, TEXT], "415 unsupported_media_type"),
    (&[COOKIE, TOKEN, OWN, ("content-type", "")], "415 unsupported_media_type"),
    (
        &[COOKIE, TOKEN, OWN, ("content-type", "multipart/form-data; boundary=x")],
        "415 unsupported_media_type",
    ),
    (&[COOKIE, TOKEN, OWN, JSON, TEXT], "415 unsupported_media_type"),
    (&[COOKIE, TOKEN, OWN, ("content-length", "5")], "415 unsupported_media_type"),
    (&[COOKIE, TOKEN, OWN, ("transfer-encoding", "chunked")], "415 unsupported_media_type"),
    (&[COOKIE, TOKEN, OWN, ("content-length", "0")], "200 protected"),
    (&[COOKIE, OWN, FORM], "200 unmarked"),
    (&[COOKIE, OWN, FORM, TOKEN], "200 protected"),
    (&[COOKIE, OWN, FORM, ("x-csrf-token", "(another's token)")], "403 csrf_token"),
    (&[COOKIE, EVIL, FORM], "403 cross_site"),
    (&[COOKIE, FORM], "403 cross_site"),
    // Whose cookie. Without a session there is nothing to forge.
    (&[], "200 protected"),
    (&[OWN, JSON], "200 protected"),
    (&[EVIL], "403 cross_site"),
    (&[OWN, ("cookie", "__Host-bitjang=nonsense")], "200 protected"),
    (&[("cookie", "__Host-bitjang=nonsense")], "403 cross_site"),
    (&[COOKIE, ("cookie", "(mallory's)")], "403 cross_site"),
    // What no browser sends by itself.
    (&[BEARER], "200 protected"),
    (&[BEARER, EVIL, TEXT], "200 protected"),
    (&[("authorization", "bEARER x"), EVIL], "200 protected"),
    (&[("authorization", "Bearer "), EVIL], "200 protected"),
    (&[BEARER, BEARER, EVIL], "200 protected"),
    // No cookie counts beside it: who is asking, the token alone says.
    (&[BEARER, COOKIE], "200 protected"),
    (&[BEARER, COOKIE, EVIL], "200 protected"),
    (&[BEARER, COOKIE, ("cookie", "(mallory's)")], "200 protected"),
    // What a browser does send by itself, or what is nearly a bearer token.
    (&[("authorization", "Basic x"), COOKIE, EVIL, TOKEN], "403 cross_site"),
    (&[("authorization", "Basic x"), COOKIE, OWN], "403 csrf_token"),
    (&[("authorization", "Bearer"), COOKIE, OWN], "403 csrf_token"),
    (&[("authorization", "Bearerx"), COOKIE, OWN], "403 csrf_token"),
    (&[("authorization", ""), COOKIE, EVIL], "403 cross_site"),
    (&[("proxy-authorization", "Bearer x"), COOKIE, OWN], "403 csrf_token"),
    // The carrier of two cookies is checked like that of one, by either of them.
    (&[TOKENS, TOKEN_OF_TOKENS, OWN], "200 protected"),
    (&[TOKENS, TOKEN_OF_TOKENS, EVIL], "403 cross_site"),
    (&[TOKENS, OWN], "403 csrf_token"),
    (&[TOKENS, OWN, TOKEN], "403 csrf_token"),
    (&[("cookie", "(access)"), OWN], "403 csrf_token"),
    (&[("cookie", "(access)"), TOKEN_OF_TOKENS, OWN], "200 protected"),
    (&[("cookie", "(refresh)"), OWN], "403 csrf_token"),
    (&[("cookie", "(refresh)"), TOKEN_OF_TOKENS, OWN], "200 protected"),
    (&[("cookie", "(refresh)"), TOKEN_OF_TOKENS], "403 cross_site"),
    (&[("cookie", "(access)"), TOKEN_OF_TOKENS], "403 cross_site"),
    // The session cookie goes first.
    (&[COOKIE, TOKENS, TOKEN, OWN], "200 protected"),
    (&[COOKIE, TOKENS, TOKEN_OF_TOKENS, OWN], "403 csrf_token"),
];

const ANYBODY: &[(&[Header], &str)] = &[
    (&[], "200 unmarked"),
    (&[COOKIE], "200 unmarked"),
    (&[OWN, JSON], "200 unmarked"),
    (&[COOKIE, OWN, JSON], "200 unmarked"),
    (&[COOKIE, OWN, JSON, TOKEN], "200 unmarked"),
    (&[FRIEND, EVIL, JSON], "200 unmarked"),
    (&[FORM], "200 unmarked"),
    (&[OWN, FORM], "200 unmarked"),
    (&[EVIL, JSON], "403 cross_site"),
    (&[SIBLING, FORM], "403 cross_site"),
    (&[EVIL, FORM], "403 cross_site"),
    (&[("origin", "null"), FORM], "403 cross_site"),
    (&[OWN, TEXT], "415 unsupported_media_type"),
    (&[TEXT], "415 unsupported_media_type"),
    (&[("content-length", "5")], "415 unsupported_media_type"),
    (&[COOKIE, ("authorization", "Basic x"), EVIL], "403 cross_site"),
    (&[COOKIE, BEARER, EVIL], "200 protected"),
];
