//! One connection: how HTTP is spoken on it, within which bounds, and how it ends.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::ConnectInfo;
use http::header::CONNECTION;
use http::{HeaderValue, Version};
use hyper::body::{Body as _, Incoming};
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::patient::Patient;
use super::seats::{Seat, Taken};
use super::{Patience, Site, Stop, body};

/// The most bytes of headers, and of one read.
const HEADER_BYTES: usize = 64 * 1_024;
/// The most requests at once on one HTTP/2 connection.
const STREAMS: u32 = 100;
/// The most streams that a client may open and reset before they were looked at (CVE-2023-44487).
const RESETS: usize = 20;
/// How long a first request may be on the way when the server stops.
const ON_THE_WAY: Duration = Duration::from_millis(200);
/// After how much silence an HTTP/2 client is asked whether it is still there.
const ARE_YOU_THERE: Duration = Duration::from_secs(20);

/// How HTTP is spoken.
#[derive(Clone)]
pub(super) struct Http {
    builder: auto::Builder<TokioExecutor>,
    patience: Patience,
    stop: Stop,
}

impl Http {
    pub(super) fn new(patience: Patience, stop: Stop) -> Self {
        let mut builder = auto::Builder::new(TokioExecutor::new());
        builder
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(patience.headers)
            // It takes 100 headers of a request; told the same number, it would take them on the heap.
            .max_buf_size(HEADER_BYTES);
        builder
            .http2()
            .timer(TokioTimer::new())
            .max_concurrent_streams(STREAMS)
            .max_pending_accept_reset_streams(RESETS)
            .max_local_error_reset_streams(RESETS)
            .max_header_list_size(u32::try_from(HEADER_BYTES).unwrap_or(u32::MAX))
            .max_send_buf_size(HEADER_BYTES)
            .keep_alive_interval(ARE_YOU_THERE)
            .keep_alive_timeout(ARE_YOU_THERE);
        Self { builder, patience, stop }
    }

    /// Serves one connection to its end, or until others need its seat.
    pub(super) async fn serve(mut self, stream: TcpStream, peer: SocketAddr, app: impl Site, taken: Taken) {
        tokio::select! {
            () = self.converse(stream, peer, app, &taken.seat) => {}
            () = taken.seat.has_to_leave() => tracing::debug!("an idle connection made room for another"),
        }
    }

    /// Answers one client until it is gone. What ends that early is the client's affair.
    async fn converse(&mut self, stream: TcpStream, peer: SocketAddr, app: impl Site, seat: &Arc<Seat>) {
        // Answers are small and complete: waiting to fill a packet only delays them.
        let _ = stream.set_nodelay(true);
        if !self.begins(&stream).await {
            return;
        }
        let io = TokioIo::new(Patient::new(stream, self.patience.headers, self.patience.write));
        let (patience, stop, seat) = (self.patience, self.stop.clone(), Arc::clone(seat));
        let answer = hyper::service::service_fn(move |request: Request<Incoming>| {
            let is_last = stop.is_near() && request.version() < Version::HTTP_2;
            let answer = answer(app.clone(), peer, patience, Arc::clone(&seat), request);
            async move { answer.await.map(|response| if is_last { last(response) } else { response }) }
        });
        let mut connection = pin!(self.builder.serve_connection(io, answer));
        let ended = tokio::select! {
            biased;
            ended = connection.as_mut() => ended,
            // What has been read by now is answered, nothing more is read.
            () = self.stop.asked() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = ended {
            tracing::debug!(error, "a connection ended early");
        }
    }

    /// Whether the client says anything in time. When the server stops just now, its first request may be on the way.
    async fn begins(&mut self, stream: &TcpStream) -> bool {
        let patience = self.patience.headers;
        tokio::select! {
            biased;
            begun = timeout(patience, stream.readable()) => begun.is_ok(),
            () = self.stop.asked() => timeout(patience.min(ON_THE_WAY), stream.readable()).await.is_ok(),
        }
    }
}

/// Has an HTTP/1 client ask elsewhere the next time, while it still may: a connection that waits for a request is closed without a word when the server stops, perhaps just as one
/// is sent. HTTP/2 says GOAWAY then, which names the last request that was taken.
fn last(mut response: Response<Body>) -> Response<Body> {
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

/// The request came when its connection had to leave: nothing was done, and the client may ask again.
#[derive(Debug, thiserror::Error)]
#[error("the connection made room for another")]
struct MadeRoom;

async fn answer(
    app: impl Site,
    peer: SocketAddr,
    patience: Patience,
    seat: Arc<Seat>,
    request: Request<Incoming>,
) -> Result<Response<Body>, MadeRoom> {
    let under_way = seat.begin().ok_or(MadeRoom)?;
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(ConnectInfo(peer));
    let answer = body::arriving_within(patience, under_way.seat(), request, app).await;
    if answer.body().size_hint().exact().is_none() {
        under_way.streams();
    }
    Ok(answer)
}
