//! The long versions of the tests, which rewrite the figures of `docs/proof.md`.

mod crash;
mod planted;

use anyhow::{Context as _, Result};
use clap::Subcommand;

use crate::shell::Shell;

/// One part of the proof.
#[derive(Clone, Copy, Subcommand)]
pub(crate) enum Part {
    /// The server is killed 300 times, the power cut 2,000 times; no room for any write, and syncs that fail.
    Crash,
    /// Faults planted in a copy of the code, one at a time: each must be caught.
    Planted,
}

/// Proves `part` anew, and writes what came of it into `docs/proof.md`.
pub(crate) fn run(shell: &Shell, part: Part) -> Result<()> {
    match part {
        Part::Crash => write(shell, "crash figures", &crash::run(shell)?),
        Part::Planted => write(shell, "crash planted", &planted::run(shell)?),
    }
}

/// Puts `text` between the markers of `name`.
fn write(shell: &Shell, name: &str, text: &str) -> Result<()> {
    let path = shell.root().join("docs/proof.md");
    let page = std::fs::read_to_string(&path)?;
    let (begin, end) = (format!("<!-- {name} -->"), format!("<!-- /{name} -->"));
    let (head, rest) = page.split_once(&begin).with_context(|| format!("docs/proof.md lacks {begin}"))?;
    let (_, tail) = rest.split_once(&end).with_context(|| format!("docs/proof.md lacks {end}"))?;
    Ok(std::fs::write(path, format!("{head}{begin}\n{text}{end}{tail}"))?)
}
