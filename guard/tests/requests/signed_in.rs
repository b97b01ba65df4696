//! The extractor of whoever is signed in.

use axum::Router;
use axum::routing::{any, get};
use bitjang_core::Carrier;
use bitjang_guard::{Guard, SignedIn};
use http::header::{RETRY_AFTER, SET_COOKIE, WWW_AUTHENTICATE};

use crate::world::{World, request, send};

async fn who(who: SignedIn) -> String {
    who.account().identifier.to_string()
}

async fn perhaps(who: Option<SignedIn>) -> String {
    who.map_or("a stranger".to_owned(), |who| who.account().identifier.to_string())
}

/// Routes behind every layer there is, and behind none.
fn app(guard: &Guard) -> Router {
    let routes = || Router::new().route("/", any(who)).route("/perhaps", any(perhaps));
    Router::new()
        .nest("/protected", routes().layer(guard.protect()))
        .nest("/open", routes().layer(guard.protect_open()))
        .nest("/bare", routes())
        .route("/get", get(who))
        .with_state(guard.clone())
}

async fn check(world: &World, method: &str, path: &str, headers: &[(&str, &str)]) -> String {
    send(&app(&world.guard), request(method, path, headers)).await.brief()
}

#[tokio::test]
async fn whoever_is_signed_in_is_served() {
    let world = World::new().await;
    let alice = world.somebody("alice").await;
    for path in ["/get", "/protected", "/protected/perhaps", "/open", "/bare", "/bare/perhaps"] {
        assert_eq!(check(&world, "GET", path, &[("cookie", &alice.cookie)]).await, "200 alice", "{path}");
    }
}

#[tokio::test]
async fn a_stranger_is_told_that_nobody_is_signed_in() {
    let world = World::new().await;
    let answer = send(&app(&world.guard), request("GET", "/get", &[])).await;
    assert_eq!(answer.brief(), "401 signed_out");
    assert_eq!(answer.headers[WWW_AUTHENTICATE], "Bearer realm=\"Bitjang\"");
    assert!(!answer.headers.contains_key(SET_COOKIE), "reading takes no cookie away");
    assert_eq!(check(&world, "GET", "/bare/perhaps", &[]).await, "200 a stranger");
}

#[tokio::test]
async fn a_cookie_that_proves_nothing_is_nobody_s() {
    let world = World::new().await;
    let alice = world.somebody("alice").await;
    let (upper, quoted) = (alice.cookie.to_uppercase(), alice.cookie.replace("bjs_", "\"bjs_") + "\"");
    let longer = format!("{}A", alice.cookie);
    for cookie in ["__Host-bitjang=", "__Host-bitjang=bjs_", "bitjang=x", &upper, &quoted, &longer] {
        assert_eq!(check(&world, "GET", "/get", &[("cookie", cookie)]).await, "401 signed_out", "{cookie}");
        assert_eq!(check(&world, "GET", "/bare/perhaps", &[("cookie", cookie)]).await, "200 a stranger");
    }
}

#[tokio::test]
async fn two_cookies_of_our_name_are_nobody_s_whatever_they_hold() {
    let world = World::new().await;
    let (alice, mallory) = (world.somebody("alice").await, world.somebody("mallory").await);
    for (one, other) in [(&alice, &mallory), (&mallory, &alice), (&alice, &alice)] {
        let tossed = format!("{}; {}", one.cookie, other.cookie);
        let both = [("cookie", &*one.cookie), ("cookie", &*other.cookie)];
        assert_eq!(check(&world, "GET", "/get", &[("cookie", &tossed)]).await, "401 signed_out");
        assert_eq!(check(&world, "GET", "/get", &both).await, "401 signed_out", "in two headers");
        assert_eq!(check(&world, "GET", "/bare/perhaps", &both).await, "200 a stranger");
    }
}

#[tokio::test]
async fn a_session_that_ended_is_nobody_s() {
    let world = World::new().await;
    let alice = world.somebody("alice").await;
    world.auth.sign_out(&alice.proof).await.unwrap();
    assert_eq!(check(&world, "GET", "/get", &[("cookie", &alice.cookie)]).await, "401 signed_out");
}

