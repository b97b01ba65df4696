//! Each target of `bitjang-fuzz` under libFuzzer, which needs the nightly compiler and cargo-fuzz.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use clap::Args;

use super::page_in;
use crate::machine;
use crate::page;
use crate::shell::{Shell, command, output};

const PART: &str = "fuzz";

const HEADING: &str = "target\tseconds\texecutions\tedges reached\tinputs kept\tfindings";

/// Which targets, and how long.
#[derive(Args)]
pub(crate) struct Chosen {
    /// For so long each.
    #[arg(long, default_value_t = 300)]
    seconds: u64,
    /// Those whose name contains this.
    #[arg(long, default_value = "")]
    only: String,
}

/// One target, and where what it read is kept.
struct Target<'s> {
    name: String,
    /// Of the repository, which stays small.
    corpus: PathBuf,
    /// All that was found new, kept apart.
    found: PathBuf,
    shell: &'s Shell,
}

pub(super) fn run(shell: &Shell, Chosen { seconds, only }: &Chosen) -> Result<()> {
    machine::compiler(shell)?;
    if output("cargo +nightly --version").is_none() {
        bail!(
            "libFuzzer needs the nightly compiler: `rustup toolchain install nightly`, then run this again"
        );
    }
    if output("cargo fuzz --version").is_none() {
        bail!("cargo-fuzz is missing: `cargo install cargo-fuzz --locked`, then run this again");
    }
    for name in names(shell)?.into_iter().filter(|name| name.contains(only)) {
        let target = Target::of(shell, name)?;
        note(shell, &target.name, &target.fuzzed(*seconds)?)?;
    }
    Ok(())
}

/// The names of the folders of the corpus.
fn names(shell: &Shell) -> Result<Vec<String>> {
    let folders = shell.root().join("fuzz/corpus").read_dir()?;
    let names = folders.map(|folder| Ok(folder?.file_name().to_string_lossy().into_owned()));
    let mut names = names.collect::<Result<Vec<_>>>()?;
    names.sort();
    Ok(names)
}

impl<'s> Target<'s> {
    fn of(shell: &'s Shell, name: String) -> Result<Self> {
        let (corpus, found) = (shell.root().join("fuzz/corpus"), shell.root().join("target/fuzz"));
        let (corpus, found) = (corpus.join(&name), found.join(&name));
        fs::create_dir_all(&found)?;
        Ok(Self { name, corpus, found, shell })
    }

    /// Fuzzes it for so long; its row. An input that makes it panic is an error.
    fn fuzzed(&self, seconds: u64) -> Result<String> {
        let said = self.found.with_extension("log");
        let mut fuzz = self.libfuzzer()?;
        fuzz.arg(&self.found).arg(&self.corpus).arg("--");
        fuzz.arg(format!("-max_total_time={seconds}")).args(["-timeout=10", "-rss_limit_mb=4096"]);
        fuzz.stderr(File::create(&said)?);
        self.shell.run_command(&mut fuzz).with_context(|| {
            format!("{}: see {}; the input is in fuzz/libfuzzer/artifacts", self.name, said.display())
        })?;
        self.keep()?;
        let figures = figures(&fs::read_to_string(said)?).context("libFuzzer said no figures")?;
        Ok(format!("{}\t{figures}\t{}\tnone", self.name, self.corpus.read_dir()?.count()))
    }

    /// Takes what reached an edge that nothing in the corpus does over into it.
    fn keep(&self) -> Result<()> {
        let mut merge = self.libfuzzer()?;
        merge.arg(&self.corpus).arg(&self.found).args(["--", "-merge=1", "-use_counters=0"]);
        self.shell.run_command(merge.stderr(File::create(self.found.with_extension("kept"))?))
    }

    fn libfuzzer(&self) -> Result<Command> {
        let mut fuzz = command("cargo +nightly fuzz run --fuzz-dir . --sanitizer none target")?;
        fuzz.current_dir(self.shell.root().join("fuzz/libfuzzer")).env("FUZZ_TARGET", &self.name);
        // Its flags are others than those of all that is built beside it.
        fuzz.env_remove("CARGO_TARGET_DIR");
        Ok(fuzz)
    }
}

/// Seconds, executions and edges, of what libFuzzer says.
fn figures(said: &str) -> Option<String> {
    let done = said.lines().rev().find_map(|line| line.strip_prefix("Done "))?;
    let (executions, seconds) = done.strip_suffix(" second(s)")?.split_once(" runs in ")?;
    let last = said.lines().rfind(|line| line.contains(" cov: "))?;
    let edges = last.split_once(" cov: ")?.1.split(' ').next()?;
    Some(format!("{seconds}\t{executions}\t{edges}"))
}

/// Writes the row of one target; those of the others stay.
fn note(shell: &Shell, name: &str, row: &str) -> Result<()> {
    let old = page::read(&page_in(shell.root()), PART)?;
    let others = old.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |")).skip(2);
    let others = others.map(|row| row.replace(" | ", "\t"));
    let mut rows: Vec<_> = others.filter(|row| row.split('\t').next() != Some(name)).collect();
    rows.push(row.to_owned());
    rows.sort();
    super::write(shell, PART, &page::table(HEADING, &rows.join("\n")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_figures_are_read_from_what_libfuzzer_says() {
        let said = "#2\tINITED cov: 88 ft: 89 corp: 1/1b\n#4096\tDONE   cov: 214 ft: 300 corp: 9/90b\nDone 4096 runs in 301 second(s)\n";
        assert_eq!(figures(said).unwrap(), "301\t4096\t214");
        assert_eq!(figures("thread panicked"), None);
    }
}
