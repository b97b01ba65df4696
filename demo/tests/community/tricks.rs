//! Other spellings of a path, cookies that are not one, and what is out of reach behind us.

use axum::body::Body;
use http::header::{ACCEPT, COOKIE};

use crate::world::{Person, World, request};

#[tokio::test]
async fn no_spelling_of_a_path_deletes_what_is_not_ones_own() {
    let world = World::new().await;
    let (alice, bob) = (world.person("alice", &[]).await, world.person("bob", &[]).await);
    let post = world.written(&alice, &[]).await;
    let id = post.trim_start_matches("/posts/");
    let bobs = world.written(&bob, &[]).await;
    let spellings = [
        format!("/posts/{id}/delete/"),
        format!("/posts//{id}/delete"),
        format!("//posts/{id}/delete"),
        format!("/./posts/{id}/delete"),
        format!("{bobs}/../{id}/delete"),
        format!("{bobs}/%2e%2e/{id}/delete"),
        format!("/posts/0{id}/delete"),
        format!("/posts/+{id}/delete"),
        format!("/posts/%3{id}/delete"),
        format!("/posts/{id}%00/delete"),
        format!("/posts/{id}%20/delete"),
        format!("/posts/{id}%2fdelete"),
        format!("/posts/{id}.0/delete"),
        format!("/posts/{id};a=b/delete"),
        "/posts/%D9%A1/delete".to_owned(),
        format!("/POSTS/{id}/delete"),
        format!("/posts/{id}/DELETE"),
        format!("/posts/{id}/delete?id={}", bobs.trim_start_matches("/posts/")),
        format!("{bobs}/delete?id={id}/../../{id}"),
    ];
    for path in spellings {
        let _ = world.post(&bob, &path, &[("id", id), ("post", id), ("_method", "DELETE")]).await;
        assert_eq!(world.get(&alice, &post).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn a_cookie_that_is_not_exactly_one_of_ours_is_nobodys() {
    let world = World::new().await;
    let alice = world.person("alice", &[]).await;
    let value = alice.cookie.split_once('=').unwrap().1;
    let other = |cookie: String| Person { cookie, ..alice.clone() };
    for cookie in [
        format!("{0}; {0}", alice.cookie),
        format!("__Host-bitjang={}", &value[1..]),
        format!("__Host-bitjang={value}a"),
        format!("bitjang={value}"),
        format!("__Host-bitjang-access={value}"),
        "__Host-bitjang=".to_owned(),
        "__Host-bitjang=\"; \r".trim_end().to_owned(),
    ] {
        assert_eq!(world.get(&other(cookie.clone()), "/try").await.status, 401, "{cookie}");
    }
    assert_eq!(world.get(&alice, "/try").await.status, 200);
}

#[tokio::test]
async fn a_session_that_ended_elsewhere_is_over_here_too() {
    let world = World::new().await;
    let (here, there) = (world.person("alice", &[]).await, world.signed_in("alice").await);
    let answer = world.post(&there, "/account/sessions/end-others", &[]).await;
    assert_eq!(answer.status, 303, "{answer:?}");
    world.until_signed_out(&here).await;
    assert_eq!(world.get(&there, "/try").await.status, 200);
}

#[tokio::test]
async fn only_what_is_named_is_passed_on() {
    let world = World::new().await;
    let stranger = Person::default();
    for path in ["/sign-in", "/sign-up", "/.well-known/jwks.json"] {
        assert_eq!(world.get(&stranger, path).await.status, 200, "{path}");
    }
    for path in ["/metrics", "/healthz", "/readyz", "/openapi.json", "/access/v1/evaluation", "/.well-known/"]
    {
        assert_eq!(world.get(&stranger, path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn a_stranger_is_asked_to_sign_in_and_led_back_and_a_page_is_strict() {
    let world = World::new().await;
    let asking = request("GET", "/try").header(ACCEPT, "text/html").header(COOKIE, "a=b");
    let answer = world.send(asking.body(Body::empty()).unwrap()).await;
    assert_eq!((answer.status.as_u16(), answer.location.as_str()), (303, "/sign-in?return_to=%2Ftry"));
    let asking = request("GET", "/posts/1").header(ACCEPT, "text/html").header("accept-language", "ko");
    let answer = world.send(asking.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, 404);
    assert!(answer.body.contains("<html lang=\"ko\">"), "{}", answer.body);
}
