//! The whole matrix, run for real: a cell that surprises fails, and docs/lab.md says what the run says.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use bitjang_lab::{report, schemes};

#[tokio::test(flavor = "multi_thread")]
async fn every_scheme_meets_every_attack_as_expected() -> Result<()> {
    let cells = report::run(Some(bitjang()?), |_| {}).await?;
    let surprises = report::surprises(&cells);
    assert!(surprises.is_empty(), "not as expected:\n{}", surprises.join("\n"));
    let page = std::fs::read_to_string(root()?.join("docs/lab.md"))?;
    let told = report::markdown(&cells);
    assert!(
        page.ends_with(&told),
        "docs/lab.md is not of this run: put the output of `bitjang lab --report` under its heading\n{told}"
    );
    Ok(())
}

#[test]
fn something_is_expected_of_every_scheme_under_every_attack() {
    for scheme in schemes::ALL {
        let named: Vec<_> = scheme.expected.iter().flat_map(|(_, attacks, _)| *attacks).collect();
        let all: Vec<_> = bitjang_lab::attacks::ALL.iter().map(|attack| attack.id).collect();
        assert_eq!(named.len(), all.len(), "{}", scheme.id);
        assert!(all.iter().all(|attack| scheme.expects(attack).is_some()), "{}", scheme.id);
    }
}

/// The program, built like this test.
fn bitjang() -> Result<PathBuf> {
    let mut build = Command::new(env!("CARGO"));
    build
        .args(["build", "--quiet", "--locked", "--package", "bitjang", "--bin", "bitjang"])
        .current_dir(root()?);
    ensure!(build.status()?.success(), "bitjang cannot be built");
    let this = std::env::current_exe()?;
    let folder = this.parent().and_then(Path::parent).context("a test lies in target/debug/deps")?;
    Ok(folder.join("bitjang"))
}

fn root() -> Result<&'static Path> {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("the crate lies in the workspace")
}
