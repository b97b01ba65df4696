//! A small issuer on a real socket, which says what a test tells it to.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::serve::Listener;
use axum::{Json, Router};
use bitjang_core::Time;
use bitjang_core::token::{KeySet, SigningKey};
use futures_util::stream::unfold;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// What the issuer says at the moment.
#[derive(Clone, Default)]
pub(crate) struct Script {
    /// The body of the JWKS; fails when there is none.
    pub(crate) jwks: Option<String>,
    /// What every reader of the feed is told, from its beginning.
    pub(crate) feed: Vec<String>,
    /// That nobody may begin to read.
    pub(crate) closed: bool,
    /// Grows when all who read the feed are cut off.
    pub(crate) era: u64,
    /// What `GET /v1/session` answers.
    pub(crate) session: StatusCode,
    /// The roles in that answer; those of every token where there are none.
    pub(crate) roles: Option<Vec<&'static str>>,
}

/// The issuer. Serves until it is stopped.
pub(crate) struct Issuer {
    pub(crate) address: SocketAddr,
    scheme: &'static str,
    pub(crate) seen: Arc<Seen>,
    script: watch::Sender<Script>,
    serving: Mutex<JoinHandle<()>>,
}

/// What it was asked.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) keys: AtomicUsize,
    pub(crate) sessions: AtomicUsize,
    pub(crate) feeds: Mutex<Vec<String>>,
    hung_up: watch::Sender<usize>,
}

/// A listener that speaks TLS.
struct Tls {
    listener: TcpListener,
    acceptor: TlsAcceptor,
    seen: Arc<Seen>,
}

impl Listener for Tls {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, SocketAddr) {
        loop {
            let (stream, address) = Listener::accept(&mut self.listener).await;
            match self.acceptor.accept(stream).await {
                Ok(stream) => return (stream, address),
                Err(_) => self.seen.hung_up.send_modify(|count| *count += 1),
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

impl Issuer {
    /// The issuer, speaking TLS if it is told how.
    pub(crate) async fn behind(tls: Option<TlsAcceptor>, keys: &[&SigningKey]) -> Self {
        let script = Script { jwks: Some(jwks(keys)), ..Script::default() };
        let (script, seen) = (watch::Sender::new(script), Arc::default());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let serving = Mutex::new(match tls {
            Some(tls) => serve(Tls { listener, acceptor: tls, seen: Arc::clone(&seen) }, &script, &seen),
            None => serve(listener, &script, &seen),
        });
        Self { address, scheme, seen, script, serving }
    }

    pub(crate) fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    /// Waits until so many have hung up rather than speak to it.
    pub(crate) async fn distrusted_by(&self, so_many: usize) {
        self.seen.hung_up.subscribe().wait_for(|count| *count >= so_many).await.unwrap();
    }

    /// Changes what it says from now on.
    pub(crate) fn change(&self, change: impl FnOnce(&mut Script)) {
        self.script.send_modify(change);
    }

    /// Says these on the feed.
    pub(crate) fn say(&self, texts: impl IntoIterator<Item = String>) {
        self.change(|script| script.feed.extend(texts));
    }

    /// Stops as if it were killed: nobody listens, all connections end.
    pub(crate) fn stop(&self) {
        self.change(|script| script.era += 1);
        self.serving.lock().unwrap().abort();
    }

    /// Starts again at the same address.
    pub(crate) async fn start(&self) {
        let listener = loop {
            match TcpListener::bind(self.address).await {
                Ok(listener) => break listener,
                Err(_) => tokio::task::yield_now().await,
            }
        };
        *self.serving.lock().unwrap() = serve(listener, &self.script, &self.seen);
    }

    pub(crate) fn key_requests(&self) -> usize {
        self.seen.keys.load(Ordering::Relaxed)
    }

    pub(crate) fn session_requests(&self) -> usize {
        self.seen.sessions.load(Ordering::Relaxed)
    }
}

impl Drop for Issuer {
    fn drop(&mut self) {
        self.stop();
    }
}

pub(crate) fn jwks(keys: &[&SigningKey]) -> String {
    KeySet::new(keys.iter().map(|key| key.public().clone())).to_jwks()
}

/// The text of a heartbeat.
pub(crate) fn heartbeat(position: u64, now: Time) -> String {
    let (position, now) = (place(position), rfc3339(now));
    format!("event: heartbeat\ndata: {{\"position\":\"{position}\",\"now\":\"{now}\"}}\n\n")
}

/// The text of an entry whose own words are `of`.
pub(crate) fn entry(position: u64, of: &str, at: Time) -> String {
    let until = rfc3339(at.plus(std::time::Duration::from_secs(360)));
    let (position, at) = (place(position), rfc3339(at));
    format!(
        "id: {position}\nevent: revocation\ndata: {{\"position\":\"{position}\",{of},\"at\":\"{at}\",\"until\":\"{until}\"}}\n\n"
    )
}

/// A place in the feed, as servers write it.
pub(crate) fn place(position: u64) -> String {
    if position == 0 { "0".to_owned() } else { format!("{position}-AAAAAAAAAAA") }
}

fn rfc3339(time: Time) -> String {
    jiff::Timestamp::from_microsecond(time.as_micros()).unwrap().to_string()
}

type Shared = (watch::Receiver<Script>, Arc<Seen>);

fn serve<L: Listener<Addr = SocketAddr>>(
    listener: L,
    script: &watch::Sender<Script>,
    seen: &Arc<Seen>,
) -> JoinHandle<()> {
    let app = Router::new()
        .route("/.well-known/jwks.json", get(keys))
        .route("/v1/revocations", get(feed))
        .route("/v1/session", get(session))
        .with_state((script.subscribe(), Arc::clone(seen)));
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() })
}

async fn keys(State((script, seen)): State<Shared>) -> Response {
    seen.keys.fetch_add(1, Ordering::Relaxed);
    script.borrow().jwks.clone().ok_or(StatusCode::SERVICE_UNAVAILABLE).into_response()
}

async fn session(State((script, seen)): State<Shared>) -> (StatusCode, Json<Value>) {
    seen.sessions.fetch_add(1, Ordering::Relaxed);
    let script = script.borrow();
    let roles = script.roles.clone().unwrap_or(vec!["moderator"]);
    (script.session, Json(json!({"account": {"roles": roles}, "session": {}})))
}

async fn feed(State((script, seen)): State<Shared>, RawQuery(query): RawQuery) -> Response {
    seen.feeds.lock().unwrap().push(query.unwrap_or_default());
    let era = script.borrow().era;
    if script.borrow().closed {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let told = unfold((script, 0), move |(mut script, told)| async move {
        let more = |script: &Script| script.era != era || script.feed.len() > told;
        let text = script.wait_for(more).await.ok().and_then(|script| {
            let text = script.feed.get(told).cloned();
            text.filter(|_| script.era == era)
        })?;
        Some((Ok::<_, Infallible>(text), (script, told + 1)))
    });
    ([(CONTENT_TYPE, "text/event-stream")], Body::from_stream(told)).into_response()
}
