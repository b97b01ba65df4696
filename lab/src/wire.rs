//! One request to a port of this machine, on a connection of its own.

use std::net::Ipv4Addr;
use std::time::Duration;

use anyhow::{Context as _, Result};
use axum::body::Bytes;
use http::header::HOST;
use http::{HeaderMap, HeaderValue, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// No answer takes longer.
const PATIENCE: Duration = Duration::from_secs(20);

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

impl Answer {
    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON; null if it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// Sends `request` to `port`, and nowhere but to this machine.
pub(crate) async fn send(port: u16, request: Request<Bytes>) -> Result<Answer> {
    timeout(PATIENCE, exchange(port, request)).await.context("no answer in time")?
}

async fn exchange(port: u16, mut request: Request<Bytes>) -> Result<Answer> {
    request.headers_mut().insert(HOST, HeaderValue::from_str(&format!("localhost:{port}"))?);
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let driving = tokio::spawn(connection);
    let response = sender.send_request(request.map(Full::new)).await?;
    let (parts, body) = response.into_parts();
    let body = body.collect().await?.to_bytes();
    drop(sender);
    driving.abort();
    Ok(Answer { status: parts.status, headers: parts.headers, body })
}
