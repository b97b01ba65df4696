//! What many sessions do to a server on the embedded store: a random one of them is asked for, beside few sessions and beside hello-world.

use std::path::Path;

use anyhow::{Context as _, Result};

use crate::contender::{Contender, hello_on, ours_on};
use crate::cores::Split;
use crate::load::Load;
use crate::plan::{Plan, grouped};
use crate::plot::{Bar, Panel, Whose};
use crate::program::Programs;
use crate::report::{Findings, Row, Table, Target, Unit};
use crate::seed::{Crop, Seeded};
use crate::series::Series;

/// How many sessions an account has.
const SESSIONS_EACH: usize = 10;
const MIB: f64 = 1_048_576.0;

/// All sizes in every round.
pub(crate) fn measure(programs: &Programs, place: &Path, plan: Plan) -> Result<Findings> {
    let fields = plan.growth.iter().map(|count| sow(place, *count)).collect::<Result<Vec<_>>>()?;
    let (split, load, folder) = (Split::new()?, Load::new()?, tempfile::tempdir_in(place)?);
    let hello = hello_on(&split, programs, folder.path())?;
    let mut grown = fields
        .into_iter()
        .map(|seeded| Grown::start(&split, programs, &load, seeded))
        .collect::<Result<Vec<_>>>()?;
    let mut greetings = Series::default();
    for _ in 0..plan.rounds {
        for each in &mut grown {
            each.rates.push(each.ask(&load, plan)?);
        }
        let nobody = ["id=nobody".to_owned()];
        greetings.push(load.ask(&[hello.running.port], &hello.by_cookie(), &nobody, plan.span)?.rate);
    }
    Ok(Findings {
        rows: rows(&grown, greetings.clone())?,
        tables: vec![table(&grown, &greetings)],
        panels: vec![panel(&grown)],
        ..Findings::default()
    })
}

fn sow(place: &Path, sessions: usize) -> Result<Seeded> {
    Seeded::sow(place, Crop { accounts: sessions.div_ceil(SESSIONS_EACH), sessions })
}

/// A server with so many sessions.
struct Grown {
    seeded: Seeded,
    server: Contender,
    /// How much its memory grew for each session when all had been asked for.
    bytes_in_memory: f64,
    rates: Series,
}

impl Grown {
    fn start(split: &Split, programs: &Programs, load: &Load, seeded: Seeded) -> Result<Self> {
        let url = format!("embedded:{}", seeded.folder().join("data").display());
        let server = ours_on(split, programs, seeded.folder(), &[("URL", &url)])?;
        // What a first connection brings along is not the sessions'.
        load.ask_all(server.running.port, &server.by_cookie(), seeded.cookies.get(..1).unwrap_or_default())?;
        let before = server.running.memory_mib()?;
        load.ask_all(server.running.port, &server.by_cookie(), &seeded.cookies)?;
        let grew = (server.running.memory_mib()? - before) * MIB;
        let bytes_in_memory = grew / f64::from(u32::try_from(seeded.cookies.len())?);
        Ok(Self { seeded, server, bytes_in_memory, rates: Series::default() })
    }

    fn ask(&self, load: &Load, plan: Plan) -> Result<f64> {
        let port = self.server.running.port;
        Ok(load.ask(&[port], &self.server.by_cookie(), &self.seeded.cookies, plan.span)?.rate)
    }

    fn count(&self) -> String {
        grouped(self.seeded.cookies.len())
    }
}

fn rows(grown: &[Grown], greetings: Series) -> Result<Vec<Row>> {
    let (least, most) = (grown.first().context("no stores")?, grown.last().context("no stores")?);
    let row = |beside: &str, other, target| Row {
        what: format!(
            "Who is signed in, by the cookie of a random one of {} sessions; {beside}",
            most.count()
        )
        .into(),
        unit: Unit::whole("/s"),
        ours: most.rates.clone(),
        other: Some(other),
        target,
    };
    Ok(vec![
        row("hello-world on axum", greetings, Target::AtLeast(0.9)),
        row(&format!("of {}", least.count()), least.rates.clone(), Target::AtLeast(0.9)),
    ])
}

fn table(grown: &[Grown], greetings: &Series) -> Table {
    let line = |each: &Grown| {
        let (least, most) = each.rates.spread();
        vec![
            each.count(),
            format!("{:.0}", each.rates.median()),
            format!("{least:.0} to {most:.0}"),
            format!("{:.3}", each.rates.over(greetings).median()),
            format!("{:.0}", each.bytes_in_memory),
            format!("{:.0}", each.seeded.bytes_per_session),
        ]
    };
    Table {
        title: "Growth: a random one of all sessions by its cookie, embedded store".into(),
        about: "Ten sessions for each account. Memory is what the process grew by when each had been asked for once, its account, database pages and all; the cache has an upper bound, so with many sessions it grows no more.",
        head: &[
            "sessions",
            "/s",
            "spread",
            "× hello-world on axum",
            "bytes of memory for each",
            "bytes of disk for each",
        ],
        lines: grown.iter().map(line).collect(),
    }
}

fn panel(grown: &[Grown]) -> Panel {
    let bar = |each: &Grown| Bar {
        name: format!("{} sessions", each.count()),
        figures: each.rates.clone(),
        whose: Whose::Ours,
    };
    Panel {
        title: "By cookie, a random one of all sessions".into(),
        unit: "/s",
        bars: grown.iter().map(bar).collect(),
    }
}
