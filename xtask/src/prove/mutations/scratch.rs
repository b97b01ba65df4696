//! The copy of the repository in which rules are taken away, with a target folder of its own.

use std::collections::HashSet;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyhow::{Context as _, Result, bail, ensure};

use super::Mutation;
use crate::shell::{Shell, command};

/// How long the tests may take, in seconds, before they count as hanging. Without a rule a flow may wait for ever.
const PATIENCE: &str = "600";

/// What `timeout` answers when it had to end the program.
const TIMED_OUT: i32 = 124;

/// The copy.
pub(super) struct Scratch {
    root: PathBuf,
    target: PathBuf,
}

/// How tests ended.
#[derive(Debug)]
pub(super) enum Outcome {
    Passed,
    /// These failed; one name that says so when they did not end.
    Caught(Vec<String>),
    /// It does not compile, so it says nothing about the tests.
    Broken(String),
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passed => f.write_str("MISSED"),
            Self::Caught(tests) => write!(f, "{} tests failed", tests.len()),
            Self::Broken(why) => write!(f, "DOES NOT COMPILE: {why}"),
        }
    }
}

impl Scratch {
    /// A copy of every file that git knows, as it is now. What was compiled for the dependencies is shared by hard links.
    pub(super) fn of(shell: &Shell) -> Result<Self> {
        let built = std::env::current_exe()?.parent().context("this program lies in a folder")?.to_owned();
        let folder = built.with_file_name("prove").join("mutations");
        let (root, target) = (folder.join("copy"), folder.join("target"));
        let files = output(Command::new("git").args(["ls-files", "-z"]).current_dir(shell.root()))?;
        let files = String::from_utf8(files.stdout)?;
        let files: HashSet<_> = files.split_terminator('\0').map(Path::new).collect();
        fs::create_dir_all(&root)?;
        prune(&root, &|file| file.strip_prefix(&root).is_ok_and(|file| files.contains(file)))?;
        for file in files {
            copy(&shell.root().join(file), &root.join(file))?;
        }
        let debug = target.join("debug");
        if !debug.exists() {
            fs::create_dir_all(&debug)?;
            for part in [".fingerprint", "build", "deps"] {
                output(Command::new("cp").arg("-al").arg(built.join(part)).arg(&debug))?;
            }
        }
        Ok(Self { root, target })
    }

    /// Runs tests without a rule, and puts it back.
    pub(super) fn test_without(&self, mutation: &Mutation) -> Result<Outcome> {
        let path = self.root.join(mutation.file);
        let whole = fs::read_to_string(&path)?;
        ensure!(whole.matches(mutation.find).count() == 1, "not exactly once in {}", mutation.file);
        fs::write(&path, whole.replacen(mutation.find, mutation.replace, 1))?;
        let outcome = self.test(mutation.tests);
        fs::write(&path, whole)?;
        outcome
    }

    /// Runs the tests that `tests` names. What it takes to compile them does not count: on a busy machine that is long.
    pub(super) fn test(&self, tests: &str) -> Result<Outcome> {
        let compiled = self.cargo("cargo test --no-run", tests)?;
        if !compiled.status.success() {
            let said = String::from_utf8_lossy(&compiled.stderr);
            ensure!(said.contains("could not compile"), "cargo test --no-run {tests}: {said}");
            let why = said.lines().find(|line| line.starts_with("error")).unwrap_or_default();
            return Ok(Outcome::Broken(why.to_owned()));
        }
        let ran = self.cargo(&format!("timeout {PATIENCE} cargo test --no-fail-fast"), tests)?;
        if ran.status.code() == Some(TIMED_OUT) {
            return Ok(Outcome::Caught(vec!["(the tests do not end)".to_owned()]));
        }
        let failed = failed(&String::from_utf8_lossy(&ran.stdout));
        match (ran.status.success(), failed.is_empty()) {
            (true, _) => Ok(Outcome::Passed),
            (false, false) => Ok(Outcome::Caught(failed)),
            (false, true) => bail!("cargo test {tests}: {}", String::from_utf8_lossy(&ran.stderr)),
        }
    }

    /// Compiles anew what a rule changes and nothing beside it, without what a debugger wants.
    fn cargo(&self, line: &str, tests: &str) -> Result<Output> {
        let mut cargo = command(line)?;
        cargo.arg("--locked").args(tests.split_whitespace());
        cargo.current_dir(&self.root).env("CARGO_TARGET_DIR", &self.target).env("RUST_BACKTRACE", "0");
        cargo.env("CARGO_INCREMENTAL", "1").env("CARGO_PROFILE_DEV_DEBUG", "0");
        Ok(cargo.stdin(Stdio::null()).output()?)
    }
}

/// Makes a copy that has the same bytes, and leaves one alone that has them: cargo compiles anew what is younger than before.
fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to.parent().context("a file lies in a folder")?)?;
    // What git knows may have been deleted since.
    let Ok(bytes) = fs::read(from) else { return Ok(()) };
    if fs::read(to).ok().as_ref() != Some(&bytes) {
        fs::write(to, bytes)?;
    }
    Ok(())
}

/// Removes the files below a folder that are not to be kept.
fn prune(folder: &Path, is_kept: &dyn Fn(&Path) -> bool) -> Result<()> {
    for entry in folder.read_dir()? {
        let path = entry?.path();
        if path.is_dir() {
            prune(&path, is_kept)?;
        } else if !is_kept(&path) {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

fn output(command: &mut Command) -> Result<Output> {
    let output = command.stdin(Stdio::null()).output()?;
    ensure!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(output)
}

/// The names of the tests that failed, as the test harness prints them.
fn failed(printed: &str) -> Vec<String> {
    let results = printed.lines().filter_map(|line| line.strip_prefix("test ")?.strip_suffix(" ... FAILED"));
    results.map(|name| name.trim_end_matches(" - should panic").to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tests_that_failed_are_read_from_what_the_harness_prints() {
        let printed = "running 2 tests\ntest a::good_one ... ok\ntest a::bad_one ... FAILED\n\nfailures:\n    a::bad_one\n";
        assert_eq!(failed(printed), ["a::bad_one"]);
    }
}
