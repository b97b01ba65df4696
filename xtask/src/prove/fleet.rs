//! Three servers on one database, tried for about ten minutes.

use std::fs;

use anyhow::{Context as _, Result};

use crate::machine;
use crate::shell::{Shell, command};

/// How much of everything, for the tests to read.
const LONG: [(&str, &str); 3] = [
    ("BITJANG_TEST_FLEET_TRIALS", "500"),
    ("BITJANG_TEST_FLEET_PAUSE_SECONDS", "30"),
    ("BITJANG_TEST_FLEET_ANSWERS", "2000"),
];

/// Runs the tests of three servers, one at a time, and prints what they saw as a table.
pub(crate) fn run(shell: &Shell) -> Result<()> {
    machine::compiler(shell)?;
    machine::postgres(shell)?;
    machine::redis(shell)?;
    machine::faketime(shell)?;
    let report = shell.root().join("target/prove/fleet.md");
    fs::create_dir_all(report.parent().context("a folder")?)?;
    fs::write(&report, "| three servers | seen |\n|---|---|\n")?;
    let mut tests =
        command("cargo test --package bitjang --test binary --locked fleet:: -- --test-threads=1")?;
    tests.envs(LONG).env("BITJANG_TEST_FLEET_REPORT", &report);
    let before = load();
    let proven = shell.run_command(&mut tests);
    let cores = std::thread::available_parallelism()?;
    println!("\n{}", fs::read_to_string(&report)?);
    println!("{cores} cores; load average {before} before, {} after; unoptimised build", load());
    proven
}

/// How many processes wanted to run, in the last minute on average.
fn load() -> String {
    let loads = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    loads.split(' ').next().unwrap_or_default().to_owned()
}
