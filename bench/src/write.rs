//! Durable writes through the store, beside the bare engine: what the store's own example measures.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};

use crate::plan::Plan;
use crate::program::Programs;
use crate::report::{Row, Target, Unit};
use crate::series::Series;

/// Runs the example with its databases inside `place`, which lies on a disk where `/tmp` may not.
pub(crate) fn measure(programs: &Programs, place: &Path, plan: Plan) -> Result<Row> {
    let (mut ours, mut other) = (Series::default(), Series::default());
    // It takes turns several times by itself.
    for _ in 0..plan.rounds / 2 {
        let mut example = Command::new(programs.path("examples/group_commit")?);
        let output = example.env("TMPDIR", place).stdin(Stdio::null()).stderr(Stdio::inherit()).output()?;
        ensure!(output.status.success(), "group_commit ended with {}", output.status);
        let told = String::from_utf8(output.stdout)?;
        ours.push(rate(&told, "through the store")?);
        other.push(rate(&told, "bare engine")?);
    }
    let what = "durable compare-and-sets by 64 clients; the bare engine in batches of 32";
    Ok(Row {
        what: what.into(),
        unit: Unit::whole("/s"),
        ours,
        other: Some(other),
        target: Target::AtLeast(0.8),
    })
}

/// The figure behind the colon of the line that begins with `name`.
fn rate(told: &str, name: &str) -> Result<f64> {
    let line = told.lines().find(|line| line.starts_with(name));
    let figure = line.and_then(|line| line.split_once(':')?.1.split_whitespace().next());
    Ok(figure.with_context(|| format!("group_commit does not tell of {name}:\n{told}"))?.parse()?)
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "these figures are read or chosen, not computed")]
mod tests {
    use super::*;

    #[test]
    fn the_rates_are_read() {
        let told =
            "  30.1 writes per commit\nthrough the store, 64 clients:      33000 compare-and-sets a second\n";
        assert_eq!(rate(told, "through the store").unwrap(), 33_000.0);
        assert!(rate(told, "bare engine").is_err());
    }
}
