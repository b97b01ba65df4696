//! An app that panics on what it was sent: nothing of that may be told to anybody. It logs, and wipes what it frees, as the binary does.
#![expect(clippy::panic, reason = "it is what this app is for")]

use std::alloc::System;

use axum::{Router, http::HeaderMap, routing::post};
use bitjang::telemetry::{log, panics};
use bitjang::{Bitjang, Config, SignedIn};
use zeroizing_alloc::ZeroAlloc;

#[global_allocator]
static WIPING: ZeroAlloc<System> = ZeroAlloc(System);

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let config = Config::from_surroundings()?;
    let (sink, scribe) = log::Sink::to(std::io::stderr())?;
    tracing::subscriber::set_global_default(log::subscriber(config.log, sink))?;
    panics::are_logged();
    let bitjang = Bitjang::open(&config).await?;
    let app = Router::new()
        .route("/cut", post(async |_who: SignedIn, body: String| body[..body.len() - 1].to_owned()))
        .route("/told", post(told))
        .layer(bitjang.guard().protect())
        .with_state(bitjang.guard().clone());
    bitjang.with_routes(app).run(config).await?;
    scribe.written();
    Ok(())
}

async fn told(who: SignedIn, headers: HeaderMap, body: String) -> String {
    panic!("{who:?} sent {headers:?} and {body}")
}
