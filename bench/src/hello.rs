//! Hello-world: what `GET /v1/session` is held against, as it is nearly all that is left when nobody is asked who they are.

use std::convert::Infallible;
use std::net::Ipv4Addr;

use anyhow::Result;
use axum::Router;
use axum::routing::get;
use bitjang::serve::{Patience, Stopper, serve};
use bytes::Bytes;
use clap::ValueEnum;
use http_body_util::Full;
use hyper::Response;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

const GREETING: &str = "Hello, World!";

/// What serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Serving {
    /// hyper alone, without a router.
    Hyper,
    /// `axum::serve`, as its tutorial has it.
    Axum,
    /// Bitjang's own, with all its limits on time and size.
    Bitjang,
}

impl Serving {
    /// Its name on the command line.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Hyper => "hyper",
            Self::Axum => "axum",
            Self::Bitjang => "bitjang",
        }
    }
}

/// Says hello on `port` until the process is ended.
#[tokio::main]
pub(crate) async fn run(serving: Serving, port: u16) -> Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    let app = Router::new().route("/v1/session", get(async || GREETING));
    match serving {
        Serving::Hyper => match on_hyper(&listener).await? {},
        Serving::Axum => axum::serve(listener, app).await?,
        Serving::Bitjang => {
            let (_stopper, stop) = Stopper::new();
            serve(listener, app, Patience::default(), || (), stop).await;
        }
    }
    Ok(())
}

async fn on_hyper(listener: &TcpListener) -> Result<Infallible> {
    loop {
        let (stream, _) = listener.accept().await?;
        let greet = service_fn(async |_| {
            Ok::<_, Infallible>(Response::new(Full::new(Bytes::from_static(GREETING.as_bytes()))))
        });
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), greet));
    }
}
