//! An app behind our verifier, asked in process: from the request to the answer, beside the same app in front of nobody.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use axum::Router;
use axum::body::Body;
use axum::routing::get;
use bitjang_core::testing::Dice;
use bitjang_core::token::{Algorithm, KeySet, SigningKey};
use bitjang_guard::verifier::{Bearer, Clocks, Moment, Verifier};
use bitjang_store::Memory;
use futures_util::FutureExt as _;
use http::header::AUTHORIZATION;
use http::{HeaderValue, Request};
use tower::Service as _;

use crate::counted;
use crate::world::{self, ISSUER};

const GREETING: &str = "Hello, World!";

pub(crate) fn seen_before(times: usize) -> Result<()> {
    let key = SigningKey::generate(Algorithm::Ed25519, &Dice::seeded(1))?;
    let token = HeaderValue::from_str(&format!("Bearer {}", key.mint(&world::claims()?)?))?;
    let verifier = verifier(&key)?;
    asked(Router::new().route("/", get(async |_: Bearer| GREETING)).with_state(verifier), &token, times)
}

pub(crate) fn hello(times: usize) -> Result<()> {
    asked(Router::new().route("/", get(async || GREETING)), &HeaderValue::from_static("Bearer"), times)
}

/// Follows a feed in which nothing happens.
#[tokio::main(flavor = "current_thread")]
async fn verifier(key: &SigningKey) -> Result<Verifier> {
    let keys = KeySet::new([key.public().clone()]);
    let following = Verifier::in_process(ISSUER, Arc::new(Memory::default()), move || keys.clone());
    let verifier = following.clocks(Arc::new(Standing)).start()?;
    verifier.ready().await;
    Ok(verifier)
}

/// Clocks that stand still.
struct Standing;

impl Clocks for Standing {
    fn now(&self) -> Moment {
        Moment { wall: world::now(), steady: Duration::from_secs(1) }
    }
}

fn asked(mut app: Router, token: &HeaderValue, times: usize) -> Result<()> {
    let mut ask = || {
        let request = Request::get("/").header(AUTHORIZATION, black_box(token)).body(Body::empty())?;
        let answer = app.call(request).now_or_never().context("it waits")??;
        ensure!(black_box(answer).status().is_success(), "a good token is refused");
        Ok(())
    };
    ask()?;
    counted(times, &mut ask)
}
