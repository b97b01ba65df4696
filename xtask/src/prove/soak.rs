//! A mixed load with storms of sign-ins at the release binary.

use std::fs;

use anyhow::Result;

use crate::machine;
use crate::page;
use crate::shell::{Shell, command};

pub(super) fn run(shell: &Shell, minutes: u64) -> Result<()> {
    machine::compiler(shell)?;
    let figures = shell.root().join("target/soak.tsv");
    let mut soak = command("cargo test --release --locked --package bitjang --test binary soak::")?;
    soak.env("BITJANG_TEST_FIGURES", &figures).env("BITJANG_TEST_SOAK_SECONDS", (minutes * 60).to_string());
    shell.run_command(&mut soak)?;
    let heading = "seconds\tsessions\tKiB in the middle\tKiB at the end\tbytes of files\trows of sessions\trevocations left\tp99 in the middle\tp99 at the end";
    super::write(shell, "soak", &page::table(heading, &fs::read_to_string(figures)?))
}
