//! The extractor of forms, whose CSRF token is a field.

use axum::Router;
use axum::body::Body;
use axum::extract::DefaultBodyLimit;
use axum::routing::post;
use bitjang_guard::{Guard, SignedForm};
use http::Request;
use serde::Deserialize;

use crate::world::{Answer, Somebody, World, send};

#[derive(Deserialize)]
struct Post {
    title: String,
}

async fn publish(SignedForm(who, post): SignedForm<Post>) -> String {
    format!("{} wrote {}", who.account().identifier, post.title)
}

fn app(guard: &Guard) -> Router {
    let limit = DefaultBodyLimit::max(1_024);
    Router::new().route("/", post(publish)).layer(guard.protect()).layer(limit).with_state(guard.clone())
}

const FORM: &str = "application/x-www-form-urlencoded";

/// Sends `body` as somebody's browser does; `(token)` stands for their token.
async fn submit(world: &World, who: &Somebody, content_type: &str, body: impl Into<Body>) -> Answer {
    let request = Request::post("/")
        .header("cookie", &who.cookie)
        .header("sec-fetch-site", "same-origin")
        .header("content-type", content_type);
    send(&app(&world.guard), request.body(body.into()).unwrap()).await
}

async fn check(body: &str, expected: &str) {
    let world = World::new().await;
    let (alice, mallory) = (world.somebody("alice").await, world.somebody("mallory").await);
    let body = body.replace("(token)", &alice.csrf_token).replace("(another's)", &mallory.csrf_token);
    assert_eq!(submit(&world, &alice, FORM, body.clone()).await.brief(), expected, "{body:.100}");
}

#[tokio::test]
async fn a_form_with_its_token_is_read() {
    check("csrf_token=(token)&title=Hello", "200 alice wrote Hello").await;
    check("title=Hello&csrf_token=(token)", "200 alice wrote Hello").await;
    check("title=%EB%B9%97%EC%9E%A5+%26&csrf_token=(token)", "200 alice wrote 빗장 &").await;
    check("csrf_token=(token)&title=", "200 alice wrote ").await;
}

#[tokio::test]
async fn a_form_without_the_session_s_own_token_is_refused() {
    for body in [
        "title=Hello",
        "title=Hello&csrf_token=",
        "title=Hello&csrf_token=null",
        "title=Hello&csrf_token=(another's)",
        "title=Hello&csrf_token=(token)x",
        "title=Hello&csrf_token=+(token)",
        "title=Hello&CSRF_TOKEN=(token)",
    ] {
        check(body, "403 csrf_token").await;
    }
}

#[tokio::test]
async fn a_form_that_says_a_thing_twice_or_not_at_all_is_refused() {
    for body in [
        "title=Hello&csrf_token=(token)&csrf_token=(token)",
        "title=Hello&csrf_token=(another's)&csrf_token=(token)",
        "title=Hello&title=Bye&csrf_token=(token)",
        "csrf_token=(token)",
        "",
    ] {
        check(body, "400 bad_request").await;
    }
}

#[tokio::test]
async fn a_form_that_is_not_text_is_refused() {
    for body in [
        "title=%FF&csrf_token=(token)",
        "title=%ED%A0%80&csrf_token=(token)",
        "%C3=x&title=a&csrf_token=(token)",
    ] {
        check(body, "400 bad_request").await;
    }
    let world = World::new().await;
    let alice = world.somebody("alice").await;
    let raw = [b"csrf_token=", alice.csrf_token.as_bytes(), b"&title=\xff"].concat();
    assert_eq!(submit(&world, &alice, FORM, raw).await.brief(), "400 bad_request");
}

#[tokio::test]
async fn a_form_larger_than_any_of_ours_is_refused() {
    check(&format!("csrf_token=(token)&title={}", "x".repeat(1_024)), "413 too_large").await;
}

#[tokio::test]
async fn what_is_no_form_is_refused() {
    let world = World::new().await;
    let alice = world.somebody("alice").await;
    let body = format!("csrf_token={}&title=Hello", alice.csrf_token);
    for other in ["text/plain", "multipart/form-data; boundary=x", ""] {
        let answer = submit(&world, &alice, other, body.clone()).await;
        assert_eq!(answer.brief(), "415 unsupported_media_type", "{other}");
    }
}

#[tokio::test]
async fn a_stranger_s_form_is_not_even_read() {
    let world = World::new().await;
    let mut nobody = world.somebody("alice").await;
    world.auth.sign_out(&nobody.proof).await.unwrap();
    let large = "x".repeat(10_000);
    assert_eq!(submit(&world, &nobody, FORM, large.clone()).await.brief(), "401 signed_out");
    nobody.cookie = String::new();
    assert_eq!(submit(&world, &nobody, FORM, large).await.brief(), "401 signed_out");
}

#[tokio::test]
async fn a_store_that_is_down_takes_no_form() {
    let world = World::new().await;
    let alice = world.somebody("alice").await;
    world.cut_off_the_store();
    let body = format!("csrf_token={}&title=Hello", alice.csrf_token);
    assert_eq!(submit(&world, &alice, FORM, body).await.brief(), "503 unavailable");
}
