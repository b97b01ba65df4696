//! As much of HTTP/1.1 as a load needs, at little cost: one connection that is kept, one request at a time. What loads a server must be cheaper than the server.

use std::net::Ipv4Addr;

use anyhow::{Context as _, Result, bail};
use memchr::memmem;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Most answers come in one piece.
const USUAL_ANSWER: usize = 4_096;

/// One connection.
pub(crate) struct Wire {
    stream: TcpStream,
    heard: Vec<u8>,
}

/// What came back.
#[derive(Debug, PartialEq)]
pub(crate) struct Answer<'a> {
    pub(crate) status: u16,
    /// The status line and the header fields.
    pub(crate) head: &'a [u8],
    /// As it came: in chunks, perhaps.
    pub(crate) body: &'a [u8],
}

impl Answer<'_> {
    /// Whether it says who is signed in. Some programs answer 200 and `null` to a stranger.
    pub(crate) fn knows_who(&self) -> bool {
        self.status == 200 && memmem::find(self.body, b"null").is_none_or(|at| at > b"4\r\n".len())
    }
}

impl Wire {
    /// Connects to `port` of this machine.
    pub(crate) async fn connect(port: u16) -> Result<Self> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, heard: Vec::with_capacity(USUAL_ANSWER) })
    }

    /// Sends `request` and reads the whole answer.
    pub(crate) async fn ask(&mut self, request: &[u8]) -> Result<Answer<'_>> {
        self.stream.write_all(request).await?;
        self.heard.clear();
        loop {
            if self.stream.read_buf(&mut self.heard).await? == 0 {
                bail!("the server has hung up");
            }
            if let Some(Extent { status, body, end }) = Extent::of(&self.heard)? {
                let (head, rest) = self.heard.split_at(body);
                return Ok(Answer { status, head, body: rest.get(..end - body).unwrap_or(rest) });
            }
        }
    }
}

/// Where an answer has what.
struct Extent {
    status: u16,
    /// Where the body begins.
    body: usize,
    end: usize,
}

impl Extent {
    /// Of what was heard so far; nothing while the answer is not whole.
    fn of(heard: &[u8]) -> Result<Option<Self>> {
        let Some(body) = memmem::find(heard, b"\r\n\r\n").map(|at| at + 4) else { return Ok(None) };
        let (fields, rest) = heard.split_at(body);
        let status = fields.get(9..12).and_then(|digits| str::from_utf8(digits).ok()?.parse().ok());
        let status = status.context("an answer without a status")?;
        let length = match field(fields, b"content-length") {
            Some(length) => str::from_utf8(length)?.trim().parse()?,
            None if field(fields, b"transfer-encoding").is_none() => 0,
            None => match memmem::find(rest, b"0\r\n\r\n") {
                Some(last) => last + 5,
                None => return Ok(None),
            },
        };
        Ok((rest.len() >= length).then_some(Self { status, body, end: body + length }))
    }
}

/// The value of the first field of this name.
pub(crate) fn field<'a>(head: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    fields(head, name).next()
}

/// The values of all fields of this name.
pub(crate) fn fields<'a>(head: &'a [u8], name: &[u8]) -> impl Iterator<Item = &'a [u8]> {
    head.split(|byte| *byte == b'\n').filter_map(move |line| {
        let (named, value) = line.split_at_checked(name.len())?;
        let value = named.eq_ignore_ascii_case(name).then(|| value.strip_prefix(b":"))??;
        Some(value.trim_ascii())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn extent(heard: &str) -> Option<(u16, usize)> {
        Extent::of(heard.as_bytes()).unwrap().map(|extent| (extent.status, extent.end - extent.body))
    }

    #[test]
    fn an_answer_is_whole_when_its_body_is() {
        assert_eq!(extent("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"), Some((200, 2)));
        assert_eq!(extent("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nh"), None);
        assert_eq!(extent("HTTP/1.1 204 No Content\r\n\r\n"), Some((204, 0)));
        assert_eq!(extent("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n"), None);
        assert_eq!(
            extent("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"),
            Some((200, 12))
        );
        assert_eq!(extent("HTTP/1.1 200 OK\r\nContent-"), None);
    }

    #[test]
    fn null_is_nobody() {
        let knows_who = |status, body: &str| Answer { status, head: b"", body: body.as_bytes() }.knows_who();
        assert!(knows_who(200, "Hello, World!"));
        assert!(knows_who(200, r#"{"name":null}"#));
        assert!(!knows_who(200, "null"));
        assert!(!knows_who(200, "4\r\nnull\r\n0\r\n\r\n"));
        assert!(!knows_who(401, "{}"));
    }

    #[test]
    fn every_cookie_is_found() {
        let head = b"HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nset-cookie:b=2\r\nset-cookies: c=3\r\n\r\n";
        assert_eq!(fields(head, b"set-cookie").collect::<Vec<_>>(), [b"a=1".as_slice(), b"b=2"]);
    }
}
