//! The extractor, in an app.

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use bitjang_guard::verifier::{Bearer, Verifier};
use http::Request;
use http::header::{AUTHORIZATION, RETRY_AFTER, WWW_AUTHENTICATE};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

use crate::world::{ALICE, LAPTOP, World, until};

async fn hello(Bearer(caller): Bearer) -> String {
    format!("Hello, {}", caller.account())
}

async fn ask(verifier: &Verifier, authorization: &[&str]) -> String {
    let app = Router::new().route("/", get(hello)).with_state(verifier.clone());
    let request =
        authorization.iter().fold(Request::get("/"), |request, value| request.header(AUTHORIZATION, *value));
    let answer = app.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let (status, retry) = (answer.status().as_u16(), answer.headers().contains_key(RETRY_AFTER));
    let challenge =
        answer.headers().get(WWW_AUTHENTICATE).map(|value| format!(" {}", value.to_str().unwrap()));
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    let code = serde_json::from_slice::<serde_json::Value>(&body)
        .ok()
        .map(|problem| problem.get("code").unwrap().to_string());
    let body = code.unwrap_or_else(|| String::from_utf8(body.to_vec()).unwrap());
    format!("{status} {body}{}{}", challenge.unwrap_or_default(), if retry { " later" } else { "" })
}

#[tokio::test]
async fn a_handler_that_takes_a_bearer_runs_for_nobody_else() {
    let world = World::new().await;
    let verifier = world.verifier().await;
    let token = world.token(LAPTOP);
    let good = format!("Bearer {token}");
    assert_eq!(ask(&verifier, &[&good]).await, format!("200 Hello, {ALICE}"));
    let (basic, tail) = (format!("Basic {token}"), format!("Bearer {token} x"));
    let rows: [&[&str]; 4] = [&[], &[&basic], &[&token], &["Bearer"]];
    for others in rows {
        assert_eq!(ask(&verifier, others).await, "401 \"signed_out\" Bearer realm=\"Bitjang\"", "{others:?}");
    }
    let refused = "401 \"signed_out\" Bearer realm=\"Bitjang\", error=\"invalid_token\"";
    for two in [[good.as_str(), &good], ["Basic x", &good]] {
        assert_eq!(ask(&verifier, &two).await, refused, "{two:?}");
    }
    world.revoke(6, LAPTOP);
    until(&verifier, |health| health.entries == 1).await;
    for bad in [good.as_str(), &tail, "Bearer ", "Bearer x", &good[..good.len() - 1]] {
        assert_eq!(ask(&verifier, &[bad]).await, refused, "{bad}");
    }
}

#[tokio::test]
async fn who_cannot_be_judged_is_told_to_come_back() {
    let world = World::new().await;
    let verifier = world.verifier().await;
    let good = format!("Bearer {}", world.token(LAPTOP));
    world.clocks.advance(11);
    assert_eq!(ask(&verifier, &[&good]).await, "503 \"unavailable\" later");
}
