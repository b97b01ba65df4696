//! Measures Bitjang beside the simplest thing that could stand in its place, all over loopback, and writes a report. `cargo xtask bench` runs it.

mod ask;
mod client;
mod clock;
mod decision;
mod hello;
mod idle;
mod latency;
mod load;
mod plan;
mod program;
mod refresh;
mod remembered;
mod report;
mod rival;
mod seed;
mod series;
mod setting;
mod sign_in;
mod spread;
mod verify;
mod who;
mod write;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, ValueEnum};

use crate::hello::Serving;
use crate::plan::Plan;
use crate::program::Programs;
use crate::report::{Report, Row};
use crate::seed::Seeded;

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
        /// Measure for a minute or two, to see that nothing is far off.
        #[arg(long)]
        quick: bool,
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
        Task::Run { programs, report, quick, only } => {
            let plan = if quick { Plan::QUICK } else { Plan::THOROUGH };
            write_report(&Programs::new(&programs)?, &report, plan, &only)
        }
        Task::Hello { port, serving } => hello::run(serving, port),
        Task::Ask { times } => ask::run(times),
    }
}

fn write_report(programs: &Programs, folder: &Path, plan: Plan, parts: &[Part]) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    let folder = folder.canonicalize()?;
    let load_before = setting::load();
    let rows = measure(programs, &folder, plan, parts)?;
    let mut setting = setting::describe();
    setting.push(("load before and after", format!("{load_before}; {}", setting::load())));
    let report = Report { setting, rows }.to_string();
    std::fs::write(folder.join("report.md"), &report)?;
    println!("{report}");
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
}

/// All rows of these parts. `place` is where folders may be made.
fn measure(programs: &Programs, place: &Path, plan: Plan, parts: &[Part]) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for part in parts {
        rows.extend(match part {
            Part::Idle => {
                say("starting on empty folders");
                idle::measure(programs, place, plan)?
            }
            Part::Tokens => {
                say("checking tokens");
                [verify::measure(plan)?, remembered::measure(plan)?].into_iter().flatten().collect()
            }
            Part::Decisions => {
                say("deciding");
                decision::measure(plan)?
            }
            Part::Writes => {
                say("durable writes");
                vec![write::measure(programs, place, plan)?]
            }
            Part::Refreshes => {
                say("refreshing");
                refresh::measure(place, plan)?
            }
            Part::Server => of_a_server(programs, place, plan)?,
        });
    }
    Ok(rows)
}

fn of_a_server(programs: &Programs, place: &Path, plan: Plan) -> Result<Vec<Row>> {
    say("filling a store");
    let seeded = Seeded::sow(place)?;
    let mut bitjang = programs.bitjang(seeded.folder())?;
    bitjang.ready("/readyz")?;
    say("signing out");
    let mut rows = spread::measure(bitjang.port, plan)?;
    say("asking who is signed in");
    rows.extend(who::measure(programs, &bitjang, &seeded, plan)?);
    say("signing in");
    rows.push(sign_in::measure(bitjang.port, plan)?);
    say("asking while others sign in");
    rows.extend(latency::measure(bitjang.port, seeded.read_cookies()?, plan)?);
    rows.extend(idle::of_sessions(&bitjang, &seeded)?);
    Ok(rows)
}

fn say(what: &str) {
    println!("{what} …");
}
