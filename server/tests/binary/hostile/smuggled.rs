//! Requests that two readers would take for different ones: what comes after must not be taken for a request of its own.

use super::Besieged;
use super::wire::Wire;

const INNER: &str = "GET /v1/session HTTP/1.1\r\nHost: inner\r\n\r\n";

#[test]
fn a_request_that_could_be_read_in_two_ways_is_answered_once_or_not_at_all() {
    let besieged = Besieged::start();
    for head in HEADS {
        let mut wire = Wire::to(&besieged.server.address);
        let (zero, length) = ("0\r\n\r\n", INNER.len());
        let head = head.replace("LENGTH", &(zero.len() + length).to_string());
        wire.sends(format!("{head}\r\n{zero}{INNER}").as_bytes());
        let said = wire.says().unwrap();
        let said = String::from_utf8_lossy(&said);
        assert!(said.matches("HTTP/1.").count() <= 1, "{head}{said}");
        assert!(
            said.is_empty() || said.starts_with("HTTP/1.1 4") || said.starts_with("HTTP/1.0 4"),
            "{head}{said}"
        );
    }
    assert!(besieged.server.get("/readyz").starts_with("HTTP/1.1 200 "));
}

const HEADS: &[&str] = &[
    "POST /v1/session HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nContent-Length: 5\r\n",
    "POST /v1/session HTTP/1.1\r\nHost: x\r\nContent-Length: 4, 5\r\n",
    "POST /v1/session HTTP/1.1\r\nHost: x\r\nContent-Length: +4\r\n",
    "POST /v1/session HTTP/1.1\r\nHost: x\r\nContent-Length: 0x4\r\n",
    "POST /v1/session HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n",
    "POST /v1/session HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\n",
    "POST /v1/session HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, identity\r\n",
    "POST /v1/session HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n",
    "POST /v1/session HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : chunked\r\n",
    "POST /v1/session HTTP/1.1\r\nHost: x\r\n Transfer-Encoding: chunked\r\n",
    "POST /v1/session HTTP/1.1\r\nHost: x\r\nX: y\rTransfer-Encoding: chunked\r\n",
    "POST /v1/session HTTP/1.1\r\nHost: x\r\nX: y\0z\r\n",
    "POST /v1/session HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n",
    "POST  /v1/session HTTP/1.1\r\nHost: x\r\n",
    "POST /v1/session HTTP/1.1 \r\nHost: x\r\n",
    "POST /v1/session HTTP/9.9\r\nHost: x\r\n",
    "POST /v1/se\0ssion HTTP/1.1\r\nHost: x\r\n",
];
