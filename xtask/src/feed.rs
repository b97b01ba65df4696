//! The measurement of the feed: a thousand verifiers behind one server, both built for release, in less than a minute.

use std::process::Stdio;

use anyhow::{Context as _, Result, ensure};

use crate::shell::{Shell, command};
use crate::{machine, page};

/// Measures, and writes it into the page.
pub(crate) fn run(shell: &Shell) -> Result<()> {
    machine::compiler(shell)?;
    // One by one: built together, the server would get the features that the crowd asks for.
    shell.run("cargo build --release --locked --package bitjang --bin bitjang")?;
    shell.run("cargo build --release --locked --package bitjang --example crowd")?;
    let release = machine::built_for_release()?;
    let mut crowd = command("timeout 60")?;
    crowd.arg(release.join("examples/crowd")).arg(release.join("bitjang")).stderr(Stdio::inherit());
    let output = crowd.output().context("the crowd cannot be started")?;
    ensure!(output.status.success(), "the crowd ended with {}", output.status);
    let told = String::from_utf8(output.stdout)?;
    println!("{told}");
    page::write(&shell.root().join("docs/scaling.md"), "feed", &format!("{told}\n{}", machine::facts()))
}
