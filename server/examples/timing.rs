//! Whether the time of an answer tells anything: an unknown identifier beside a wrong password, and the first byte beside the last byte wrong in each kind of token.
//!
//! Pairs are asked in turn, in random order, over one connection; the median of their differences has a confidence interval by the order of the sample, which asks nothing of its shape. A test that would not see 2 % counts
//! for nothing, so the same is done once more with one of the two sides 2 % slower.
#![expect(clippy::disallowed_methods, reason = "it measures")]

use std::env;
use std::fmt::Write as _;
use std::hint::spin_loop;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

/// Half the width of the interval in standard deviations: 99.9 %.
const WIDE: f64 = 3.29;
/// What counts as a difference: half of what must be seen.
const MATTERS: f64 = 0.01;
/// What must be seen.
const PLANTED: f64 = 0.02;
const PASSWORD: &str = "turnips resent accordions";

fn main() -> Result<()> {
    let seconds = env::args().nth(1).map_or(Ok(60), |seconds| seconds.parse())?;
    let long = Duration::from_secs(seconds);
    let folder = tempfile::tempdir()?;
    let mut server = Server::start(folder.path())?;
    let tokens = server.tokens()?;
    let mut bad = Vec::new();
    println!("what\tplanted\tpairs\tmedian µs\tdifference %\tfrom %\tto %\tverdict");
    for (what, one, other) in questions(&tokens) {
        for planted in [0.0, PLANTED] {
            let seen = compare(&mut server, (&one, &other), planted, long)?;
            println!("{what}\t{planted}\t{seen}");
            if seen.differs() != (planted > 0.0) || !seen.would_tell() {
                bad.push(format!("{what}, planted {planted}"));
            }
        }
    }
    ensure!(bad.is_empty(), "not as it must be: {}", bad.join("; "));
    Ok(())
}

/// Pairs of requests whose answers must take the same time.
fn questions(tokens: &Tokens) -> Vec<(&'static str, String, String)> {
    let sign_in = |identifier| {
        request(
            "POST /v1/session",
            "",
            &json!({"identifier": identifier, "password": "not the password"}).to_string(),
        )
    };
    let changed = |token: &str, at: usize| {
        let other = if token.get(at..=at) == Some("A") { "B" } else { "A" };
        format!("{}{other}{}", token.get(..at).unwrap_or_default(), token.get(at + 1..).unwrap_or_default())
    };
    let session = |at| {
        request(
            "GET /v1/session",
            &format!("Cookie: __Host-bitjang={}\r\n", changed(&tokens.session, at)),
            "",
        )
    };
    let refresh = |at| {
        request(
            "POST /v1/session/refresh",
            "",
            &json!({"refresh_token": changed(&tokens.refresh, at)}).to_string(),
        )
    };
    let csrf = |at| {
        let headers = format!(
            "Cookie: __Host-bitjang={}\r\nSec-Fetch-Site: same-origin\r\nX-CSRF-Token: {}\r\n",
            tokens.session,
            changed(&tokens.csrf, at)
        );
        request("DELETE /v1/session", &headers, "")
    };
    vec![
        ("unknown identifier, wrong password", sign_in("nobody"), sign_in("mina")),
        // The secret begins behind the prefix and 16 bytes of id, the tag 64 bytes behind the prefix; before the last two characters all bits count.
        ("session cookie: first, last byte", session(4 + 22), session(4 + 62)),
        ("refresh token: first, last byte of the tag", refresh(4 + 86), refresh(4 + 126)),
        ("CSRF token: first, last byte", csrf(0), csrf(tokens.csrf.len() - 3)),
    ]
}

/// What pairs of requests showed, as parts of the median time of one.
struct Seen {
    pairs: usize,
    micros: f64,
    difference: f64,
    from: f64,
    to: f64,
}

impl Seen {
    fn differs(&self) -> bool {
        self.from > MATTERS || self.to < -MATTERS
    }

    /// Whether the interval is narrow enough to tell what was planted from nothing.
    fn would_tell(&self) -> bool {
        self.to - self.from < 2.0 * MATTERS
    }
}

impl std::fmt::Display for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let verdict = match (self.would_tell(), self.differs()) {
            (false, _) => "too noisy",
            (true, true) => "differs",
            (true, false) => "the same",
        };
        let [difference, from, to] = [self.difference, self.from, self.to].map(|part| part * 100.0);
        write!(f, "{}\t{:.1}\t{difference:.2}\t{from:.2}\t{to:.2}\t{verdict}", self.pairs, self.micros)
    }
}

