//! The loop that accepts connections and serves a site on them: bounded in number, time and size, and drained when it is told to stop.

mod body;
mod calm;
mod connection;
pub mod notify;
mod patient;
mod seats;
mod signals;
mod stop;

pub use signals::{Signals, Told};
pub use stop::{Stop, Stopper};

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::body::Body;
use hyper::{Request, Response};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tower::Service;

use connection::Http;
use seats::Seats;

/// How much time and how many connections clients may take.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// Until the headers of a request are there, from its first byte or from the connection's beginning.
    pub headers: Duration,
    /// Until the body of a request is there.
    pub body: Duration,
    /// Until a connection whose requests wait for their bodies makes room where all seats are taken.
    pub slow: Duration,
    /// Until a client that reads nothing is given up.
    pub write: Duration,
    /// For requests that are under way when the server stops.
    pub drain: Duration,
    /// How many connections there may be at once; more wait in the system's queue.
    pub connections: usize,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            headers: Duration::from_secs(10),
            body: Duration::from_secs(30),
            slow: Duration::from_secs(2),
            write: Duration::from_secs(30),
            drain: Duration::from_secs(20),
            connections: 10_000,
        }
    }
}

/// More connections than the system keeps waiting, as a rule: whoever goes on connecting does not keep a server from stopping.
const MOST_WAITING: usize = 4_096;

/// What can be served: a router, or a service that is as ready as one, always.
pub trait Site:
    Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future: Send>
    + Clone
    + Send
    + Sync
    + 'static
{
}

impl<S> Site for S where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future: Send>
        + Clone
        + Send
        + Sync
        + 'static
{
}

/// Serves `app` on `listener` until `stop`, then lets requests that are under way finish.
///
/// Handlers find the peer as [`ConnectInfo`](axum::extract::ConnectInfo). `opened` is called for each connection; what it returns is dropped when the connection ends.
pub async fn serve<G: Send + 'static>(
    listener: TcpListener,
    app: impl Site,
    patience: Patience,
    opened: impl Fn() -> G,
    mut stop: Stop,
) {
    let http = Http::new(patience, stop.clone());
    let (open, mut all_closed) = mpsc::channel::<Infallible>(1);
    let seats = Seats::new(patience.connections);
    let begin = |(stream, peer), taken| {
        let connection = http.clone().serve(stream, peer, app.clone(), taken);
        let guards = (opened(), open.clone());
        tokio::spawn(async move {
            connection.await;
            drop(guards);
        });
    };
    loop {
        let accepted = tokio::select! {
            biased;
            () = stop.asked() => break,
            accepted = accept(&listener) => accepted,
        };
        let taken = tokio::select! {
            biased;
            () = stop.asked() => seats.stand(),
            taken = seats.take() => taken,
        };
        begin(accepted, taken);
    }
    // From here on the system refuses new connections.
    for accepted in waiting(listener) {
        begin(accepted, seats.stand());
    }
    drop(open);
    if timeout(patience.drain, all_closed.recv()).await.is_err() {
        tracing::warn!("some requests did not finish in time and are cut off");
    }
}

/// The connections that the system has made and nobody has accepted yet: closing the listener resets them, when their clients have sent a request perhaps.
fn waiting(listener: TcpListener) -> Vec<(TcpStream, SocketAddr)> {
    let Ok(listener) = listener.into_std() else { return Vec::new() };
    let accepted = std::iter::from_fn(|| listener.accept().ok()).take(MOST_WAITING);
    let usable = accepted.filter_map(|(stream, peer)| {
        stream.set_nonblocking(true).ok()?;
        Some((TcpStream::from_std(stream).ok()?, peer))
    });
    usable.collect()
}

/// The next connection.
async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) if is_of_the_client(&error) => {}
            Err(error) => {
                // Out of file descriptors or memory: others have to end before this can work again.
                tracing::error!(%error, "no connection can be accepted for the moment");
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
    }
}

fn is_of_the_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
