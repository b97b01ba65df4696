//! Whether the time of an answer tells anything, at the release binary.

use std::process::Stdio;

use anyhow::{Context as _, Result, ensure};

use crate::machine;
use crate::page;
use crate::shell::{Shell, command};

pub(super) fn run(shell: &Shell, seconds: u64) -> Result<()> {
    machine::compiler(shell)?;
    shell.run("cargo build --release --locked --package bitjang --bins --example timing")?;
    let mut timing = command(&format!(
        "cargo run --quiet --release --locked --package bitjang --example timing -- {seconds}"
    ))?;
    let output = timing.current_dir(shell.root()).stderr(Stdio::inherit()).output()?;
    let said = String::from_utf8(output.stdout)?;
    print!("{said}");
    let (heading, lines) = said.split_once('\n').context("it said nothing")?;
    super::write(shell, "timing", &page::table(heading, lines))?;
    ensure!(output.status.success(), "the time of an answer tells something, or it was too noisy to say");
    Ok(())
}
