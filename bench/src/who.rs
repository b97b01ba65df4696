//! `GET /v1/session` on a store with many sessions, beside hello-world.

use std::path::Path;

use anyhow::Result;

use crate::hello::Serving;
use crate::load::{Load, Pick};
use crate::plan::Plan;
use crate::program::{Programs, Running};
use crate::report::{Row, Target, Unit};
use crate::seed::Seeded;
use crate::series::Series;

/// Bitjang and both hello-worlds, measured by turns.
pub(crate) fn measure(
    programs: &Programs,
    bitjang: &Running,
    seeded: &Seeded,
    plan: Plan,
) -> Result<Vec<Row>> {
    let load = Load::new(seeded.cookies())?;
    let (axum, same) = (
        hello(programs, Serving::Axum, seeded.folder())?,
        hello(programs, Serving::Bitjang, seeded.folder())?,
    );
    let mut rows = Vec::new();
    for (pick, what, what_same) in [
        (
            Pick::Random,
            "`GET /v1/session`, a random one of 100,000 sessions; `axum::serve` saying hello",
            "… ; our serving loop saying hello",
        ),
        (
            Pick::Fixed,
            "`GET /v1/session`, always the same session; `axum::serve` saying hello",
            "… ; our serving loop saying hello",
        ),
    ] {
        let [ours, axum, same] = by_turns(&load, [bitjang, &axum, &same], pick, plan)?;
        let unit = Unit::whole("/s");
        rows.push(Row { what, unit, ours: ours.clone(), other: Some(axum), target: Target::AtLeast(0.7) });
        rows.push(Row { what: what_same, unit, ours, other: Some(same), target: Target::None });
    }
    Ok(rows)
}

fn hello(programs: &Programs, serving: Serving, folder: &Path) -> Result<Running> {
    let mut hello = programs.hello(serving, folder)?;
    hello.ready("/v1/session")?;
    Ok(hello)
}

/// The rates of all three, after one round that does not count: it fills caches.
fn by_turns(load: &Load, servers: [&Running; 3], pick: Pick, plan: Plan) -> Result<[Series; 3]> {
    let mut rates: [Series; 3] = Default::default();
    for round in 0..=plan.rounds {
        for (server, rates) in servers.iter().zip(&mut rates) {
            let rate = load.run(server.port, pick, plan.span)?;
            if round > 0 {
                rates.push(rate);
            }
        }
    }
    Ok(rates)
}
