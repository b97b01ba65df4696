//! The page about OWASP's verification standard, held against the repository: nothing missing, nothing named that is not there, nothing counted wrong.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const PAGE: &str = include_str!("../../docs/asvs.md");

/// How many requirements each section of ASVS 5.0.0 has.
const SECTIONS: [(&str, &[usize]); 5] = [
    ("3", &[1, 3, 5, 8, 8, 1, 5]),
    ("6", &[3, 12, 8, 6, 8, 4, 2, 4]),
    ("7", &[3, 4, 2, 5, 3, 2]),
    ("8", &[4, 4, 3, 2]),
    ("9", &[3, 4]),
];

const VERDICTS: [&str; 4] = ["yes", "in part", "no", "–"];

/// A row: number, level, what is asked, the verdict, what shows it.
type Row = [&'static str; 5];

fn rows() -> Vec<Row> {
    let cells = |line: &'static str| -> Option<Row> {
        let cells: Vec<_> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let row: Row = cells.try_into().ok()?;
        (row[0].matches('.').count() == 2).then_some(row)
    };
    PAGE.lines().filter_map(cells).collect()
}

#[test]
fn every_requirement_of_the_chapters_has_a_row_and_no_other_has() {
    let all = SECTIONS.iter().flat_map(|(chapter, sections)| {
        let numbered = sections.iter().enumerate();
        numbered
            .flat_map(move |(section, of)| (1..=*of).map(move |n| format!("{chapter}.{}.{n}", section + 1)))
    });
    let told: Vec<_> = rows().iter().map(|row| row[0].to_owned()).collect();
    assert_eq!(told, all.collect::<Vec<_>>());
}

#[test]
fn every_verdict_is_known_and_a_yes_is_shown_by_something() {
    for [number, level, _, verdict, shown] in rows() {
        assert!(VERDICTS.contains(&verdict) && ["1", "2", "3"].contains(&level), "{number}");
        let is_documented_here = shown.contains("below");
        assert!(verdict != "yes" || is_documented_here || !named(shown).is_empty(), "{number} shows nothing");
        assert!(shown.len() > 3, "{number} says nothing");
    }
}

#[test]
fn every_file_and_test_that_is_named_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let named: BTreeSet<_> = rows().iter().flat_map(|row| named(row[4])).collect();
    assert!(named.len() > 100, "few are found: {named:?}");
    let missing = |(path, test): &&(PathBuf, Option<&str>)| {
        let text = fs::read_to_string(root.join(path)).ok();
        let has = |text: String| test.is_none_or(|test| text.contains(&format!("fn {test}(")));
        !text.is_some_and(has)
    };
    let missing: Vec<_> = named.iter().filter(missing).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn the_counts_are_right() {
    for (chapter, _) in SECTIONS {
        let of = |row: &Row| row[0].starts_with(&format!("{chapter}.")) && row[1] != "3";
        let rows: Vec<_> = rows().into_iter().filter(of).collect();
        let count = |verdict| rows.iter().filter(|row| row[3] == verdict).count().to_string();
        let counts = VERDICTS.map(count).join(" | ");
        let line = PAGE.lines().find(|line| line.starts_with(&format!("| V{chapter} "))).unwrap();
        assert!(line.ends_with(&format!("| {counts} |")), "{line}: {counts}");
    }
}

/// The files that a cell names in backticks, and the test in each, if there is one.
fn named(cell: &'static str) -> Vec<(PathBuf, Option<&'static str>)> {
    let quoted = cell.split('`').skip(1).step_by(2);
    let paths = quoted.filter(|text| is_path(text.split('#').next().unwrap_or_default()));
    paths
        .map(|text| match text.split_once('#') {
            Some((path, test)) => (PathBuf::from(path), Some(test)),
            None => (PathBuf::from(text), None),
        })
        .collect()
}

fn is_path(text: &str) -> bool {
    let in_a_folder = text.contains('/') && Path::new(text).extension().is_some();
    in_a_folder || text == "ARCHITECTURE.md"
}
