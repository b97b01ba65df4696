//! An app that signs nobody in but knows who is: hello-world behind the verifier of access tokens.

use std::net::Ipv4Addr;
use std::sync::Arc;

use anyhow::Result;
use axum::extract::{FromRef, State};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use bitjang::world::SystemEntropy;
use bitjang_bench::{ISSUER, claims};
use bitjang_core::token::{Algorithm, KeySet, SigningKey};
use bitjang_guard::verifier::{Bearer, Verifier};
use bitjang_store::Memory;
use serde_json::{Value, json};
use tokio::net::TcpListener;

#[derive(Clone)]
struct App {
    key: Arc<SigningKey>,
    verifier: Verifier,
}

impl FromRef<App> for Verifier {
    fn from_ref(app: &App) -> Self {
        app.verifier.clone()
    }
}

/// Greets whoever has a good token on `port`, until the process is ended; remembers so many tokens. Hands a token to whoever posts.
#[tokio::main]
pub(crate) async fn run(port: u16, algorithm: Algorithm, remembered: usize) -> Result<()> {
    let key = Arc::new(SigningKey::generate(algorithm, &SystemEntropy)?);
    let public = key.public().clone();
    let keys = move || KeySet::new([public.clone()]);
    let verifier =
        Verifier::in_process(ISSUER, Arc::new(Memory::default()), keys).remembered(remembered).start()?;
    verifier.ready().await;
    let app = Router::new().route("/v1/session", get(greet).post(hand_out)).with_state(App { key, verifier });
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    Ok(axum::serve(listener, app).await?)
}

async fn greet(_: Bearer) -> &'static str {
    "Hello, World!"
}

async fn hand_out(State(app): State<App>) -> Result<(StatusCode, Json<Value>), StatusCode> {
    let token = claims().ok().and_then(|claims| app.key.mint(&claims).ok());
    let token = token.ok_or(StatusCode::INTERNAL_SERVER_ERROR)?;
    Ok((StatusCode::CREATED, Json(json!({ "access_token": token }))))
}
