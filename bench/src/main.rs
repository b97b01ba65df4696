//! Measures Bitjang beside the simplest thing that could stand in its place, all over loopback, and writes a report. `cargo xtask bench` runs it.

mod allocations;
mod app;
mod ask;
mod client;
mod clock;
mod contender;
mod cores;
mod decision;
mod fleet;
mod growth;
mod hello;
mod idle;
mod latency;
mod limits;
mod load;
mod pgbench;
mod plan;
mod plot;
mod program;
mod refresh;
mod remembered;
mod report;
mod rival;
mod seed;
mod series;
mod setting;
mod side_by_side;
mod sign_in;
mod spread;
mod verify;
mod write;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Result, ensure};
use bitjang_core::token::Algorithm;
use clap::{Parser, ValueEnum};

use crate::clock::now;
use crate::hello::Serving;
use crate::plan::Plan;
use crate::program::Programs;
use crate::report::{Findings, Report, Row};
use crate::seed::{Crop, Seeded};

/// How many sessions the server has that is asked by itself, each of another account.
const SESSIONS: usize = 100_000;

/// Measurements of Bitjang.
#[derive(Parser)]
enum Task {
    /// Measures everything and writes the report.
    Run {
        /// The folder of the programs, built for release.
        #[arg(long)]
        programs: PathBuf,
        /// The folder of the report. Databases lie in it too while they are measured.
        #[arg(long)]
        report: PathBuf,
        /// Measure for some minutes, to see that nothing is far off.
        #[arg(long)]
        quick: bool,
        /// Let stores grow up to ten million sessions; this takes half an hour more, and 10 GB.
        #[arg(long)]
        ten_million: bool,
        /// Measure only these parts.
        #[arg(long, value_enum, value_delimiter = ',', default_values_t = Part::value_variants().to_vec())]
        only: Vec<Part>,
    },
    /// Says hello to every request: what Bitjang is measured beside.
    Hello {
        /// Where to listen on this machine.
        #[arg(long)]
        port: u16,
        /// Which loop accepts the connections.
        #[arg(long)]
        serving: Serving,
    },
    /// Greets whoever has a good access token: an app behind our verifier.
    App {
        /// Where to listen on this machine.
        #[arg(long)]
        port: u16,
        /// Who signs the tokens.
        #[arg(long)]
        algorithm: Algorithm,
        /// How many tokens it remembers.
        #[arg(long)]
        remembered: usize,
    },
    /// Asks who is signed in, without sockets: something to count instructions of.
    Ask {
        /// How often.
        #[arg(long)]
        times: usize,
    },
}

fn main() -> ExitCode {
    match run(Task::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> Result<()> {
    match task {
        Task::Run { programs, report, quick, ten_million, only } => {
            let plan = if quick { Plan::QUICK } else { Plan::THOROUGH };
            let plan = if ten_million { plan.to_ten_million() } else { plan };
            write_report(&Programs::new(&programs)?, &report, plan, &only)
        }
        Task::Hello { port, serving } => hello::run(serving, port),
        Task::App { port, algorithm, remembered } => app::run(port, algorithm, remembered),
        Task::Ask { times } => ask::run(times),
    }
}

fn write_report(programs: &Programs, folder: &Path, plan: Plan, parts: &[Part]) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    let folder = folder.canonicalize()?;
    let load_before = setting::load();
    let began_at = now();
    let (findings, failed) = measure(programs, &folder, plan, parts);
    let mut setting = setting::describe();
    setting.push(("load before and after", format!("{load_before}; {}", setting::load())));
    setting.push(("took", format!("{:.0} minutes", began_at.elapsed().as_secs_f64() / 60.0)));
    std::fs::write(folder.join("report.svg"), plot::draw(&findings.panels))?;
    let report = Report { setting, findings }.to_string();
    std::fs::write(folder.join("report.md"), &report)?;
    println!("{report}");
    ensure!(failed.is_empty(), "not measured: {}", failed.join("; "));
    Ok(())
}

/// Some of the rows.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Starts, memory, size.
    Idle,
    /// Checking access tokens.
    Tokens,
    /// Deciding who may do what.
    Decisions,
    /// Durable writes.
    Writes,
    /// Refreshes.
    Refreshes,
    /// What is asked of a running server.
    Server,
    /// What nothing here can be faster than.
    Limits,
    /// The same work of everybody.
    SideBySide,
    /// From few sessions to many.
    Growth,
    /// From one server to three.
    Fleet,
}

/// All findings of these parts, and why others could not be measured: what takes a quarter of an hour does not end with the first of them. `place` is where folders may be made.
fn measure(programs: &Programs, place: &Path, plan: Plan, parts: &[Part]) -> (Findings, Vec<String>) {
    let (mut findings, mut failed) = (Findings::default(), Vec::new());
    for part in parts {
        let began_at = now();
        match part.measure(programs, place, plan) {
            Ok(found) => findings.add(found),
            Err(error) => failed.push(format!("{}: {error:#}", part.doing())),
        }
        println!("  {:.0} s", began_at.elapsed().as_secs_f64());
    }
    findings.notes.extend(failed.iter().map(|why| ("not measured", why.clone())));
    (findings, failed)
}

impl Part {
    fn measure(self, programs: &Programs, place: &Path, plan: Plan) -> Result<Findings> {
        say(self.doing());
        Ok(match self {
            Self::Idle => idle::measure(programs, place, plan)?.into(),
            Self::Tokens => {
                let mut rows = verify::measure(plan)?;
                rows.extend(remembered::measure(plan)?);
                rows.push(allocations::measure(programs)?);
                rows.into()
            }
            Self::Decisions => decision::measure(plan)?.into(),
            Self::Writes => vec![write::measure(programs, place, plan)?].into(),
            Self::Refreshes => refresh::measure(place, plan)?.into(),
            Self::Server => of_a_server(programs, place, plan)?.into(),
            Self::Limits => limits::measure(place, plan)?,
            Self::SideBySide => side_by_side::measure(programs, place, plan)?,
            Self::Growth => growth::measure(programs, place, plan)?,
            Self::Fleet => fleet::measure(programs, place, plan)?,
        })
    }

    const fn doing(self) -> &'static str {
        match self {
            Self::Idle => "starting on empty folders",
            Self::Tokens => "checking tokens",
            Self::Decisions => "deciding",
            Self::Writes => "durable writes",
            Self::Refreshes => "refreshing",
            Self::Server => "filling a store",
            Self::Limits => "limits of the machine",
            Self::SideBySide => "everybody side by side",
            Self::Growth => "filling small and large stores, and asking who is signed in",
            Self::Fleet => "filling PostgreSQL, and asking several servers who is signed in",
        }
    }
}

fn of_a_server(programs: &Programs, place: &Path, plan: Plan) -> Result<Vec<Row>> {
    let seeded = Seeded::sow(place, Crop { accounts: SESSIONS, sessions: SESSIONS })?;
    let mut bitjang = programs.bitjang(seeded.folder())?;
    bitjang.ready("/readyz")?;
    say("signing out");
    let mut rows = spread::measure(bitjang.port, plan)?;
    say("signing in");
    rows.push(sign_in::measure(bitjang.port, plan)?);
    say("asking while others sign in");
    rows.extend(latency::measure(bitjang.port, &Arc::new(seeded.cookies.clone()), plan)?);
    rows.extend(idle::of_sessions(&bitjang, &seeded)?);
    Ok(rows)
}

fn say(what: &str) {
    println!("{what} …");
}
