//! The tasks behind the commands that the README names: `cargo xtask test`, `cargo xtask bench`, `cargo xtask prove`.

mod bench;
mod capacity;
mod count;
mod deploy;
mod feed;
mod machine;
mod page;
mod prove;
mod shell;
mod test;

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::Parser;

use crate::shell::Shell;
use crate::test::Step;

/// The tasks of this repository.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
enum Task {
    /// Everything that must hold before a change goes in: format, lints, supply chain, tests, browser journeys.
    Test {
        /// Run this step alone.
        #[arg(long)]
        only: Option<Step>,
    },
    /// Bitjang beside what people use today and beside what nothing can be faster than, into target/bench/report.md and report.svg.
    Bench(bench::How),
    /// The long versions of the tests, which rewrite the figures of docs/proof.md.
    Prove {
        #[command(subcommand)]
        part: prove::Part,
    },
    /// The capacity model: writes its tables into docs/scaling.md.
    Capacity,
    /// A thousand verifiers that follow one server, for real: writes what was measured into docs/scaling.md.
    Feed,
}

fn main() -> ExitCode {
    match run(&Task::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: &Task) -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("the crate lies in the workspace")?;
    let shell = Shell::new(root)?;
    match task {
        Task::Test { only } => test::run(&shell, *only),
        Task::Bench(how) => bench::run(&shell, how),
        Task::Prove { part } => prove::run(&shell, part),
        Task::Capacity => capacity::run(&shell),
        Task::Feed => feed::run(&shell),
    }
}
