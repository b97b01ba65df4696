//! How often checking an access token asks for memory: what the example of that name counts.

use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};

use crate::program::Programs;
use crate::report::{Row, Target, Unit};
use crate::series::Series;

/// Each algorithm counts as a round.
pub(crate) fn measure(programs: &Programs) -> Result<Row> {
    let mut example = Command::new(programs.path("examples/allocations")?);
    let output = example.stdin(Stdio::null()).stderr(Stdio::inherit()).output()?;
    ensure!(output.status.success(), "allocations ended with {}", output.status);
    let ours = counts(&String::from_utf8(output.stdout)?)?;
    let what = "allocations in the check of a token, HS256, Ed25519, ES256 and RS256";
    Ok(Row { what: what.into(), unit: Unit::whole(""), ours, other: None, target: Target::Below(1.0) })
}

/// The figure behind each colon.
fn counts(told: &str) -> Result<Series> {
    let count = |line: &str| -> Option<f64> { line.split_once(": ")?.1.split(' ').next()?.parse().ok() };
    let counts = told.lines().map(count).collect::<Option<Series>>();
    counts.filter(|counts| !counts.is_empty()).with_context(|| format!("no counts in:\n{told}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counts_are_read() {
        let told = "HS256: 0 allocations in each check\nEd25519: 2 allocations in each check\n";
        assert_eq!(counts(told).unwrap(), Series::from_iter([0.0, 2.0]));
        assert!(counts("").is_err() && counts("none").is_err());
    }
}
