//! The layer for pages of trusted origins, in front of an app's own route.

use axum::Router;
use axum::routing::any;
use bitjang_guard::{Guard, Origins, SignedIn};

use crate::world::{World, request, send};

const FRIEND: (&str, &str) = ("origin", "https://friend.example.org");
const ASKS: (&str, &str) = ("access-control-request-method", "POST");

fn app(guard: &Guard) -> Router {
    let route = any(async |who: SignedIn| who.account().identifier.to_string());
    let routes = Router::new().route("/", route).with_state(guard.clone());
    routes.layer((guard.cors().unwrap(), guard.protect()))
}

#[tokio::test]
async fn a_trusted_page_may_ask_send_and_read() {
    let world = World::new().await;
    let alice = world.somebody("alice").await;
    let headers = [("cookie", &*alice.cookie), ("x-csrf-token", &alice.csrf_token), FRIEND];
    for (method, headers, expected) in [
        ("OPTIONS", &[FRIEND, ASKS][..], "204 "),
        ("POST", &headers, "200 alice"),
        ("GET", &[FRIEND], "401 signed_out"),
    ] {
        let answer = send(&app(&world.guard), request(method, "/", headers)).await;
        assert_eq!(answer.brief(), expected);
        assert_eq!(answer.headers["access-control-allow-origin"], FRIEND.1);
        assert_eq!(answer.headers["access-control-allow-credentials"], "true");
        assert_eq!(answer.headers["vary"], "origin");
    }
}

#[tokio::test]
async fn any_other_page_reaches_the_route_and_reads_nothing() {
    let world = World::new().await;
    let alice = world.somebody("alice").await;
    let strange = ("origin", "https://evil.example");
    for (method, headers, expected) in [
        ("OPTIONS", &[strange, ASKS][..], "401 signed_out"),
        ("OPTIONS", &[FRIEND, strange, ASKS], "401 signed_out"),
        ("GET", &[("cookie", &*alice.cookie), strange], "200 alice"),
        ("POST", &[("cookie", &*alice.cookie), strange], "403 cross_site"),
    ] {
        let answer = send(&app(&world.guard), request(method, "/", headers)).await;
        assert_eq!(answer.brief(), expected);
        assert!(!answer.headers.contains_key("access-control-allow-origin"), "{method} {headers:?}");
        assert_eq!(answer.headers["vary"], "origin");
    }
}

#[tokio::test]
async fn where_nobody_is_trusted_there_is_no_layer() {
    let World { auth, .. } = World::new().await;
    let own = "https://app.example.org".parse().unwrap();
    assert!(Guard::new(auth, Origins::new(&own, &[])).cors().is_none());
}
