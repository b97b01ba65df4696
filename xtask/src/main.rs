//! The tasks behind the commands that the README names: `cargo xtask test`.

mod machine;
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
    }
}
