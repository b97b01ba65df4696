//! An app whose one route is for those who bring a good access token.

use axum::{Router, routing::get};
use bitjang_guard::verifier::{Bearer, Verifier};

async fn hello(Bearer(caller): Bearer) -> String {
    format!("Hello, {}", caller.account())
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let verifier = Verifier::follow("http://localhost:8080").start()?;
    let app = Router::new().route("/", get(hello)).with_state(verifier);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    Ok(axum::serve(listener, app).await?)
}
