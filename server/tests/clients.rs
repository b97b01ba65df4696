//! The loop that serves connections, against clients that take their time, send too much, or are still there when the server stops.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::routing::{get, post};
use bitjang::serve::{Patience, Stop, Stopper, serve};
use http::{Request, StatusCode};
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

/// A server whose `/slow` answers when it is let, and which says when that and `/read` have begun.
struct Server {
    address: SocketAddr,
    arrived: Arc<Semaphore>,
    may_go: Arc<Semaphore>,
    stopper: Stopper,
    served: JoinHandle<()>,
}

const HURRIED: Patience = Patience {
    headers: Duration::from_millis(50),
    body: Duration::from_millis(50),
    slow: Duration::from_secs(60),
    write: Duration::from_secs(60),
    drain: Duration::from_secs(60),
    connections: 100,
};

const PATIENT: Patience =
    Patience { headers: Duration::from_secs(60), body: Duration::from_secs(60), ..HURRIED };

impl Server {
    async fn start(patience: Patience) -> Self {
        let (arrived, may_go) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
        let (stopper, stop) = Stopper::new();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let app = app(Arc::clone(&arrived), Arc::clone(&may_go));
        let served = tokio::spawn(run(listener, app, patience, stop));
        Self { address, arrived, may_go, stopper, served }
    }

    /// Everything that comes back for these bytes, until the server closes the connection.
    async fn send(&self, bytes: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        rest(stream).await
    }
}

async fn run(listener: TcpListener, app: Router, patience: Patience, stop: Stop) {
    serve(listener, app, patience, || (), stop).await;
}

fn app(arrived: Arc<Semaphore>, may_go: Arc<Semaphore>) -> Router {
    let begun = Arc::clone(&arrived);
    let read = async move |body: Body| {
        begun.add_permits(1);
        to_bytes(body, 100).await.map_err(|_| StatusCode::BAD_REQUEST)
    };
    let slow = async move || {
        arrived.add_permits(1);
        may_go.acquire().await.unwrap().forget();
        "at last"
    };
    let peer = async |ConnectInfo(peer): ConnectInfo<SocketAddr>| peer.ip().to_string();
    Router::new()
        .route("/peer", get(peer))
        .route("/slow", get(slow))
        .route("/echo", post(async |body: String| body))
        .route("/read", post(read))
}

