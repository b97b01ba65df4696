//! The measurements: builds what is measured and what measures, all for release, and runs it.

use std::process::Command;

use anyhow::{Context as _, Result};
use clap::Args;

use crate::machine;
use crate::shell::{Shell, command};

/// How thoroughly to measure.
#[derive(Args)]
pub(crate) struct How {
    /// For some minutes only, to see that nothing is far off.
    #[arg(long)]
    quick: bool,
    /// Let stores grow up to ten million sessions; this takes half an hour more, and 10 GB of disk.
    #[arg(long)]
    ten_million: bool,
    /// Only these parts: `bitjang-bench run --help` lists them.
    #[arg(long)]
    only: Option<String>,
    /// Put the report and its drawing into docs/ afterwards.
    #[arg(long)]
    publish: bool,
}

/// Measures, and leaves the report in `target/bench/report.md` and `report.svg`.
pub(crate) fn run(shell: &Shell, how: &How) -> Result<()> {
    machine::compiler(shell)?;
    machine::postgres(shell)?;
    machine::redis(shell)?;
    let path = machine::path_with_node(shell)?;
    // One by one: built together, each would get the features that only another one asks for.
    shell.run("cargo build --release --locked --package bitjang")?;
    shell.run(
        "cargo build --release --locked --package bitjang-store --example group_commit --example sizes",
    )?;
    shell.run("cargo build --release --locked --package bitjang-bench --example allocations")?;
    shell.run("cargo build --release --locked --package bitjang-bench")?;
    let programs = machine::built_for_release()?;
    build_peers(shell, &programs)?;
    let (mut bench, report) =
        (Command::new(programs.join("bitjang-bench")), shell.root().join("target/bench"));
    bench.arg("run").arg("--programs").arg(&programs).arg("--report").arg(&report).env("PATH", path);
    bench.args(how.quick.then_some("--quick")).args(how.ten_million.then_some("--ten-million"));
    bench.args(how.only.iter().flat_map(|parts| ["--only", parts]));
    shell.run_command(&mut bench)?;
    if how.publish {
        let docs = shell.root().join("docs");
        std::fs::copy(report.join("report.md"), docs.join("bench.md"))?;
        std::fs::copy(report.join("report.svg"), docs.join("bench.svg"))?;
    }
    Ok(())
}

/// What people use today: workspaces of their own, beside ours.
fn build_peers(shell: &Shell, programs: &std::path::Path) -> Result<()> {
    let mut cargo =
        command("cargo build --release --locked --manifest-path bench/peers/axum/Cargo.toml --target-dir")?;
    cargo.arg(programs.parent().context("no target folder")?.join("peers"));
    shell.run_command(&mut cargo)?;
    let mut npm = command("npm ci --ignore-scripts --prefer-offline --no-audit --no-fund --loglevel=error")?;
    npm.current_dir(shell.root().join("bench/peers/node")).env("PATH", machine::path_with_node(shell)?);
    shell.run_command(&mut npm)
}
