//! How long `GET /v1/session` takes at a modest, fixed rate: when nothing else happens, and while sign-ins take all that is left.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use crate::client::{Client, get};
use crate::clock::{now, wait_until};
use crate::plan::Plan;
use crate::report::{Row, Target, Unit};
use crate::series::{Series, percentile};
use crate::sign_in::{Crowd, joined};

/// Several, so that a late answer does not hold up the next request.
const CLIENTS: u32 = 4;
/// Between two requests of one client; 200 requests a second altogether.
const PERIOD: Duration = Duration::from_millis(20);

/// How far apart the sessions are that are asked for one after another; a prime, so that all have their turn.
const STRIDE: usize = 7_919;

/// Medians and 99th percentiles, quiet and beside sign-ins.
pub(crate) fn measure(port: u16, cookies: &Arc<Vec<String>>, plan: Plan) -> Result<Vec<Row>> {
    let (mut quiet, mut busy) = (Percentiles::default(), Percentiles::default());
    for _ in 0..plan.rounds {
        // Longer than others: a 99th percentile stands on few requests.
        quiet.push(times(port, cookies, 4 * plan.span)?);
        let crowd = Crowd::gather(port);
        let times = times(port, cookies, 4 * plan.span);
        crowd.disperse()?;
        busy.push(times?);
    }
    let row = |what: &'static str, ours, other, target| Row {
        what: what.into(),
        unit: Unit::whole("µs"),
        ours,
        other: Some(other),
        target,
    };
    Ok(vec![
        row(
            "p99 of `GET /v1/session` at 200/s while 64 clients sign in; the same, quiet",
            busy.p99,
            quiet.p99,
            Target::Below(3.0),
        ),
        row("… ; p50", busy.p50, quiet.p50, Target::None),
    ])
}

#[derive(Default)]
struct Percentiles {
    p50: Series,
    p99: Series,
}

impl Percentiles {
    fn push(&mut self, mut times: Vec<Duration>) {
        self.p50.push(micros(percentile(&mut times, 50)));
        self.p99.push(micros(percentile(&mut times, 99)));
    }
}

/// How long each request took.
fn times(port: u16, cookies: &Arc<Vec<String>>, span: Duration) -> Result<Vec<Duration>> {
    let begins_at = now() + PERIOD;
    let clients: Vec<_> = (0..CLIENTS)
        .map(|number| {
            let (cookies, first_at) = (Arc::clone(cookies), begins_at + PERIOD * number / CLIENTS);
            thread::spawn(move || ask_steadily(port, &cookies, first_at, first_at + span))
        })
        .collect();
    let times = clients.into_iter().map(joined).collect::<Result<Vec<_>>>()?;
    Ok(times.concat())
}

/// Asks once in every period, for another session each time. Time runs from when a request was due: a server that is late with one answer makes the next
/// request late too, and must not be thanked for that.
fn ask_steadily(port: u16, cookies: &[String], first_at: Instant, until: Instant) -> Result<Vec<Duration>> {
    let (mut client, mut due_at, mut times) = (Client::connect(port)?, first_at, Vec::new());
    let mut cookies = cookies.iter().cycle().step_by(STRIDE);
    while due_at < until {
        let request = get("/v1/session", Some(cookies.next().context("no cookies")?));
        wait_until(due_at);
        let status = client.ask(&request)?;
        times.push(due_at.elapsed());
        ensure!(status == 200, "a session was answered with {status}");
        due_at += PERIOD;
    }
    Ok(times)
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