async fn rest(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    // A connection that is reset has said what it had to say.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn a_handler_is_told_the_peer() {
    let answer = Server::start(PATIENT)
        .await
        .send(b"GET /peer HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        .await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("127.0.0.1"), "{answer}");
}

#[tokio::test]
async fn a_client_that_says_nothing_is_cut_off() {
    assert_eq!(Server::start(HURRIED).await.send(b"").await, "");
}

#[tokio::test]
async fn a_client_that_never_says_which_http_it_speaks_is_cut_off() {
    assert_eq!(Server::start(HURRIED).await.send(b"PRI * HTTP/2.0").await, "");
}

#[tokio::test]
async fn a_client_that_does_not_finish_its_headers_is_cut_off() {
    let answer = Server::start(HURRIED).await.send(b"GET /peer HTTP/1.1\r\nHost: x\r\nX-Slow: ").await;
    assert!(!answer.contains(" 200 "), "{answer}");
}

#[tokio::test]
async fn a_body_that_does_not_arrive_is_answered_with_408() {
    let answer = Server::start(HURRIED)
        .await
        .send(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf")
        .await;
    assert!(answer.starts_with("HTTP/1.1 408") && answer.contains(r#""code":"timeout""#), "{answer}");
}

#[tokio::test]
async fn a_body_that_arrives_is_read() {
    let request = b"POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 5\r\n\r\nwhole";
    let answer = Server::start(PATIENT).await.send(request).await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("whole"), "{answer}");
}

#[tokio::test]
async fn oversized_headers_are_refused() {
    let server = Server::start(PATIENT).await;
    let long = format!("GET /peer HTTP/1.1\r\nHost: x\r\nX-Long: {}\r\n\r\n", "x".repeat(70_000));
    let many = format!("GET /peer HTTP/1.1\r\nHost: x\r\n{}\r\n", "X-Many: x\r\n".repeat(101));
    for request in [long, many] {
        let answer = server.send(request.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
    }
}

#[tokio::test]
async fn what_is_under_way_is_finished_and_nothing_more_is_accepted() {
    let server = Server::start(PATIENT).await;
    let mut under_way = TcpStream::connect(server.address).await.unwrap();
    under_way.write_all(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    server.arrived.acquire().await.unwrap().forget();
    let idle = TcpStream::connect(server.address).await.unwrap();
    server.stopper.stop();
    assert_eq!(rest(idle).await, "", "a connection without a request is closed at once");
    assert!(TcpStream::connect(server.address).await.is_err());
    server.may_go.add_permits(1);
    let answer = rest(under_way).await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("at last"), "{answer}");
    server.served.await.unwrap();
}

#[tokio::test]
async fn a_server_that_is_about_to_stop_serves_on_and_makes_each_answer_the_last_on_its_connection() {
    let server = Server::start(PATIENT).await;
    let mut kept = TcpStream::connect(server.address).await.unwrap();
    server.stopper.leave();
    for stream in [&mut kept, &mut TcpStream::connect(server.address).await.unwrap()] {
        stream.write_all(b"GET /peer HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("connection: close"), "{answer}");
    }
}

/// One thread: the server can accept nothing while this test does not wait.
#[tokio::test]
async fn a_connection_that_nobody_has_accepted_when_the_server_stops_is_served() {
    let server = Server::start(PATIENT).await;
    tokio::task::yield_now().await;
    let clients: Vec<_> = (0..20)
        .map(|_| {
            let mut client = std::net::TcpStream::connect(server.address).unwrap();
            client.write_all(b"GET /peer HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
            client.set_nonblocking(true).unwrap();
            TcpStream::from_std(client).unwrap()
        })
        .collect();
    server.stopper.stop();
    for client in clients {
        let answer = rest(client).await;
        assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("connection: close"), "{answer}");
    }
    server.served.await.unwrap();
}

#[tokio::test]
async fn a_client_that_speaks_http_2_is_told_to_go_and_gets_what_it_asked_for() {
    let server = Server::start(PATIENT).await;
    let stream = TokioIo::new(TcpStream::connect(server.address).await.unwrap());
    let (mut sender, connection) = http2::handshake(TokioExecutor::new(), stream).await.unwrap();
    let connection = tokio::spawn(connection);
    let request = Request::get(format!("http://{}/slow", server.address)).body(Body::empty()).unwrap();
    let answer = tokio::spawn(sender.send_request(request));
    server.arrived.acquire().await.unwrap().forget();
    server.stopper.stop();
    server.may_go.add_permits(1);
    assert_eq!(answer.await.unwrap().unwrap().status(), 200);
    assert!(connection.await.unwrap().is_ok(), "GOAWAY, without an error");
    server.served.await.unwrap();
}

#[tokio::test]
async fn who_takes_too_long_to_finish_is_cut_off() {
    let server = Server::start(Patience { drain: Duration::from_millis(20), ..PATIENT }).await;
    let mut under_way = TcpStream::connect(server.address).await.unwrap();
    under_way.write_all(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    server.arrived.acquire().await.unwrap().forget();
    server.stopper.stop();
    server.served.await.unwrap();
}

#[tokio::test]
async fn a_body_that_takes_its_time_makes_room_for_whoever_comes() {
    let server = Server::start(Patience { connections: 1, slow: Duration::ZERO, ..PATIENT }).await;
    let mut slow = TcpStream::connect(server.address).await.unwrap();
    slow.write_all(b"POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\na").await.unwrap();
    server.arrived.acquire().await.unwrap().forget();
    let peer = server.send(b"GET /peer HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
    assert!(peer.ends_with("127.0.0.1"), "{peer}");
    assert_eq!(rest(slow).await, "", "nothing was done of it, and it may be sent again");
}

#[tokio::test]
async fn a_body_that_takes_its_time_is_served_where_there_is_room() {
    let server = Server::start(Patience { slow: Duration::ZERO, ..PATIENT }).await;
    let mut slow = TcpStream::connect(server.address).await.unwrap();
    slow.write_all(b"POST /read HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\na")
        .await
        .unwrap();
    server.arrived.acquire().await.unwrap().forget();
    let peer = server.send(b"GET /peer HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
    assert!(peer.ends_with("127.0.0.1"), "{peer}");
    slow.write_all(b"b").await.unwrap();
    assert!(rest(slow).await.ends_with("ab"));
}

#[tokio::test]
async fn one_connection_too_many_waits_for_its_turn() {
    let server = Server::start(Patience { connections: 1, ..PATIENT }).await;
    let mut first = TcpStream::connect(server.address).await.unwrap();
    first.write_all(b"GET /slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.unwrap();
    server.arrived.acquire().await.unwrap().forget();
    let second = server.send(b"GET /slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    tokio::pin!(second);
    let early = tokio::time::timeout(Duration::from_millis(20), &mut second).await;
    assert!(early.is_err() && server.arrived.available_permits() == 0);
    server.may_go.add_permits(2);
    assert!(rest(first).await.ends_with("at last"));
    assert!(second.await.ends_with("at last"));
}
