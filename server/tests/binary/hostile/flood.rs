//! Clients that send too much: headers, frames, bodies, requests.

use super::Besieged;
use super::wire::{
    CONTINUATION, DATA, END_HEADERS, END_STREAM, GET, GOAWAY, HEADERS, PING, RST_STREAM, SETTINGS, Wire,
    frame, is_served, literal,
};

/// More than any server should take from one client.
const MANY: u32 = 20_000;

/// What the server says to `requests`, as far as it is text.
fn answered(address: &str, request: &[u8]) -> String {
    let mut wire = Wire::to(address);
    // What it does not take any more it has answered already.
    wire.sends(request);
    String::from_utf8_lossy(&wire.says().unwrap()).into_owned()
}

/// Whether the server answers who sends `frames` first, then asks with these headers, and says goodbye.
fn is_answered(address: &str, frames: &[u8], headers: &[u8]) -> bool {
    let mut wire = Wire::http2(address);
    let asks = frame(HEADERS, END_STREAM | END_HEADERS, 1, headers);
    wire.sends(&[frames, &asks, &frame(GOAWAY, 0, 0, &[0; 8])].concat());
    is_served(&wire.says().unwrap())
}

#[test]
fn too_many_and_too_large_headers_are_refused() {
    let besieged = Besieged::start();
    let many = "X: y\r\n".repeat(101);
    let large = format!("X: {}\r\n", "y".repeat(128 * 1_024));
    let path = "x".repeat(128 * 1_024);
    besieged.outlasts("floods of headers", |address| {
        for headers in [&many, &large] {
            let said =
                answered(address, format!("GET /healthz HTTP/1.1\r\nHost: x\r\n{headers}\r\n").as_bytes());
            assert!(said.is_empty() || said.starts_with("HTTP/1.1 431 "), "{said}");
        }
        let said = answered(address, format!("GET /{path} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes());
        assert!(said.is_empty() || said.starts_with("HTTP/1.1 4"), "{said}");
    });
}

#[test]
fn streams_that_are_opened_and_reset_end_the_connection() {
    let besieged = Besieged::start();
    besieged.outlasts("HTTP/2 streams, opened and reset", |address| {
        let mut wire = Wire::http2(address);
        let reset = 8_u32.to_be_bytes();
        let taken = (0..MANY).all(|number| {
            let stream = 2 * number + 1;
            let open = frame(HEADERS, END_STREAM | END_HEADERS, stream, GET);
            wire.sends(&[open, frame(RST_STREAM, 0, stream, &reset)].concat())
        });
        assert!(!taken || wire.closes(), "it took {MANY} of them");
    });
}

#[test]
fn headers_that_never_end_end_the_connection() {
    let besieged = Besieged::start();
    let more = literal("x-more", &"y".repeat(100)).repeat(100);
    besieged.outlasts("HTTP/2 headers without end", |address| {
        let mut wire = Wire::http2(address);
        wire.sends(&frame(HEADERS, END_STREAM, 1, GET));
        let taken = (0..MANY).all(|_| wire.sends(&frame(CONTINUATION, 0, 1, &more)));
        assert!(!taken, "it took {MANY} continuations");
    });
}

#[test]
fn headers_that_unpack_to_too_much_are_refused() {
    let besieged = Besieged::start();
    // One long header goes into the table of the other side; a thousand bytes then name it a thousand times (RFC 7541, section 7.3).
    let long = [&[0x40, 1, b'x', 0x7f, 0x81, 0x1e], "y".repeat(4_000).as_bytes()].concat();
    let bomb = [GET, &long, &[0xbe; 4_000]].concat();
    besieged.outlasts("HTTP/2 headers that unpack to 16 MiB", |address| {
        assert!(is_answered(address, b"", GET), "it serves others");
        assert!(!is_answered(address, b"", &bomb), "it was served");
    });
}

#[test]
fn who_asks_to_be_answered_and_never_reads_is_cut_off() {
    let besieged = Besieged::start();
    besieged.outlasts("HTTP/2 pings, settings and empty frames", |address| {
        for (kind, payload) in [(PING, &[0; 8][..]), (SETTINGS, b""), (DATA, b"")] {
            let frames = frame(kind, 0, 0, payload).repeat(MANY as usize);
            assert!(!is_answered(address, &frames, GET), "{MANY} frames of kind {kind}, and it goes on");
        }
    });
}

#[test]
fn a_body_without_end_is_cut_off() {
    const HEAD: &str = "POST /v1/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
    let besieged = Besieged::start();
    let spaces = " ".repeat(64 * 1_024);
    let chunk = format!("10000\r\n{spaces}\r\n");
    besieged.outlasts("bodies without end", |address| {
        for (head, piece) in [("Content-Length: 9999999999", &spaces), ("Transfer-Encoding: chunked", &chunk)]
        {
            let mut wire = Wire::to(address);
            assert!(wire.sends(format!("{HEAD}{head}\r\n\r\n").as_bytes()));
            let taken = (0..1_000).take_while(|_| wire.sends(piece.as_bytes())).count();
            assert!(taken < 1_000, "it took {taken} pieces of 64 KiB");
        }
    });
}

#[test]
fn requests_sent_without_waiting_are_answered_one_by_one() {
    const GOES_ON: &str = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
    const LAST: &str = "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    let besieged = Besieged::start();
    let thousand = format!("{}{LAST}", GOES_ON.repeat(999));
    besieged.outlasts("1,000 requests at once on one connection", |address| {
        assert_eq!(answered(address, thousand.as_bytes()).matches("HTTP/1.1 200 ").count(), 1_000);
    });
}
