//! A crowd of verifiers that follow one server: how long until each knows of a sign-out, and what that costs the server.
//!
//! `crowd <bitjang> [verifiers] [sign-outs] [sign-outs a second]`; everything runs on this machine, over loopback.
#![expect(clippy::disallowed_methods, reason = "a measurement")]

mod server;
mod times;

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use bitjang_guard::verifier::Verifier;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::task::JoinSet;

use server::{Server, Used};
use times::Times;

/// For how long nothing happens, to see what heartbeats cost.
const QUIET: Duration = Duration::from_secs(6);

/// How much of everything.
struct Plan {
    verifiers: usize,
    sign_outs: usize,
    a_second: u32,
}

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let program = arguments.next().context("crowd <bitjang> [verifiers] [sign-outs] [a second]")?;
    let numbers: Vec<usize> = arguments.map(|number| Ok(number.parse()?)).collect::<Result<_>>()?;
    let number = |place, usual| numbers.get(place).copied().unwrap_or(usual);
    let plan = Plan {
        verifiers: number(0, 1_000),
        sign_outs: number(1, 200),
        a_second: u32::try_from(number(2, 10))?,
    };
    // Each verifier has a connection for the feed and one for keys.
    let files = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: files.maximum, ..files })?;
    measure(&Server::start(&program)?, &plan).await
}

async fn measure(server: &Server, plan: &Plan) -> Result<()> {
    let tokens = server.sessions(plan.sign_outs).await?;
    let alone = server.used()?;
    let crowd = crowd(server, plan.verifiers).await?;
    let bytes = server.listen_in().await?;

    let (before, began) = (server.used()?, Instant::now());
    tokio::time::sleep(QUIET).await;
    let quiet = server.used()?.since(&before, began.elapsed());

    let (before, began) = (server.used()?, Instant::now());
    let times = sign_outs(server, tokens, &crowd, plan.a_second).await?;
    let busy = server.used()?.since(&before, began.elapsed());
    tell(plan, &times, [quiet, busy], &alone);
    println!("| bytes of an entry | {} |", bytes.of("revocation"));
    println!("| … of a heartbeat | {} |", bytes.of("heartbeat"));
    Ok(())
}

/// Verifiers that know everything.
async fn crowd(server: &Server, verifiers: usize) -> Result<Vec<Verifier>> {
    let crowd: Vec<_> =
        (0..verifiers).map(|_| Ok(Verifier::follow(&server.site).start()?)).collect::<Result<_>>()?;
    for verifier in &crowd {
        verifier.ready().await;
    }
    Ok(crowd)
}

/// Ends the sessions of these tokens one after another; when each end was acknowledged, and when each verifier knew of it.
async fn sign_outs(server: &Server, tokens: Vec<String>, crowd: &[Verifier], a_second: u32) -> Result<Times> {
    let mut listeners = JoinSet::new();
    for verifier in crowd {
        listeners.spawn(heard(verifier.clone(), tokens.len()));
    }
    let (mut acknowledged, mut pace) =
        (Vec::new(), tokio::time::interval(Duration::from_secs(1) / a_second.max(1)));
    for token in tokens {
        pace.tick().await;
        server.sign_out(&token).await?;
        acknowledged.push(Instant::now());
    }
    let acknowledged: Arc<[Instant]> = acknowledged.into();
    let mut times = Times::default();
    while let Some(heard) = listeners.join_next().await {
        times.add(&acknowledged, &heard?);
    }
    Ok(times)
}

/// When this verifier knew of the first entry, of the second, and so on.
async fn heard(verifier: Verifier, entries: usize) -> Vec<Instant> {
    let mut heard = Vec::with_capacity(entries);
    for entry in 1..=entries {
        verifier.until(|health| health.entries >= entry).await;
        heard.push(Instant::now());
    }
    heard
}

fn tell(plan: &Plan, times: &Times, [quiet, busy]: [Used; 2], alone: &Used) {
    let Plan { verifiers, sign_outs, a_second } = plan;
    println!("| {verifiers} verifiers follow one server; {sign_outs} sign-outs, {a_second} a second | |");
    println!("|---|---|");
    for (what, part) in [("p50", 0.5), ("p99", 0.99), ("the latest", 1.0)] {
        println!("| from the 204 until a verifier knows, {what} | {:.1} ms |", times.of_each(part));
    }
    println!("| … until all of them know, p50 | {:.1} ms |", times.of_all(0.5));
    println!("| memory of the server alone | {:.0} MiB |", alone.mib);
    println!(
        "| … with them, for each verifier | {:.0} KiB |",
        per(busy.mib - alone.mib, *verifiers) * 1024.0
    );
    println!("| cores taken by heartbeats alone | {:.2} |", quiet.cores);
    println!("| … with the sign-outs | {:.2} |", busy.cores);
}

#[expect(clippy::cast_precision_loss, reason = "a thousand or so")]
fn per(whole: f64, parts: usize) -> f64 {
    whole / parts.max(1) as f64
}