#[tokio::test]
async fn a_store_that_is_down_is_said_to_be_and_signs_nobody_out() {
    let world = World::new().await;
    let alice = world.somebody("alice").await;
    world.cut_off_the_store();
    for path in ["/get", "/protected", "/bare/perhaps"] {
        let answer = send(&app(&world.guard), request("GET", path, &[("cookie", &alice.cookie)])).await;
        assert_eq!(answer.brief(), "503 unavailable", "{path}");
        assert_eq!(answer.headers[RETRY_AFTER], "1");
        assert!(!answer.headers.contains_key(SET_COOKIE));
        assert!(!answer.body.contains("fire"), "what broke is for the log");
    }
    assert_eq!(check(&world, "GET", "/get", &[]).await, "401 signed_out", "the store need not be asked");
}

const UNSAFE: [&str; 5] = ["POST", "PUT", "PATCH", "DELETE", "PURGE"];

#[tokio::test]
async fn a_route_without_the_layer_is_locked_for_every_unsafe_method() {
    let world = World::new().await;
    let alice = world.somebody("alice").await;
    let headers =
        [("cookie", &*alice.cookie), ("x-csrf-token", &*alice.csrf_token), ("sec-fetch-site", "same-origin")];
    for method in UNSAFE {
        for path in ["/bare", "/bare/perhaps"] {
            assert_eq!(check(&world, method, path, &headers).await, "403 csrf_token", "{method} {path}");
        }
    }
}

#[tokio::test]
async fn a_route_behind_the_layer_for_strangers_is_locked_as_well() {
    let world = World::new().await;
    let alice = world.somebody("alice").await;
    for headers in
        [&[("cookie", &*alice.cookie)][..], &[("cookie", &alice.cookie), ("sec-fetch-site", "none")]]
    {
        for path in ["/open", "/open/perhaps"] {
            assert_eq!(check(&world, "POST", path, headers).await, "403 csrf_token", "{path}");
        }
    }
}

#[tokio::test]
async fn behind_the_layer_whoever_holds_the_token_is_served() {
    let world = World::new().await;
    let alice = world.somebody("alice").await;
    let headers =
        [("cookie", &*alice.cookie), ("x-csrf-token", &*alice.csrf_token), ("sec-fetch-site", "same-origin")];
    for method in UNSAFE {
        for path in ["/protected", "/protected/perhaps"] {
            assert_eq!(check(&world, method, path, &headers).await, "200 alice", "{method} {path}");
        }
    }
}