/// Asks both in turn, for so long; the second side's answers are looked at later by the part that was `planted`.
fn compare(server: &mut Server, (one, other): (&str, &str), planted: f64, long: Duration) -> Result<Seen> {
    let (mut usual, begun) = (Vec::new(), Instant::now());
    while usual.is_empty() || begun.elapsed() < long / 10 {
        usual.push(server.ask(one, Duration::ZERO)?.as_secs_f64());
    }
    let late = Duration::from_secs_f64(median(usual.into_iter()) * planted);
    let (mut times, mut differences, begun) = (Vec::new(), Vec::new(), Instant::now());
    while begun.elapsed() < long {
        // The order is that of the bits of a count that are mixed: neither side is always the first.
        let first = (differences.len().wrapping_mul(0x9e37_79b9) >> 7) & 1 == 0;
        let (one, other) = if first {
            let one = server.ask(one, Duration::ZERO)?;
            (one, server.ask(other, late)?)
        } else {
            let other = server.ask(other, late)?;
            (server.ask(one, Duration::ZERO)?, other)
        };
        times.push(one.as_secs_f64());
        differences.push(other.as_secs_f64() - one.as_secs_f64());
    }
    Ok(judged(times, differences))
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "ranks of a sample"
)]
fn judged(times: Vec<f64>, mut differences: Vec<f64>) -> Seen {
    let usual = median(times.into_iter());
    differences.sort_by(f64::total_cmp);
    let (pairs, half) = (differences.len(), differences.len() as f64 / 2.0);
    let wide = WIDE * (pairs as f64).sqrt() / 2.0;
    let at = |rank: f64| {
        differences.get(rank.max(0.0) as usize).or(differences.last()).copied().unwrap_or_default() / usual
    };
    Seen { pairs, micros: usual * 1e6, difference: at(half), from: at(half - wide), to: at(half + wide) }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

struct Tokens {
    session: String,
    refresh: String,
    csrf: String,
}

/// The binary beside this example, and one connection to it.
struct Server {
    child: Child,
    wire: TcpStream,
    buffer: Vec<u8>,
}

impl Server {
    fn start(folder: &std::path::Path) -> Result<Self> {
        let program = env::current_exe()?;
        let program = program
            .parent()
            .and_then(|examples| examples.parent())
            .context("examples lie beside the binary")?;
        let mut command = Command::new(program.join("bitjang"));
        command
            .arg("serve")
            .current_dir(folder)
            .env("BITJANG_LISTEN", "127.0.0.1:0")
            .env("BITJANG_LOG__LEVEL", "error");
        for limit in ["PAIR", "ACCOUNT", "ADDRESS"] {
            command.env(format!("BITJANG_LIMITS__{limit}_ATTEMPTS"), "1000000");
        }
        let mut child = command.stdout(Stdio::piped()).spawn().context("the binary is not built")?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().context("no output")?).read_line(&mut line)?;
        let address = line.trim().rsplit("//").next().unwrap_or_default().replace("localhost", "127.0.0.1");
        let wire = TcpStream::connect(address)?;
        wire.set_nodelay(true)?;
        Ok(Self { child, wire, buffer: vec![0; 64 * 1_024] })
    }

    /// How long a request takes to be answered, looked at `late` by so much.
    fn ask(&mut self, request: &str, late: Duration) -> Result<Duration> {
        let begun = Instant::now();
        self.wire.write_all(request.as_bytes())?;
        // Answers to these are small: they come in one piece.
        let read = self.wire.read(&mut self.buffer)?;
        let answered = Instant::now();
        while answered.elapsed() < late {
            spin_loop();
        }
        let took = begun.elapsed();
        ensure!(
            self.buffer.get(..read).is_some_and(|answer| answer.starts_with(b"HTTP/1.1 4")),
            "{request} is answered otherwise"
        );
        Ok(took)
    }

    fn answer(&mut self, request: &str) -> Result<(String, Value)> {
        self.wire.write_all(request.as_bytes())?;
        let read = self.wire.read(&mut self.buffer)?;
        let answer = String::from_utf8_lossy(self.buffer.get(..read).unwrap_or_default()).into_owned();
        let (head, body) = answer.split_once("\r\n\r\n").context("an answer in pieces")?;
        Ok((head.to_owned(), serde_json::from_str(body)?))
    }

    fn tokens(&mut self) -> Result<Tokens> {
        let account =
            |carrier| json!({"identifier": "mina", "password": PASSWORD, "carrier": carrier}).to_string();
        let (head, body) = self.answer(&request("POST /v1/accounts", "", &account("cookie")))?;
        let cookie = head.split("__Host-bitjang=").nth(1).and_then(|rest| rest.split(';').next());
        let text = |body: &Value, name: &str| {
            body.get(name).and_then(Value::as_str).map(str::to_owned).context("no token")
        };
        let csrf = text(&body, "csrf_token")?;
        let (_, body) = self.answer(&request("POST /v1/session", "", &account("bearer")))?;
        let refresh = text(&body, "refresh_token")?;
        Ok(Tokens { session: cookie.context("no cookie")?.to_owned(), refresh, csrf })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = (self.child.kill(), self.child.wait());
    }
}

fn request(line: &str, headers: &str, json: &str) -> String {
    let mut request = format!("{line} HTTP/1.1\r\nHost: x\r\n{headers}");
    if !json.is_empty() {
        let _never_fails =
            write!(request, "Content-Type: application/json\r\nContent-Length: {}\r\n", json.len());
    }
    request + "\r\n" + json
}
