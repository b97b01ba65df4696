//! The table of mutations: which rule was taken away, and which tests saw it.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::path::Path;

use anyhow::Result;

use super::scratch::Outcome;
use super::{Mutation, all};
use crate::page;
use crate::prove::page_in;

const PART: &str = "mutations";

const HEAD: &str = "| rule | in | seen by |\n|---|---|---|\n";

/// How many tests are named for each rule.
const NAMED: usize = 2;

/// Writes down what became of one mutation. The rows of the others stay, but for those of rules that are no more.
pub(super) fn note(root: &Path, mutation: &Mutation, outcome: &Outcome) -> Result<()> {
    let old = page::read(&page_in(root), PART).unwrap_or_default();
    let mut rows = rows(&old);
    rows.insert(mutation.rule, row(mutation, outcome));
    let known: Vec<_> = all().filter_map(|mutation| rows.get(mutation.rule)).collect();
    let caught = known.iter().filter(|row| !row.contains("**")).count();
    let mut table = format!(
        "{} rules were taken away, one at a time; for {caught} of them tests failed.\n\n{HEAD}",
        known.len()
    );
    for row in known {
        writeln!(table, "{row}")?;
    }
    page::write(&page_in(root), PART, &table)
}

/// The rules that tests were seen to fail for.
pub(super) fn seen(root: &Path) -> HashSet<String> {
    let table = page::read(&page_in(root), PART).unwrap_or_default();
    let seen = rows(&table).into_iter().filter(|(_, row)| !row.contains("**"));
    seen.map(|(rule, _)| rule.to_owned()).collect()
}

/// The rows of a table, by the rule that each is about.
fn rows(table: &str) -> HashMap<&str, String> {
    let rows = table.lines().filter(|line| line.starts_with("| "));
    rows.filter_map(|row| Some((row.strip_prefix("| ")?.split_once(" | ")?.0, row.to_owned()))).collect()
}

fn row(Mutation { rule, file, .. }: &Mutation, outcome: &Outcome) -> String {
    let Outcome::Caught(tests) = outcome else { return format!("| {rule} | `{file}` | **{outcome}** |") };
    let named: Vec<_> = tests.iter().take(NAMED).map(|test| format!("`{test}`")).collect();
    let others = match tests.len().saturating_sub(NAMED) {
        0 => String::new(),
        others => format!(" and {others} more"),
    };
    format!("| {rule} | `{file}` | {}{others} |", named.join(", "))
}
