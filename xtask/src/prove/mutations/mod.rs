//! Takes each security rule away, one at a time, in a copy of the repository, and sees which tests fail.

mod limits;
mod refresh;
mod requests;
mod scratch;
mod sessions;
mod stores;
mod table;
mod tokens;
mod verifier;

use std::collections::HashSet;

use anyhow::{Context as _, Result, bail};
use clap::Args;

use self::scratch::{Outcome, Scratch};
use crate::shell::Shell;

/// Which rules to take away.
#[derive(Args)]
pub(crate) struct Chosen {
    /// Those whose sentence or file contains this text.
    #[arg(long, default_value = "")]
    only: String,
    /// Those of which no test has been seen to fail yet: new ones, and those that were missed.
    #[arg(long)]
    unseen: bool,
}

/// A rule, and how to take it away.
#[derive(Debug)]
struct Mutation {
    /// What holds as long as the rule is there.
    rule: &'static str,
    /// Where it is, from the root of the repository.
    file: &'static str,
    /// The text that makes it, which stands there exactly once.
    find: &'static str,
    /// What is put in its place: it compiles, and the rule is gone.
    replace: &'static str,
    /// The tests that should see it, as `cargo test` is told them.
    tests: &'static str,
}

/// Spells a [`Mutation`] in one call: the rule, its file, what to find and to replace, and the tests.
const fn without(
    rule: &'static str,
    file: &'static str,
    find: &'static str,
    replace: &'static str,
    tests: &'static str,
) -> Mutation {
    Mutation { rule, file, find, replace, tests }
}

const CORE: &str = "--package bitjang-core --lib";
const FLOWS: &str = "--package bitjang-core --test flows -- --skip schedules";
const TOKEN: &str = "--package bitjang-core --test token";
const GUARD: &str = "--package bitjang-guard --lib";
const REQUESTS: &str = "--package bitjang-guard --test requests";
const VERIFIER: &str = "--package bitjang-guard --test verifier";
const PERMIT: &str = "--package bitjang-permit --test permit";
const MEMORY: &str = "--package bitjang-store --test contract memory";

fn all() -> impl Iterator<Item = &'static Mutation> {
    let core = [sessions::RULES, refresh::RULES, limits::RULES, tokens::RULES];
    core.into_iter().chain([requests::RULES, verifier::RULES, stores::RULES]).flatten()
}

/// Takes away each chosen rule, and writes down what happened. Fails if one was missed by every test.
pub(super) fn run(shell: &Shell, Chosen { only, unseen }: &Chosen) -> Result<()> {
    let seen = if *unseen { table::seen(shell.root()) } else { HashSet::new() };
    let is_chosen = |mutation: &&Mutation| {
        let Mutation { rule, file, .. } = mutation;
        (rule.contains(only) || file.contains(only)) && !seen.contains(*rule)
    };
    let chosen: Vec<_> = all().filter(is_chosen).collect();
    let scratch = Scratch::of(shell)?;
    let mut suites: Vec<_> = chosen.iter().map(|mutation| mutation.tests).collect();
    suites.sort_unstable();
    suites.dedup();
    for tests in suites {
        let outcome = scratch.test(tests)?;
        if !matches!(outcome, Outcome::Passed) {
            bail!("cargo test {tests}, with nothing taken away: {outcome:?}");
        }
    }
    let mut missed = Vec::new();
    for (nth, mutation) in chosen.iter().enumerate() {
        let outcome = scratch.test_without(mutation).with_context(|| mutation.rule)?;
        println!("{}/{} {}: {outcome}", nth + 1, chosen.len(), mutation.rule);
        table::note(shell.root(), mutation, &outcome)?;
        if !matches!(outcome, Outcome::Caught(_)) {
            missed.push(mutation.rule);
        }
    }
    if missed.is_empty() { Ok(()) } else { bail!("no test saw that these were gone: {}", missed.join("; ")) }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    #[test]
    fn every_rule_stands_where_the_list_says_and_only_there() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let mut faults = Vec::new();
        for Mutation { rule, file, find, replace, .. } in all() {
            let places = fs::read_to_string(root.join(file)).unwrap().matches(find).count();
            if places != 1 || find == replace {
                faults.push(format!("{rule}: {places} places in {file}"));
            }
        }
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }

    #[test]
    fn no_two_rules_are_told_in_the_same_words() {
        let told: HashSet<_> = all().map(|mutation| mutation.rule).collect();
        assert_eq!(told.len(), all().count());
        assert!(all().all(|mutation| !mutation.rule.contains('|')), "a row of the table");
    }
}
