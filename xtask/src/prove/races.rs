//! Concurrent clients and flows, far more of them than in the test command: the same tests, told to take their time.

use std::process::{Command, Stdio};

use anyhow::{Result, ensure};

use super::page_in;
use crate::shell::Shell;
use crate::{machine, page};

/// What tells the tests.
const LONG: &str = "BITJANG_PROVE";

/// How the crates of the workspace are compiled: what has to be gone through three quarters of a million times is worth a minute of the compiler.
const OPTIMISED: &str = "2";
const AS_USUAL: &str = "0";

/// How the lines end that say what was tried.
const FIGURES: [&str; 2] = [" linearizable", " broke an invariant"];

/// Histories of clients of servers on every store.
pub(super) fn linear(shell: &Shell) -> Result<()> {
    machine::postgres(shell)?;
    machine::redis(shell)?;
    run(shell, "linear", AS_USUAL, "--package bitjang-store --test linear -- --nocapture")
}

/// Interleavings of flows.
pub(super) fn schedules(shell: &Shell) -> Result<()> {
    run(shell, "schedules", OPTIMISED, "--package bitjang-core --test flows -- --nocapture schedules")
}

/// Runs tests, and writes down the lines in which they say what they tried.
fn run(shell: &Shell, part: &str, level: &str, tests: &str) -> Result<()> {
    let mut cargo = Command::new("cargo");
    cargo.args(["test", "--locked"]).args(tests.split_whitespace()).current_dir(shell.root()).env(LONG, "1");
    cargo.env("CARGO_PROFILE_DEV_OPT_LEVEL", level);
    println!("$ {LONG}=1 cargo test --locked {tests}");
    let output = cargo.stdin(Stdio::null()).stderr(Stdio::inherit()).output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    println!("{said}");
    ensure!(output.status.success(), "cargo test {tests} ended with {}", output.status);
    let figures = said.lines().filter(|line| FIGURES.iter().any(|figure| line.ends_with(figure)));
    let figures: Vec<_> = figures.map(|line| format!("- {line}")).collect();
    page::write(&page_in(shell.root()), part, &figures.join("\n"))
}
