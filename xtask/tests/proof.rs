//! The table of attacks in docs/proof.md, held against the tests: each that it names is there.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

/// Where tests from outside are: at the real binary, and in Chromium.
const OUTSIDE: [&str; 3] = ["server/tests", "e2e/attacks", "e2e/journeys"];

#[test]
fn every_test_that_the_table_of_attacks_names_is_there() -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let page = fs::read_to_string(root.join("docs/proof.md"))?;
    let table = page.split("<!-- attacks -->").nth(1).and_then(|rest| rest.split("<!-- /attacks -->").next());
    let mut sources = String::new();
    for folder in OUTSIDE {
        read_below(&root.join(folder), &mut sources)?;
    }
    let rows = table
        .context("the table of attacks is gone")?
        .lines()
        .filter(|row| row.starts_with("| ") && row.contains('`'));
    let rows: Vec<_> = rows.collect();
    assert!(rows.len() > 50, "only {} classes are left", rows.len());
    for row in rows {
        let (class, tests) = row.trim_matches(['|', ' ']).split_once(" | ").context(row.to_owned())?;
        let named: Vec<_> = tests.split('`').skip(1).step_by(2).collect();
        assert!(!named.is_empty(), "no test is named for: {class}");
        for name in named {
            let is_there = sources.contains(&format!("fn {name}()"))
                || sources.contains(&format!("(\"{name}"))
                || sources.contains(&format!("(`{name}"));
            assert!(is_there, "{name} is gone: {class}");
        }
    }
    Ok(())
}

fn read_below(folder: &Path, sources: &mut String) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            read_below(&path, sources)?;
        } else if path.extension().is_some_and(|end| end == "rs" || end == "js") {
            *sources += &fs::read_to_string(path)?;
        }
    }
    Ok(())
}
