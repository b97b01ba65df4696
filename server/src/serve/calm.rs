//! How much an HTTP/2 client may say that asks for nothing: pings, settings, priorities, windows, and frames of kinds that nobody knows.
//!
//! Each is read, some are answered, and no limit of hyper's counts them (CVE-2019-9512 and 9515): a few clients that send nothing else keep all threads busy.

use std::io;
use std::time::Duration;

use tokio::time::Instant;

/// What an HTTP/2 client begins with (RFC 9113, section 3.4).
const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// The length of a frame, its kind, its flags and its stream (RFC 9113, section 4.1).
const HEAD: usize = 9;
/// The kinds that carry a request, or end one: DATA, HEADERS, `RST_STREAM`, CONTINUATION. Of these h2 keeps count.
const OF_REQUESTS: [u8; 4] = [0, 1, 3, 9];
/// So many others are taken in each [`WHILE`].
const MANY: u64 = 1_000;
pub(super) const WHILE: Duration = Duration::from_secs(10);
/// For so many bytes that a client is sent, it may say one frame more: that it has room again.
const BYTES_A_FRAME: u64 = 1_024;

/// The client has been told nothing for which it would have to say so much. Anybody who speaks HTTP/2 in earnest stays far below.
#[derive(Debug, thiserror::Error)]
#[error("a client sent {MANY} frames that ask for nothing")]
struct EnhanceYourCalm;

/// Reads along what one client says.
#[derive(Debug)]
pub(super) struct Calm {
    reading: Reading,
    said: u64,
    sent: u64,
    since: Instant,
    long: Duration,
}

/// Where in what the client says the next byte stands.
#[derive(Debug)]
enum Reading {
    /// So many bytes into the preface.
    Preface(usize),
    /// It speaks HTTP/1, which has no frames.
    Http1,
    /// So many bytes into the head of a frame.
    Head([u8; HEAD], usize),
    /// So many bytes before the next head.
    Payload(usize),
}

impl Calm {
    /// Of a client that has just come; it is counted anew after each `long`.
    pub(super) fn new(long: Duration) -> Self {
        Self { reading: Reading::Preface(0), said: 0, sent: 0, since: Instant::now(), long }
    }

    /// Takes note of what was sent to the client.
    pub(super) fn sends(&mut self, bytes: usize) {
        self.sent += bytes as u64;
    }

    /// Takes note of what the client said; an error where that was too much.
    pub(super) fn hears(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while let Some((first, rest)) = bytes.split_first() {
            match &mut self.reading {
                Reading::Http1 => return Ok(()),
                Reading::Preface(seen) if PREFACE.get(*seen) != Some(first) => self.reading = Reading::Http1,
                Reading::Preface(seen) => {
                    (*seen, bytes) = (*seen + 1, rest);
                    if *seen == PREFACE.len() {
                        self.reading = Reading::next();
                    }
                }
                Reading::Head(head, seen) => {
                    head.rotate_left(1);
                    let [.., last] = head;
                    (*last, *seen, bytes) = (*first, *seen + 1, rest);
                    if *seen == HEAD {
                        let [high, middle, low, kind, ..] = *head;
                        let length = u32::from_be_bytes([0, high, middle, low]);
                        self.reading = Reading::Payload(usize::try_from(length).unwrap_or(usize::MAX));
                        self.counts(kind)?;
                    }
                }
                Reading::Payload(0) => self.reading = Reading::next(),
                Reading::Payload(left) => {
                    let read = bytes.len().min(*left);
                    *left -= read;
                    bytes = bytes.get(read..).unwrap_or_default();
                }
            }
        }
        Ok(())
    }

    fn counts(&mut self, kind: u8) -> io::Result<()> {
        if OF_REQUESTS.contains(&kind) {
            return Ok(());
        }
        self.said += 1;
        if self.said <= MANY + self.sent / BYTES_A_FRAME {
            return Ok(());
        }
        if self.since.elapsed() < self.long {
            return Err(io::Error::other(EnhanceYourCalm));
        }
        (self.said, self.sent, self.since) = (0, 0, Instant::now());
        Ok(())
    }
}

impl Reading {
    /// At the beginning of a frame.
    fn next() -> Self {
        Self::Head([0; HEAD], 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(3_600);
    const DATA: u8 = 0;
    const HEADERS: u8 = 1;
    const SETTINGS: u8 = 4;
    const PING: u8 = 6;
    const WINDOW_UPDATE: u8 = 8;

    fn frame(kind: u8, payload: &[u8]) -> Vec<u8> {
        let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
        [&length[1..], &[kind, 0, 0, 0, 0, 0], payload].concat()
    }

    /// How many frames of a kind somebody may send who has sent these before.
    fn taken(calm: &mut Calm, kind: u8) -> usize {
        let frame = frame(kind, &[0; 8]);
        (0..10_000).take_while(|_| calm.hears(&frame).is_ok()).count()
    }

    fn speaks_http2() -> Calm {
        let mut calm = Calm::new(LONG);
        calm.hears(PREFACE).unwrap();
        calm
    }

    #[test]
    fn a_thousand_frames_that_ask_for_nothing_are_enough() {
        for kind in [SETTINGS, PING, WINDOW_UPDATE, 2, 7, 0xfe] {
            assert_eq!(taken(&mut speaks_http2(), kind), 1_000, "{kind}");
        }
    }

    #[test]
    fn however_they_are_cut_and_whatever_stands_between_them() {
        let pieces =
            [frame(HEADERS, b"\x82"), frame(DATA, &[PING; 99]), frame(DATA, b""), frame(PING, &[0; 8])];
        let all = [PREFACE.as_slice(), &pieces.concat().repeat(2_000)].concat();
        for size in [1, 2, 7, 9, 64, 100_000] {
            let mut calm = Calm::new(LONG);
            let taken = all.chunks(size).take_while(|piece| calm.hears(piece).is_ok()).count() * size;
            let thousandth = PREFACE.len() + pieces.concat().len() * 1_000;
            assert!(taken.abs_diff(thousandth) < size + pieces.concat().len(), "{taken} by {size}");
        }
    }

    #[test]
    fn requests_are_not_counted_and_neither_is_http1() {
        assert_eq!([HEADERS, DATA].map(|kind| taken(&mut speaks_http2(), kind)), [10_000; 2]);
        let mut calm = Calm::new(LONG);
        calm.hears(b"PRI * HTTP/1.1\r\n\r\n").unwrap();
        assert_eq!(taken(&mut calm, PING), 10_000);
    }

    #[test]
    fn who_reads_much_may_say_so_and_who_takes_their_time_is_heard() {
        let mut calm = speaks_http2();
        calm.sends(4_000 * 1_024);
        assert_eq!(taken(&mut calm, WINDOW_UPDATE), 5_000);
        let mut calm = Calm { long: Duration::ZERO, ..speaks_http2() };
        assert_eq!(taken(&mut calm, PING), 10_000);
    }
}
