//! Crashes and disks: the tests' own versions, with more rounds, on the release binary.

use std::fmt::Write as _;
use std::fs::File;
use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use crate::machine;
use crate::shell::{Shell, command};

/// What a test's line of figures begins with.
const MARK: &str = "proof: ";

/// One test with more rounds than usual.
struct Long {
    what: &'static str,
    line: &'static str,
    settings: &'static [(&'static str, &'static str)],
}

const LONG: &[Long] = &[
    Long {
        what: "kill -9 in a storm, over HTTP, on the release binary",
        line: "cargo test --locked --package bitjang --test binary -- --nocapture storm::the_table",
        settings: &[("BITJANG_TEST_STORM_ROUNDS", "300")],
    },
    Long {
        what: "power cut",
        line: "cargo test --locked --package bitjang-store --test disk -- --nocapture cut",
        settings: &[("BITJANG_TEST_CUT_ROUNDS", "2000")],
    },
    Long {
        what: "no room",
        line: "cargo test --locked --package bitjang-store --test disk -- --nocapture full",
        settings: &[],
    },
    Long {
        what: "a sync fails",
        line: "cargo test --locked --package bitjang-store --test disk -- --nocapture sync",
        settings: &[],
    },
    Long {
        what: "a sync takes its time",
        line: "cargo test --locked --package bitjang-store --test disk -- --nocapture slow",
        settings: &[],
    },
];

/// Runs all of them; the figures, as rows of a table.
pub(crate) fn run(shell: &Shell) -> Result<String> {
    machine::compiler(shell)?;
    let program = super::release_binary(shell)?;
    let mut table = "| what | figures of the last run | took |\n|---|---|---|\n".to_owned();
    for long in LONG {
        let (figures, took) = long.run(shell, &program)?;
        writeln!(table, "| {} | {figures} | {:.0} s |", long.what, took.as_secs_f64())?;
    }
    Ok(table)
}

impl Long {
    #[expect(clippy::disallowed_methods, reason = "how long it took is for the reader of the page alone")]
    fn run(&self, shell: &Shell, program: &Path) -> Result<(String, Duration)> {
        let said = shell.root().join("target/prove.txt");
        let mut test = command(self.line)?;
        test.envs(self.settings.iter().copied()).stdout(File::create(&said)?);
        test.env("BITJANG_TEST_PROGRAM", program);
        let start = std::time::Instant::now();
        shell.run_command(&mut test)?;
        let took = start.elapsed();
        let said = std::fs::read_to_string(said)?;
        let figures: Vec<_> =
            said.lines().filter_map(|line| line.split_once(MARK)).map(|(_, figures)| figures).collect();
        Ok((if figures.is_empty() { "passed".to_owned() } else { figures.join("<br>") }, took))
    }
}
