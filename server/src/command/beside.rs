//! Programs that come with Bitjang and are no part of it: each is run from beside this one, so that nothing of theirs is in a server.

use std::convert::Infallible;
use std::env;
use std::ffi::OsString;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};
use clap::Args;

/// What the other program is given.
#[derive(Args)]
pub(super) struct Given {
    /// Whatever it takes; `--help` tells
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

/// Becomes the program called `name`. It finds this one under `BITJANG_PROGRAM`, to start servers with.
pub(super) fn become_program(name: &str, given: Given) -> anyhow::Result<Infallible> {
    let this = env::current_exe().context("this program cannot find itself")?;
    let mut program = match under_cargo(name) {
        Some(run) => run,
        None => Command::new(sibling(&this, name)?),
    };
    let failed = program.args(given.arguments).env("BITJANG_PROGRAM", this).exec();
    Err(failed).with_context(|| format!("{name} cannot be run"))
}

/// In a checkout, where `cargo run` has built this program only: cargo builds the other as well.
fn under_cargo(name: &str) -> Option<Command> {
    let mut run = Command::new(env::var_os("CARGO")?);
    run.args(["run", "--quiet", "--package", name]);
    run.args((!cfg!(debug_assertions)).then_some("--release"));
    run.arg("--");
    Some(run)
}

fn sibling(this: &Path, name: &str) -> anyhow::Result<PathBuf> {
    let path = this.with_file_name(name);
    if path.is_file() {
        return Ok(path);
    }
    bail!("{name} is not there: it belongs beside this program, at {}", path.display())
}
