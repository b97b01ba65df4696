//! The picture of the house, held against what cargo says: no arrow that it lacks, and nothing where it must be absent.

use std::collections::BTreeSet;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};

/// Where the picture is drawn, for whoever breaks a rule.
const READ: &str = "See the picture of arrows in ARCHITECTURE.md.";

/// Where an arrow may point.
enum May {
    DependOn(&'static [&'static str]),
    DependOnAll,
}

#[test]
fn no_arrow_is_drawn_that_the_picture_lacks() -> Result<()> {
    let metadata = metadata()?;
    let drawn: Vec<_> = metadata.packages.iter().flat_map(|package| arrows(package, &metadata)).collect();
    let wrong: Vec<_> = drawn.iter().filter(|(from, to)| !allowed(from, to)).collect();
    assert!(wrong.is_empty(), "{READ} It lacks {wrong:?}: turn the dependency round, or use a port of core.");
    assert!(
        drawn.contains(&("bitjang-store".into(), "bitjang-core".into())),
        "no arrows were read: {drawn:?}"
    );
    Ok(())
}

#[test]
fn every_crate_is_in_the_picture() -> Result<()> {
    let metadata = metadata()?;
    let strangers: Vec<_> =
        metadata.packages.iter().filter(|package| picture(&package.name).is_none()).collect();
    let names: Vec<_> = strangers.iter().map(|package| &package.name).collect();
    assert!(names.is_empty(), "{READ} Draw {names:?} there, then in this test.");
    Ok(())
}

#[test]
fn the_rules_know_no_runtime_no_http_and_no_sql() -> Result<()> {
    let io = ["tokio", "mio", "socket2", "reqwest", "async-std"];
    let http = ["http", "hyper", "axum", "axum-core", "tower", "tower-http"];
    let sql = ["rusqlite", "libsqlite3-sys", "tokio-postgres", "redis"];
    absent("bitjang-core", &[io.as_slice(), &http, &sql].concat())
}

#[test]
fn what_apps_put_before_their_routes_knows_no_sql_and_hashes_no_passwords() -> Result<()> {
    absent("bitjang-guard", &["rusqlite", "libsqlite3-sys", "tokio-postgres", "redis", "argon2", "zxcvbn"])
}

#[test]
fn the_http_face_knows_no_sql() -> Result<()> {
    absent("bitjang-web", &["rusqlite", "libsqlite3-sys", "tokio-postgres", "redis"])
}

#[test]
fn the_stores_know_no_http() -> Result<()> {
    absent("bitjang-store", &["http", "hyper", "axum", "tower-http"])
}

fn allowed(from: &str, to: &str) -> bool {
    match picture(from) {
        Some(May::DependOn(crates)) => crates.contains(&to),
        Some(May::DependOnAll) => true,
        None => false,
    }
}

/// An error if `package`, built for users as it comes, would compile one of `banned`.
fn absent(package: &str, banned: &[&str]) -> Result<()> {
    let tree = compiled(package)?;
    let found: Vec<_> = banned.iter().filter(|name| tree.contains(**name)).collect();
    ensure!(
        found.is_empty(),
        "{READ} {package} must not know {found:?}. `cargo tree -p {package} -e normal` says who brings it."
    );
    Ok(())
}

/// The names of everything that is compiled into `package`.
///
/// By `cargo tree`, because it resolves features for this package alone, as an app would: `cargo metadata` adds those
/// that its neighbours ask for.
fn compiled(package: &str) -> Result<BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--locked",
            "--edges",
            "normal",
            "--prefix",
            "none",
            "--format",
            "{p}",
            "--package",
            package,
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout)?;
    let tree: BTreeSet<_> =
        lines.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect();
    ensure!(tree.contains(package), "`cargo tree` did not name {package}: {tree:?}");
    Ok(tree)
}

/// The arrows from `package` to its siblings. Tests may depend on whom they like.
fn arrows(package: &Package, metadata: &Metadata) -> Vec<(String, String)> {
    let siblings: BTreeSet<_> = metadata.packages.iter().map(|sibling| sibling.name.as_str()).collect();
    let needed = package.dependencies.iter().filter(|needed| needed.kind != DependencyKind::Development);
    let needed = needed.filter(|needed| siblings.contains(needed.name.as_str()));
    needed.map(|needed| (package.name.to_string(), needed.name.clone())).collect()
}

fn metadata() -> Result<Metadata> {
    let mut command = MetadataCommand::new();
    command.current_dir(env!("CARGO_MANIFEST_DIR")).no_deps();
    command.exec().context("cargo metadata")
}

/// The picture, row by row. `None`: not in it.
fn picture(package: &str) -> Option<May> {
    Some(match package {
        "bitjang-core" | "bitjang-faults" | "bitjang-trim" => May::DependOn(&[]),
        "bitjang-store" | "bitjang-guard" | "bitjang-permit" => May::DependOn(&["bitjang-core"]),
        "bitjang-web" => May::DependOn(&["bitjang-core", "bitjang-guard", "bitjang-permit"]),
        "bitjang" | "bitjang-demo" | "bitjang-lab" => May::DependOn(&[
            "bitjang-core",
            "bitjang-store",
            "bitjang-guard",
            "bitjang-permit",
            "bitjang-trim",
            "bitjang-web",
        ]),
        "bitjang-count" => May::DependOn(&["bitjang-core", "bitjang-store", "bitjang-guard"]),
        "bitjang-bench" | "bitjang-fuzz" | "xtask" => May::DependOnAll,
        _ => return None,
    })
}
