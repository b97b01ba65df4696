//! Each target of `bitjang-fuzz` under libFuzzer, which needs the nightly compiler and cargo-fuzz.

use std::fmt::Write as _;
use std::fs;

use anyhow::{Context as _, Result, bail};

use crate::machine;
use crate::page;
use crate::shell::{Shell, command, output};

pub(super) fn run(shell: &Shell, seconds: u64) -> Result<()> {
    machine::compiler(shell)?;
    if output("cargo +nightly --version").is_none() {
        bail!(
            "libFuzzer needs the nightly compiler: `rustup toolchain install nightly`, then run this again"
        );
    }
    if output("cargo fuzz --version").is_none() {
        bail!("cargo-fuzz is missing: `cargo install cargo-fuzz --locked`, then run this again");
    }
    let mut lines = String::new();
    for name in targets(shell)? {
        // What it finds new is kept apart: the corpus of the repository stays small.
        let found = shell.root().join("target/fuzz").join(&name);
        fs::create_dir_all(&found)?;
        let corpus = shell.root().join("fuzz/corpus").join(&name);
        let mut fuzz = command("cargo +nightly fuzz run --fuzz-dir . --sanitizer none target")?;
        fuzz.arg(&found).arg(corpus).args([
            "--",
            &format!("-max_total_time={seconds}"),
            "-timeout=10",
            "-rss_limit_mb=4096",
        ]);
        let fuzz = fuzz.current_dir(shell.root().join("fuzz/libfuzzer")).env("FUZZ_TARGET", &name);
        shell
            .run_command(fuzz)
            .with_context(|| format!("{name}: the input is in fuzz/libfuzzer/artifacts"))?;
        writeln!(lines, "{name}\t{seconds}\tnone")?;
    }
    super::write(shell, "fuzz", &page::table("target\tseconds\tfindings", &lines))
}

/// The names of the folders of the corpus.
fn targets(shell: &Shell) -> Result<Vec<String>> {
    let folders = shell.root().join("fuzz/corpus").read_dir()?;
    let names = folders.map(|folder| Ok(folder?.file_name().to_string_lossy().into_owned()));
    let mut names = names.collect::<Result<Vec<_>>>()?;
    names.sort();
    Ok(names)
}
