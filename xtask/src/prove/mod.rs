//! The long versions of what the tests prove in short, which rewrite their figures in `docs/proof.md`.

mod crash;
mod fleet;
mod fuzz;
mod mutations;
mod outside;
mod planted;
mod races;
mod soak;
mod timing;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::Subcommand;

use crate::page;
use crate::shell::Shell;

/// One thing to prove.
#[derive(Subcommand)]
pub(crate) enum Part {
    /// The server is killed 300 times, the power cut 2,000 times; no room for any write, and syncs that fail.
    Crash,
    /// Faults planted in a copy of the code, one at a time: each must be caught.
    Planted {
        /// Those alone whose name contains this; writes nothing.
        #[arg(long)]
        only: Option<String>,
    },
    /// Three servers on one database: sign-outs, and storms while the database, Redis or a server fails.
    Fleet,
    /// Takes each security rule away once, and sees that a test fails for it.
    Mutations(mutations::Chosen),
    /// Plays thousands of histories of concurrent clients on every store, and checks each against one account.
    Linear,
    /// Takes every interleaving of three flows, also those that differ in nothing that matters, and loses answers in them.
    Schedules,
    /// Hostile clients for half a minute each, and ten minutes of requests made from the OpenAPI document.
    Outside,
    /// Each parser under libFuzzer.
    Fuzz(fuzz::Chosen),
    /// Whether the time of an answer tells anything.
    Timing {
        /// For so long each pair.
        #[arg(long, default_value_t = 120)]
        seconds: u64,
    },
    /// A mixed load with storms of sign-ins.
    Soak {
        /// For so long.
        #[arg(long, default_value_t = 120)]
        minutes: u64,
    },
}

/// Proves `part`, and writes what came of it into `docs/proof.md`.
pub(crate) fn run(shell: &Shell, part: &Part) -> Result<()> {
    match part {
        Part::Crash => write(shell, "crash figures", &crash::run(shell)?),
        Part::Planted { only: Some(only) } => planted::run(shell, only).map(drop),
        Part::Planted { only: None } => write(shell, "crash planted", &planted::run(shell, "")?),
        Part::Fleet => fleet::run(shell),
        Part::Mutations(chosen) => mutations::run(shell, chosen),
        Part::Linear => races::linear(shell),
        Part::Schedules => races::schedules(shell),
        Part::Outside => outside::run(shell),
        Part::Fuzz(chosen) => fuzz::run(shell, chosen),
        Part::Timing { seconds } => timing::run(shell, *seconds),
        Part::Soak { minutes } => soak::run(shell, *minutes),
    }
}

fn write(shell: &Shell, part: &str, text: &str) -> Result<()> {
    page::write(&page_in(shell.root()), part, text)
}

/// Builds the binary as it is shipped; where it is.
fn release_binary(shell: &Shell) -> Result<PathBuf> {
    shell.run("cargo build --release --locked --package bitjang")?;
    let built = std::env::current_exe()?;
    let target = built.ancestors().nth(2).context("this program lies in a target folder")?;
    Ok(target.join("release/bitjang"))
}

/// Where the proofs are told.
fn page_in(root: &Path) -> PathBuf {
    root.join("docs/proof.md")
}
