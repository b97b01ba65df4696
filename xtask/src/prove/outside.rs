//! Hostile clients at the release binary while somebody healthy is served, and requests made from the server's own document.

use std::fs;

use anyhow::{Result, ensure};

use crate::machine;
use crate::page;
use crate::shell::{Shell, command};

/// How much slower the slowest hundredth of a healthy client's answers may become.
const SLOWER: f64 = 3.0;

pub(super) fn run(shell: &Shell) -> Result<()> {
    machine::compiler(shell)?;
    machine::schemathesis(shell)?;
    let figures = shell.root().join("target/outside.tsv");
    // There is none unless this ran before.
    let _none = fs::remove_file(&figures);
    let program = super::release_binary(shell)?;
    let tests = "cargo test --locked --package bitjang --test binary --";
    let mut hostile = command(&format!("{tests} --test-threads 1 hostile::"))?;
    hostile.env("BITJANG_TEST_PROGRAM", &program).env("BITJANG_TEST_FIGURES", &figures);
    shell.run_command(hostile.env("BITJANG_TEST_SIEGE_SECONDS", "30"))?;
    let mut document = command(&format!("{tests} --test-threads 1 document::"))?;
    document.env("BITJANG_TEST_PROGRAM", &program);
    shell.run_command(document.env("BITJANG_TEST_DOCUMENT_SECONDS", "150"))?;
    let lines = fs::read_to_string(figures)?;
    let heading = "what comes\tquiet p99, ms\tp99 meanwhile, ms\tanswers\tMiB before\tat most\tafter";
    super::write(shell, "outside", &page::table(heading, &lines))?;
    let slow: Vec<_> = lines.lines().filter(|line| slowness(line).is_none_or(|slow| slow > SLOWER)).collect();
    ensure!(slow.is_empty(), "a healthy client waits more than {SLOWER} times as long: {slow:#?}");
    Ok(())
}

fn slowness(line: &str) -> Option<f64> {
    let mut fields = line.split('\t').skip(1).map(str::parse::<f64>);
    let (quiet, during) = (fields.next()?.ok()?, fields.next()?.ok()?);
    Some(during / quiet)
}
