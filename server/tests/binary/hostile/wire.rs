//! A bare connection, on which anything can be sent, and the frames of HTTP/2 (RFC 9113, section 4.1).

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

/// Within this time the server has closed what it closes.
const IN_TIME: Duration = Duration::from_secs(60);

pub(super) struct Wire(TcpStream);

impl Wire {
    pub(super) fn to(address: &str) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(IN_TIME)).unwrap();
        stream.set_write_timeout(Some(IN_TIME)).unwrap();
        Self(stream)
    }

    /// With the preface and the settings sent.
    pub(super) fn http2(address: &str) -> Self {
        let mut wire = Self::to(address);
        assert!(wire.sends(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") && wire.sends(&frame(SETTINGS, 0, 0, b"")));
        wire
    }

    /// Sends these bytes; whether the server still took them.
    pub(super) fn sends(&mut self, bytes: &[u8]) -> bool {
        self.0.write_all(bytes).is_ok()
    }

    /// All that comes back until the server closes the connection; nothing where it never does.
    pub(super) fn says(mut self) -> Option<Vec<u8>> {
        let mut said = Vec::new();
        match self.0.read_to_end(&mut said) {
            Ok(_) => Some(said),
            Err(error) if matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe) => {
                Some(said)
            }
            Err(_) => None,
        }
    }

    /// Whether the server has closed the connection, or closes it in time.
    pub(super) fn closes(self) -> bool {
        self.says().is_some()
    }
}

pub(super) const DATA: u8 = 0;
pub(super) const HEADERS: u8 = 1;
pub(super) const RST_STREAM: u8 = 3;
pub(super) const SETTINGS: u8 = 4;
pub(super) const PING: u8 = 6;
pub(super) const GOAWAY: u8 = 7;
pub(super) const CONTINUATION: u8 = 9;
pub(super) const END_STREAM: u8 = 1;
pub(super) const END_HEADERS: u8 = 4;

pub(super) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let head = [&length[1..], &[kind, flags], &stream.to_be_bytes()].concat();
    [&head, payload].concat()
}

/// `GET /healthz` of anybody, in HPACK (RFC 7541, appendix A): four entries of the static table, the last two with a value of their own.
pub(super) const GET: &[u8] = b"\x82\x86\x04\x08/healthz\x41\x01x";

/// Whether one of these bytes' frames is the answer to [`GET`].
pub(super) fn is_served(said: &[u8]) -> bool {
    const OK: &[u8] = br#"{"status":"ok""#;
    said.windows(OK.len()).any(|window| window == OK)
}

/// A header that is not indexed, so that it must be kept whole.
pub(super) fn literal(name: &str, value: &str) -> Vec<u8> {
    let length = |text: &str| u8::try_from(text.len()).ok().filter(|length| *length < 127).unwrap();
    [&[0, length(name)], name.as_bytes(), &[length(value)], value.as_bytes()].concat()
}
