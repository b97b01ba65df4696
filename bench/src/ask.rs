//! The router asked in process, without sockets: what an answer costs the processor, for a profiler or an instruction counter to look at.

use anyhow::{Context as _, Result, ensure};
use axum::Router;
use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, COOKIE, HOST, SET_COOKIE};
use axum::http::{HeaderValue, Request};
use axum::response::Response;
use bitjang::Bitjang;
use bitjang::config::Config;
use bitjang_store::StoreUrl;
use tower::ServiceExt as _;

/// Signs up once, then asks `times` times who is signed in.
#[tokio::main(flavor = "current_thread")]
pub(crate) async fn run(times: usize) -> Result<()> {
    let config = Config { store: StoreUrl::Memory, ..Config::of_defaults()? };
    let router = Bitjang::open(&config).await?.router();
    let cookie = signed_up(&router).await?;
    for _ in 0..times {
        let answer = router.clone().oneshot(who(&cookie)?).await?;
        ensure!(answer.status().is_success(), "nobody is signed in");
    }
    Ok(())
}

fn who(cookie: &HeaderValue) -> Result<Request<Body>> {
    let request = Request::get("/v1/session").header(HOST, "localhost:8080").header(COOKIE, cookie);
    Ok(request.body(Body::empty())?)
}

async fn signed_up(router: &Router) -> Result<HeaderValue> {
    let body = r#"{"identifier":"member@example.org","password":"walnut-cabinet-39"}"#;
    let request =
        Request::post("/v1/accounts").header(CONTENT_TYPE, "application/json").body(Body::from(body))?;
    cookie_of(&router.clone().oneshot(request).await?)
}

fn cookie_of(answer: &Response) -> Result<HeaderValue> {
    let set = answer.headers().get(SET_COOKIE).context("no cookie was handed out")?.to_str()?;
    Ok(HeaderValue::from_str(set.split(';').next().unwrap_or_default())?)
}