#[tokio::test]
async fn behind_the_layer_a_form_without_its_token_in_the_header_is_for_the_form_extractor() {
    let world = World::new().await;
    let alice = world.somebody("alice").await;
    let headers = [
        ("cookie", &*alice.cookie),
        ("sec-fetch-site", "same-origin"),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    assert_eq!(check(&world, "POST", "/protected", &headers).await, "403 csrf_token");
}

#[tokio::test]
async fn a_header_of_another_kind_opens_nothing_without_a_cookie() {
    let world = World::new().await;
    let headers = [("authorization", "Bearer x"), ("sec-fetch-site", "cross-site")];
    assert_eq!(check(&world, "POST", "/protected", &headers).await, "401 signed_out");
}

#[tokio::test]
async fn whoever_holds_an_access_token_is_served_by_cookie_and_by_bearer() {
    let world = World::new().await;
    let alice = world.somebody_by(Carrier::TokenCookies, "alice").await;
    let program = world.somebody_by(Carrier::Bearer, "carol").await;
    for path in ["/get", "/protected", "/bare/perhaps"] {
        assert_eq!(check(&world, "GET", path, &[("cookie", &alice.cookie)]).await, "200 alice", "{path}");
        assert_eq!(
            check(&world, "GET", path, &[("authorization", &program.bearer)]).await,
            "200 carol",
            "{path}"
        );
    }
    let post = [("authorization", &*program.bearer), ("sec-fetch-site", "cross-site")];
    assert_eq!(check(&world, "POST", "/protected", &post).await, "200 carol");
    assert_eq!(check(&world, "POST", "/bare", &post).await, "403 csrf_token", "the layer is forgotten");
}

#[tokio::test]
async fn an_access_token_that_expired_is_nobody_s() {
    let world = World::new().await;
    let alice = world.somebody_by(Carrier::TokenCookies, "alice").await;
    world.let_access_tokens_expire();
    for headers in [[("cookie", &*alice.cookie)], [("authorization", &*alice.bearer)]] {
        assert_eq!(check(&world, "GET", "/get", &headers).await, "401 signed_out");
        assert_eq!(check(&world, "GET", "/bare/perhaps", &headers).await, "200 a stranger");
    }
}

#[tokio::test]
async fn an_access_token_of_a_session_that_ended_is_nobody_s_at_once() {
    let world = World::new().await;
    let alice = world.somebody_by(Carrier::TokenCookies, "alice").await;
    world.auth.sign_out(&alice.proof).await.unwrap();
    for headers in [[("cookie", &*alice.cookie)], [("authorization", &*alice.bearer)]] {
        assert_eq!(check(&world, "GET", "/get", &headers).await, "401 signed_out");
    }
}

#[tokio::test]
async fn beside_a_bearer_token_no_cookie_says_who_is_asking() {
    let world = World::new().await;
    let (alice, carol) = (world.somebody("alice").await, world.somebody_by(Carrier::Bearer, "carol").await);
    let cookie = ("cookie", &*alice.cookie);
    assert_eq!(check(&world, "GET", "/get", &[cookie, ("authorization", &carol.bearer)]).await, "200 carol");
    for authorization in ["Bearer x", "Bearer ", "bearer x"] {
        for method in ["GET", "POST"] {
            let headers = [cookie, ("authorization", authorization)];
            assert_eq!(
                check(&world, method, "/protected", &headers).await,
                "401 signed_out",
                "{authorization}"
            );
        }
    }
    let twice = [cookie, ("authorization", &*carol.bearer), ("authorization", &*carol.bearer)];
    assert_eq!(check(&world, "GET", "/get", &twice).await, "401 signed_out", "two headers");
}

#[tokio::test]
async fn two_cookies_of_one_name_are_nobody_s_whatever_stands_beside_them() {
    let world = World::new().await;
    let alice = world.somebody("alice").await;
    let carol = world.somebody_by(Carrier::TokenCookies, "carol").await;
    for name in ["__Host-bitjang", "__Host-bitjang-access", "__Host-bitjang-refresh"] {
        let tossed = format!("{name}=x; {name}=y");
        for good in [&alice.cookie, &carol.cookie] {
            let headers = [("cookie", &**good), ("cookie", &*tossed)];
            assert_eq!(check(&world, "GET", "/get", &headers).await, "401 signed_out", "{name}");
        }
    }
}

#[tokio::test]
async fn a_refresh_token_signs_nobody_in() {
    let world = World::new().await;
    let alice = world.somebody_by(Carrier::TokenCookies, "alice").await;
    let refresh = alice.cookie.split("; ").last().unwrap();
    let token = refresh.split_once('=').unwrap().1;
    let (access, bearer) = (format!("__Host-bitjang-access={token}"), format!("Bearer {token}"));
    for headers in [[("cookie", refresh)], [("cookie", &access)], [("authorization", &bearer)]] {
        assert_eq!(check(&world, "GET", "/get", &headers).await, "401 signed_out");
    }
}

#[tokio::test]
async fn a_refresh_cookie_counts_for_nothing_beside_a_session_cookie() {
    let world = World::new().await;
    let alice = world.somebody("alice").await;
    let carol = world.somebody_by(Carrier::TokenCookies, "carol").await;
    let headers = |cookie: &str| request("POST", "/", &[("cookie", cookie)]).headers().clone();
    assert!(world.guard.refresh_cookies(&headers(&carol.cookie)).is_some());
    let both = headers(&format!("{}; {}", alice.cookie, carol.cookie));
    assert!(world.guard.refresh_cookies(&both).is_none());
    let spoiled = headers(&format!("__Host-bitjang=x; {}", carol.cookie));
    assert!(world.guard.lasting_proof(&spoiled).is_none());
}
