//! The one test command: its steps, in order, each with a heading and a time, and a summary.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, bail};
use clap::ValueEnum;

use crate::count::{self, Compared};
use crate::shell::{Shell, command, output};
use crate::{deploy, machine};

/// One part of the test command.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Step {
    /// Every file is formatted by rustfmt.
    Fmt,
    /// Clippy has nothing to say.
    Clippy,
    /// Licences, bans and sources of the dependencies; known advisories where a database is at hand.
    Deny,
    /// Unit, contract, HTTP and architecture tests.
    Rust,
    /// Instructions of the hot paths, compared with what is written down.
    Count,
    /// The npm package: types as the server's document has them, unit tests, snippets of the docs, size, and the React example built.
    Client,
    /// Units, image, compose file and chart, by their linters and by the server's own judgement of the settings.
    Deploy,
    /// Journeys through the pages, and attacks on them, in Chromium, against a real server.
    E2e,
}

/// How a step ended that did not fail.
enum Outcome {
    Passed,
    /// Left out, wholly or in part, and why: said aloud, never silently.
    PassedWithout(String),
}

/// Runs all steps, or `only` one, also when an earlier one failed, and fails if any did.
pub(crate) fn run(shell: &Shell, only: Option<Step>) -> Result<()> {
    let steps = only.map_or_else(|| Step::value_variants().to_vec(), |step| vec![step]);
    let mut summary = Vec::new();
    let mut failed = Vec::new();
    for step in steps {
        println!("\n==> {}: {}", step.name(), step.purpose());
        let (outcome, took) = timed(|| step.run(shell));
        let told = match outcome {
            Ok(Outcome::Passed) => "passed".to_owned(),
            Ok(Outcome::PassedWithout(what)) => format!("passed, without {what}"),
            Err(error) => {
                println!("{}: {error:#}", step.name());
                failed.push(step.name());
                format!("FAILED: {error:#}")
            }
        };
        summary.push(format!("{:<8}{:>7.1} s  {told}", step.name(), took.as_secs_f64()));
    }
    println!("\n==> summary\n{}", summary.join("\n"));
    if failed.is_empty() { Ok(()) } else { bail!("failed: {}", failed.join(", ")) }
}

impl Step {
    fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    fn purpose(self) -> String {
        self.to_possible_value()
            .and_then(|value| value.get_help().map(ToString::to_string))
            .unwrap_or_default()
    }

    fn run(self, shell: &Shell) -> Result<Outcome> {
        match self {
            Self::Fmt => fmt(shell),
            Self::Clippy => clippy(shell),
            Self::Deny => deny(shell),
            Self::Rust => rust(shell),
            Self::Count => count(shell),
            Self::Client => client(shell),
            Self::Deploy => deployed(shell),
            Self::E2e => e2e(shell),
        }
    }
}

fn fmt(shell: &Shell) -> Result<Outcome> {
    machine::component(shell, "rustfmt", "cargo fmt --version")?;
    shell.run("cargo fmt --all --check")?;
    Ok(Outcome::Passed)
}

fn clippy(shell: &Shell) -> Result<Outcome> {
    machine::component(shell, "clippy", "cargo clippy --version")?;
    machine::compiler(shell)?;
    shell.run("cargo clippy --workspace --all-targets --locked -- -D warnings")?;
    // The workspace turns on every feature of core; an app that takes guard alone does not.
    shell.run("cargo clippy --package bitjang-guard --locked -- -D warnings")?;
    Ok(Outcome::Passed)
}

/// The bans and the sources are also tests of this crate, so that they are checked on every machine.
fn deny(shell: &Shell) -> Result<Outcome> {
    if output("cargo deny --version").is_none() {
        return Ok(passed_without(
            "licences and advisories: cargo-deny is not installed (cargo install cargo-deny --locked)",
        ));
    }
    shell.run("cargo deny --locked check bans licenses sources")?;
    if !has_advisories() {
        return Ok(passed_without("advisories: no database at hand (cargo deny fetch)"));
    }
    shell.run("cargo deny --locked --offline check advisories")?;
    Ok(Outcome::Passed)
}

