//! The measurements: builds what is measured and what measures, both for release, and runs it.

use std::process::Command;

use anyhow::{Result, bail};

use crate::machine;
use crate::shell::{Shell, output};

/// How thoroughly to measure.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pace {
    /// For some minutes: figures to be told.
    Thorough,
    /// For a minute or two: to see that nothing is far off.
    Quick,
}

/// Measures, and leaves the report in `target/bench/report.md`.
pub(crate) fn run(shell: &Shell, pace: Pace) -> Result<()> {
    machine::compiler(shell)?;
    // It cannot be asked for its version: it prints that and fails.
    if output("which wrk").is_none() {
        bail!(
            "wrk is missing. As root, run `apt-get install -y --no-install-recommends wrk`, then run this again"
        );
    }
    // One by one: built together, each would get the features that only another one asks for.
    shell.run("cargo build --release --locked --package bitjang")?;
    shell.run("cargo build --release --locked --package bitjang-store --example group_commit")?;
    shell.run("cargo build --release --locked --package bitjang-bench")?;
    let programs = machine::built_for_release()?;
    let mut bench = Command::new(programs.join("bitjang-bench"));
    bench.arg("run").arg("--programs").arg(&programs).arg("--report").arg(shell.root().join("target/bench"));
    if pace == Pace::Quick {
        bench.arg("--quick");
    }
    shell.run_command(&mut bench)
}
