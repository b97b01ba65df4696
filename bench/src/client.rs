//! A client that speaks as much HTTP/1.1 as the measurements need: one connection that is kept, one request at a time, blocking.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context as _, Result};
use bitjang_core::Carrier;
use serde_json::json;

/// No answer takes longer, so that no measurement lasts for ever.
const PATIENCE: Duration = Duration::from_secs(30);

/// One connection.
pub(crate) struct Client {
    stream: BufReader<TcpStream>,
    line: String,
    body: Vec<u8>,
}

impl Client {
    /// Connects to `port` of this machine.
    pub(crate) fn connect(port: u16) -> Result<Self> {
        let stream = TcpStream::connect_timeout(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)), PATIENCE)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self { stream: BufReader::new(stream), line: String::new(), body: Vec::new() })
    }

    /// Sends `request`, reads the whole answer, and gives its status.
    pub(crate) fn ask(&mut self, request: &[u8]) -> Result<u16> {
        self.stream.get_mut().write_all(request)?;
        let status = self.line()?.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.context("an answer without a status")?;
        let mut length = 0;
        loop {
            match self.line()?.split_once(':') {
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                    length = value.trim().parse()?;
                }
                Some(_) => {}
                None => break,
            }
        }
        self.body.resize(length, 0);
        self.stream.read_exact(&mut self.body)?;
        Ok(status)
    }

    /// The body of the last answer.
    pub(crate) fn body(&self) -> &[u8] {
        &self.body
    }

    fn line(&mut self) -> Result<&str> {
        self.line.clear();
        self.stream.read_line(&mut self.line)?;
        Ok(&self.line)
    }
}

/// `GET path`, with a session cookie where there is one.
pub(crate) fn get(path: &str, cookie: Option<&str>) -> Vec<u8> {
    let cookie = cookie.map(|cookie| format!("Cookie: {cookie}\r\n")).unwrap_or_default();
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{cookie}\r\n").into_bytes()
}

/// `DELETE /v1/session`, by the holder of an access token.
pub(crate) fn sign_out(token: &str) -> Vec<u8> {
    let head = "DELETE /v1/session HTTP/1.1\r\nHost: localhost\r\n";
    format!("{head}Authorization: Bearer {token}\r\n\r\n").into_bytes()
}

/// `POST /v1/session`.
pub(crate) fn sign_in(identifier: &str, password: &str, carrier: Carrier) -> Vec<u8> {
    let body =
        json!({ "identifier": identifier, "password": password, "carrier": carrier.as_str() }).to_string();
    let length = body.len();
    let head = "POST /v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
    format!("{head}Content-Length: {length}\r\n\r\n{body}").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;
    use std::thread;

    #[test]
    fn answers_on_one_connection_are_told_apart() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let answers = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhiHTTP/1.1 204 No Content\r\n\r\n";
            stream.write_all(answers.as_bytes()).unwrap();
            let mut heard = vec![0; get("/", None).len()];
            stream.read_exact(&mut heard).unwrap();
            heard
        });
        let mut client = Client::connect(port).unwrap();
        assert_eq!(client.ask(&get("/", None)).unwrap(), 200);
        assert_eq!(server.join().unwrap(), get("/", None));
        assert_eq!(client.line().unwrap(), "HTTP/1.1 204 No Content\r\n");
    }
}
