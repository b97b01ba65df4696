//! How many requests per second a scheme serves as servers are added: where there is one thing that all of them ask, it is the bottleneck.
//!
//! All servers of the lab share one machine, on which a second server adds nothing. So here each server, and the session DB, takes five milliseconds for
//! each thing it does, one after the other, as if each had a machine of its own. What asks what is not modelled: that is the scheme as it is.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use http::Method;
use serde::Serialize;

use crate::browser::{Browser, is};
use crate::clock::moment;
use crate::running::{Running, SERVERS, Time};
use crate::schemes::Scheme;
use crate::text::say;
use crate::trace::Trace;

/// What is compared.
pub const SCHEMES: [&str; 4] = ["memory-session", "session-db", "jwt-local-storage", "bitjang"];
const PACE: Duration = Duration::from_millis(5);
const SPAN: Duration = Duration::from_secs(1);
const CLIENTS_PER_SERVER: usize = 4;

/// What one scheme did.
#[derive(Clone, Debug, Serialize)]
pub struct Line {
    /// Which scheme.
    pub scheme: &'static str,
    /// Requests per second with one server, with two, with three.
    pub rates: Vec<u32>,
}

/// Measures all of [`SCHEMES`], one after the other: about twenty seconds.
pub async fn measure(program: Option<&PathBuf>) -> Result<Vec<Line>> {
    let mut lines = Vec::new();
    for id in SCHEMES {
        let scheme = Scheme::named(id).context("no such scheme")?;
        let mut rates = Vec::new();
        for servers in 1..=SERVERS {
            let running = Running::start(scheme, program, Time::Slow(PACE)).await?;
            rates.push(rate(&running, servers).await?);
        }
        lines.push(Line { scheme: id, rates });
    }
    Ok(lines)
}

async fn rate(running: &Running, servers: usize) -> Result<u32> {
    let mut alices = Vec::new();
    for client in 0..servers * CLIENTS_PER_SERVER {
        let mut alice = Browser::new("alice", running.scheme.keeping, running.ports(), Trace::default());
        alice.moves_to(client % servers);
        alice.sign_in(say("", "")).await?;
        alices.push(alice);
    }
    let clients: Vec<_> = alices.into_iter().map(|alice| tokio::spawn(asks(alice))).collect();
    let mut answered = 0;
    for client in clients {
        answered += client.await??;
    }
    Ok(answered)
}

/// How often one client is answered within the span of a second.
async fn asks(mut alice: Browser) -> Result<u32> {
    let began = moment();
    let mut answered = 0;
    while began.elapsed() < SPAN {
        let answer = alice.once(Method::GET, "/me", say("", "")).await?;
        ensure!(is(&answer, "alice"), "a request was not served: {}", answer.status);
        answered += 1;
    }
    Ok(answered)
}
