//! Hello-world in axum: what `GET /v1/session` is held against, as it is nearly all that is left when nobody is asked who they are.

use std::net::Ipv4Addr;

use anyhow::Result;
use axum::Router;
use axum::routing::get;
use bitjang::serve::{Patience, Stopper, serve};
use clap::ValueEnum;
use tokio::net::TcpListener;

/// Which loop accepts the connections.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Serving {
    /// `axum::serve`, as its tutorial has it.
    Axum,
    /// Bitjang's own, with all its limits on time and size.
    Bitjang,
}

impl Serving {
    /// Its name on the command line.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Axum => "axum",
            Self::Bitjang => "bitjang",
        }
    }
}

/// Says hello on `port` until the process is ended.
#[tokio::main]
pub(crate) async fn run(serving: Serving, port: u16) -> Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    let app = Router::new().route("/v1/session", get(async || "Hello, World!"));
    match serving {
        Serving::Axum => axum::serve(listener, app).await?,
        Serving::Bitjang => {
            let (_stopper, stop) = Stopper::new();
            serve(listener, app, Patience::default(), || (), stop).await;
        }
    }
    Ok(())
}