fn passed_without(what: &str) -> Outcome {
    println!("NOT RUN: {what}");
    Outcome::PassedWithout(what.to_owned())
}

/// Whether `cargo deny fetch` was ever run here.
fn has_advisories() -> bool {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| std::env::home_dir().map(|home| home.join(".cargo")));
    let databases = home.and_then(|home| home.join("advisory-dbs").read_dir().ok());
    // A fetch that failed leaves a lock file behind.
    databases.is_some_and(|databases| databases.flatten().any(|database| database.path().is_dir()))
}

fn rust(shell: &Shell) -> Result<Outcome> {
    machine::compiler(shell)?;
    machine::postgres(shell)?;
    machine::redis(shell)?;
    machine::faketime(shell)?;
    machine::schemathesis(shell)?;
    shell.run("cargo test --workspace --locked --no-fail-fast")?;
    Ok(Outcome::Passed)
}

fn count(shell: &Shell) -> Result<Outcome> {
    machine::compiler(shell)?;
    machine::valgrind(shell)?;
    match count::compare(shell)? {
        Compared::Same => Ok(Outcome::Passed),
        Compared::WithAnotherCompiler(theirs) => {
            Ok(passed_without(&format!("a comparison: the counts were written down with rustc {theirs}")))
        }
    }
}

fn client(shell: &Shell) -> Result<Outcome> {
    client_built(shell)?;
    for script in ["drift", "check", "test", "size"] {
        npm_in(shell, "client", &format!("npm run --silent {script}"))?;
    }
    npm_in(shell, "client", "npm run --silent build --workspace=bitjang-example-react-spa")?;
    Ok(Outcome::Passed)
}

/// Installs what the client is made with, and makes it.
fn client_built(shell: &Shell) -> Result<()> {
    npm_in(shell, "client", "npm ci --prefer-offline --no-audit --no-fund --loglevel=error")?;
    npm_in(shell, "client", "npm run --silent build")
}

fn npm_in(shell: &Shell, folder: &str, line: &str) -> Result<()> {
    let mut npm = command(line)?;
    npm.current_dir(shell.root().join(folder)).env("PATH", machine::path_with_node(shell)?);
    shell.run_command(&mut npm)
}

fn deployed(shell: &Shell) -> Result<Outcome> {
    machine::compiler(shell)?;
    shell.run("cargo build --package bitjang --locked")?;
    deploy::check(shell, &built("bitjang")?)?;
    Ok(Outcome::Passed)
}

fn e2e(shell: &Shell) -> Result<Outcome> {
    machine::compiler(shell)?;
    machine::curl(shell)?;
    let chromium = machine::chromium(shell)?;
    let path = machine::path_with_node(shell)?;
    machine::redis(shell)?;
    shell.run("cargo build --package bitjang --package bitjang-demo --package bitjang-lab --locked")?;
    client_built(shell)?;
    let npm = |line| -> Result<()> {
        let mut npm = command(line)?;
        npm.current_dir(shell.root().join("e2e")).env("PATH", &path);
        shell.run_command(npm.env("CHROMIUM", &chromium).env("BITJANG", built("bitjang")?))
    };
    npm("npm ci --prefer-offline --no-audit --no-fund --loglevel=error")?;
    npm("npm test --loglevel=error")?;
    println!("screenshots: e2e/screenshots");
    Ok(Outcome::Passed)
}

/// Where cargo puts the program `name`: beside this one.
fn built(name: &str) -> Result<PathBuf> {
    Ok(std::env::current_exe()?.with_file_name(name))
}

#[expect(clippy::disallowed_methods, reason = "how long a step took is for the reader of the summary alone")]
fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = std::time::Instant::now();
    (work(), start.elapsed())
}
