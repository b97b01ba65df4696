//! A connection that is kept from one request to the next, as browsers and proxies keep theirs.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

/// Longer than anything here takes: what has no answer by then gets none.
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) struct Line(BufReader<TcpStream>);

/// What became of a request.
#[derive(Debug)]
pub(super) enum Heard {
    Reply(Reply),
    /// Nobody listens there: it was not even sent.
    NobodyListens,
    /// It was sent, and the connection ended before the answer was whole.
    Cut,
}

/// A whole answer.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) head: String,
    /// Null where there is no JSON.
    pub(super) body: Value,
}

impl Reply {
    pub(super) fn has_header(&self, name: &str) -> bool {
        self.head.lines().any(|line| line.split_once(':').is_some_and(|(given, _)| given == name))
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}

/// Asks on the connection that is kept, or on a new one, and keeps it for the next time if the server does.
pub(super) fn ask(kept: &mut Option<Line>, address: &str, request: &str) -> Heard {
    let Some(mut line) = kept.take().filter(Line::is_open).or_else(|| Line::connect(address)) else {
        return Heard::NobodyListens;
    };
    let Ok(reply) = line.exchange(request) else { return Heard::Cut };
    if reply.header("connection") != Some("close") {
        *kept = Some(line);
    }
    Heard::Reply(reply)
}

/// A request as it travels; without JSON it has no body.
pub(super) fn request(line: &str, headers: &str, json: &str) -> String {
    let length = json.len();
    format!(
        "{line} HTTP/1.1\r\nHost: x\r\n{headers}Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{json}"
    )
}

impl Line {
    pub(super) fn connect(address: &str) -> Option<Self> {
        let stream = TcpStream::connect(address).ok()?;
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Some(Self(BufReader::new(stream)))
    }

    /// Whether the other side has not hung up meanwhile.
    fn is_open(&self) -> bool {
        let stream = self.0.get_ref();
        stream.set_nonblocking(true).unwrap();
        let peeked = stream.peek(&mut [0]);
        stream.set_nonblocking(false).unwrap();
        peeked.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
    }

    fn exchange(&mut self, request: &str) -> io::Result<Reply> {
        self.send(request)?;
        self.receive()
    }

    pub(super) fn send(&mut self, request: &str) -> io::Result<()> {
        self.0.get_mut().write_all(request.as_bytes())
    }

    pub(super) fn receive(&mut self) -> io::Result<Reply> {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if self.0.read_line(&mut head)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
        self.0.read_exact(&mut body)?;
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap();
        Ok(Reply { status, head, body: serde_json::from_slice(&body).unwrap_or_default() })
    }
}
