//! An app elsewhere, whose one route is for those who bring a good access token. It asks nobody, and hears of every sign-out.

use axum::{Router, routing::get};
use bitjang_guard::verifier::{Bearer, Verifier};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let verifier = Verifier::follow(&std::env::var("ISSUER")?).start()?; // such as http://localhost:8080
    let hello = async |Bearer(caller): Bearer| format!("Hello, {}!", caller.account());
    let app = Router::new().route("/hello", get(hello)).with_state(verifier.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    verifier.ready().await;
    println!("The app is ready at http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, app).await?)
}
