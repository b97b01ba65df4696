//! The load on a server: clients in one thread, each on its own connection, each asking again as soon as it has an answer.

pub(crate) mod wire;

use std::cell::Cell;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use futures_util::future::try_join_all;
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

use self::wire::Wire;
use crate::clock::{now, per_second, thread_busy};
use crate::series::percentile;

/// No load lasts longer, so that no measurement lasts for ever.
const PATIENCE: Duration = Duration::from_secs(300);

/// How many ask at once.
pub(crate) const CLIENTS: usize = 64;

/// How many are asked for in one load, when all are.
const AT_ONCE: usize = 100_000;

/// A request with a gap: what proves who is asking goes there.
pub(crate) struct Question {
    before: Vec<u8>,
    after: Vec<u8>,
}

impl Question {
    /// Who is signed in, by this cookie.
    pub(crate) fn by_cookie(path: &str) -> Self {
        Self::with(path, "Cookie: ")
    }

    /// Who is signed in, by this access token.
    pub(crate) fn by_bearer(path: &str) -> Self {
        Self::with(path, "Authorization: Bearer ")
    }

    fn with(path: &str, field: &str) -> Self {
        let before = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{field}").into_bytes();
        Self { before, after: b"\r\n\r\n".to_vec() }
    }

    fn fill(&self, request: &mut Vec<u8>, proof: &str) {
        request.clear();
        request.extend_from_slice(&self.before);
        request.extend_from_slice(proof.as_bytes());
        request.extend_from_slice(&self.after);
    }

    /// Asked by `proof`.
    pub(crate) fn asked_by(&self, proof: &str) -> Vec<u8> {
        let mut request = Vec::new();
        self.fill(&mut request, proof);
        request
    }
}

/// What a load came to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tally {
    pub(crate) answers: usize,
    /// Answers in each second.
    pub(crate) rate: f64,
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
    /// For which part of the time the thread that made the load was on its core.
    pub(crate) busy: f64,
}

impl Tally {
    fn of(mut times: Vec<Duration>, took: Duration, busy: Duration) -> Self {
        let (answers, rate) = (times.len(), per_second(times.len(), took));
        let (p50, p99) = (percentile(&mut times, 50), percentile(&mut times, 99));
        Self { answers, rate, p50, p99, busy: busy.as_secs_f64() / took.as_secs_f64() }
    }
}

/// Where the clients live.
pub(crate) struct Load {
    runtime: Runtime,
    busiest: Cell<f64>,
}

impl Load {
    /// On this thread.
    pub(crate) fn new() -> Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        Ok(Self { runtime, busiest: Cell::new(0.0) })
    }

    /// For which part of the time this thread was on its core, at most, in any load until now.
    pub(crate) fn busiest(&self) -> f64 {
        self.busiest.get()
    }

    /// Each client does `work` until it has nothing more to do; it says how long each of its requests took.
    pub(crate) fn run<W>(&self, clients: usize, work: impl Fn(usize) -> W) -> Result<Tally>
    where
        W: Future<Output = Result<Vec<Duration>>>,
    {
        let (began_at, busy) = (now(), thread_busy());
        let all = async { timeout(PATIENCE, try_join_all((0..clients).map(work))).await };
        let times = self.runtime.block_on(all).context("the server does not answer")??.concat();
        let tally = Tally::of(times, began_at.elapsed(), thread_busy().saturating_sub(busy));
        self.busiest.set(self.busiest.get().max(tally.busy));
        Ok(tally)
    }

    /// Asks for so long, by any of these proofs, the servers on these ports by turns of the clients.
    pub(crate) fn ask(
        &self,
        ports: &[u16],
        question: &Question,
        proofs: &[String],
        span: Duration,
    ) -> Result<Tally> {
        ensure!(!proofs.is_empty(), "nobody has signed in");
        let until = now() + span;
        self.run(CLIENTS, |client| {
            keep_asking(port(ports, client), question, Dice(seed(client)).pick(proofs), until)
        })
    }

    /// Asks once by each of these proofs.
    pub(crate) fn ask_all(&self, port: u16, question: &Question, proofs: &[String]) -> Result<()> {
        proofs.chunks(AT_ONCE).try_for_each(|proofs| {
            let share = proofs.len().div_ceil(CLIENTS);
            let mine = |client| proofs.chunks(share).nth(client).unwrap_or_default();
            let until = now() + PATIENCE;
            self.run(CLIENTS, |client| keep_asking(port, question, mine(client).iter(), until)).map(drop)
        })
    }
}

fn port(ports: &[u16], client: usize) -> u16 {
    ports.iter().cycle().nth(client).copied().unwrap_or_default()
}

async fn keep_asking<'a>(
    port: u16,
    question: &Question,
    proofs: impl Iterator<Item = &'a String>,
    until: Instant,
) -> Result<Vec<Duration>> {
    let (mut wire, mut request, mut times) = (Wire::connect(port).await?, Vec::new(), Vec::new());
    let mut asked_at = now();
    for proof in proofs {
        question.fill(&mut request, proof);
        let answer = wire.ask(&request).await?;
        ensure!(answer.knows_who(), "somebody who is signed in was answered with {}", answer.status);
        let answered_at = now();
        times.push(answered_at - asked_at);
        if answered_at >= until {
            break;
        }
        asked_at = answered_at;
    }
    Ok(times)
}

/// Picks at random, the same way in every run (xorshift64).
struct Dice(u64);

fn seed(client: usize) -> u64 {
    0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(client as u64 + 1)
}

impl Dice {
    fn pick<T>(mut self, all: &[T]) -> impl Iterator<Item = &T> {
        std::iter::repeat_with(move || {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            self.0
        })
        .filter_map(|drawn| all.get(usize::try_from(drawn % all.len() as u64).ok()?))
    }
}
