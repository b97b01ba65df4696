//! Somebody who means no harm: asks who they are, again and again, on a new connection each time, and is always told.

use std::env;
use std::fs::OpenOptions;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::memory::Memory;

/// Within this time every answer comes, however busy the machine is.
const GENEROUS: Duration = Duration::from_secs(10);
/// Between two requests.
const PAUSE: Duration = Duration::from_millis(5);

pub(super) struct Healthy {
    address: String,
    request: String,
}

/// How long answers took.
pub(super) struct Times(Vec<Duration>);

impl Healthy {
    pub(super) fn at(address: &str, cookie: &str) -> Self {
        let request =
            format!("GET /v1/session HTTP/1.1\r\nHost: x\r\nConnection: close\r\nCookie: {cookie}\r\n\r\n");
        Self { address: address.to_owned(), request }
    }

    /// Asks for so long, while nothing else happens.
    pub(super) fn asks_for(&self, long: Duration) -> Times {
        let begun = Instant::now();
        self.asks_until(|| begun.elapsed() >= long)
    }

    /// Asks for as long as `attack` lasts.
    pub(super) fn asks_while(&self, attack: impl FnOnce() + Send) -> Times {
        let over = AtomicBool::new(false);
        thread::scope(|scope| {
            let attacking = scope.spawn(|| {
                let _ends = EndsWhenDropped(&over);
                takes_what_others_leave();
                attack();
            });
            let times = self.asks_until(|| over.load(Ordering::SeqCst));
            attacking.join().unwrap();
            times
        })
    }

    fn asks_until(&self, over: impl Fn() -> bool) -> Times {
        let mut times = vec![self.asks()];
        while !over() {
            thread::sleep(PAUSE);
            times.push(self.asks());
        }
        Times(times)
    }

    fn asks(&self) -> Duration {
        let begun = Instant::now();
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(GENEROUS)).unwrap();
        stream.write_all(self.request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("mina"), "{answer}");
        begun.elapsed()
    }
}

/// Attackers have machines of their own. Here they share one with whom they attack, and what they do to get ready must not count as what it suffers.
fn takes_what_others_leave() {
    // On Linux niceness belongs to the thread, and to those that it starts (setpriority(2), notes).
    rustix::process::setpriority_process(None, 19).unwrap();
}

/// Also when the attack fails: the one who asks must not go on for ever.
struct EndsWhenDropped<'a>(&'a AtomicBool);

impl Drop for EndsWhenDropped<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

impl Times {
    fn p99(mut self) -> Duration {
        self.0.sort_unstable();
        self.0.get(self.0.len() * 99 / 100).copied().unwrap_or_default()
    }
}

/// Writes the figures down where `BITJANG_TEST_FIGURES` says; without it they are of no interest, as other tests run beside.
pub(super) fn note(what: &str, quiet: Times, during: Times, memory: &Memory) {
    let Some(path) = env::var_os("BITJANG_TEST_FIGURES") else { return };
    let (asked, quiet, during) = (during.0.len(), quiet.p99(), during.p99());
    let line = format!(
        "{what}\t{:.1}\t{:.1}\t{asked}\t{}\n",
        quiet.as_secs_f64() * 1_000.0,
        during.as_secs_f64() * 1_000.0,
        memory.figures()
    );
    OpenOptions::new().create(true).append(true).open(path).unwrap().write_all(line.as_bytes()).unwrap();
}
