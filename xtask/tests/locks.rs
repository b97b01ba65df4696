//! What the lock files may hold: no cryptography from elsewhere, and no address but the public index.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};

/// Second implementations of what aws-lc-rs does: more to audit, more to build, and linked C libraries.
const BANNED: [&str; 4] = ["native-tls", "openssl", "openssl-sys", "ring"];

/// The lock file may name a crate that nothing builds (an option of an option); what counts is what is built, for any machine.
#[test]
fn cryptography_comes_from_one_place() -> Result<()> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let tree = [
        "tree",
        "--workspace",
        "--all-features",
        "--locked",
        "--target=all",
        "--prefix=none",
        "--format={p}",
    ];
    let tree = Command::new(cargo).args(tree).output().context("cargo tree")?;
    let tree = String::from_utf8(tree.stdout)?;
    assert!(tree.contains("aws-lc-rs v"), "cargo tree says nothing");
    let found: Vec<_> = BANNED
        .iter()
        .filter(|name| tree.lines().any(|line| line.starts_with(&format!("{name} v"))))
        .collect();
    assert!(
        found.is_empty(),
        "{found:?} would be built: see deny.toml; `cargo tree -i <name>` says who brings it."
    );
    Ok(())
}

#[test]
fn every_crate_comes_from_the_public_index() -> Result<()> {
    let lock = file("Cargo.lock")?;
    let sources = lock.lines().filter(|line| line.starts_with("source = "));
    let strange: Vec<_> = sources
        .filter(|line| *line != r#"source = "registry+https://github.com/rust-lang/crates.io-index""#)
        .collect();
    assert!(strange.is_empty(), "{strange:?}");
    Ok(())
}

#[test]
fn npm_lock_files_name_no_download_address() -> Result<()> {
    for folder in ["client", "e2e", "bench/peers/node"] {
        let lock = file(&format!("{folder}/package-lock.json"))?;
        assert!(lock.contains("\"integrity\""), "the lock file pins nothing");
        assert!(
            !lock.contains("\"resolved\": \"http"),
            "keep {folder}/.npmrc, delete the lock file, run `npm install` there again"
        );
    }
    Ok(())
}

fn file(path: &str) -> Result<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("the workspace")?;
    fs::read_to_string(root.join(path)).context(path.to_owned())
}
