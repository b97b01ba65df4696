//! An app of one route that only the signed-in may see, with sign-up, sign-in and all the rest beside it.

use axum::{Router, routing::get};
use bitjang::{Bitjang, Config, SignedIn};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let config = Config::from_surroundings()?;
    let bitjang = Bitjang::open(&config).await?;
    let app = Router::new()
        .route("/hello", get(async |who: SignedIn| format!("Hello, {}!", who.called())))
        .layer(bitjang.guard().protect())
        .with_state(bitjang.guard().clone());
    Ok(bitjang.with_routes(app).run(config).await?)
}
