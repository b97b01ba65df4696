//! The whole matrix: run, compared with what was expected, and told as Markdown or JSON.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use futures_util::future::BoxFuture;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use crate::attacks::{self, Attack, Cell, Colour};
use crate::schemes::{self, Scheme};

/// How many cells run at once: most of them wait most of the time.
const AT_ONCE: usize = 6;

/// Runs every attack against every scheme; `seen` hears of each as it ends.
pub async fn run(program: Option<PathBuf>, seen: impl Fn(&Cell)) -> Result<Vec<Cell>> {
    let mut runs: Vec<BoxFuture<'static, Result<Cell>>> = Vec::new();
    // The slow scheme first, so that it does not come last alone.
    for scheme in schemes::ALL.into_iter().rev() {
        for attack in &attacks::ALL {
            let program = program.clone();
            runs.push(Box::pin(async move { play(scheme, attack.id, program.as_ref()).await }));
        }
    }
    let mut cells: Vec<Cell> =
        stream::iter(runs).buffer_unordered(AT_ONCE).inspect_ok(|cell| seen(cell)).try_collect().await?;
    cells.sort_by_key(|cell| (order(cell.attack), Scheme::named(cell.scheme).map(|scheme| scheme.number)));
    Ok(cells)
}

/// Runs one attack against one scheme.
pub async fn play(scheme: &'static Scheme, attack: &str, program: Option<&PathBuf>) -> Result<Cell> {
    let attack = Attack::named(attack).context("no such attack")?;
    attack.play(scheme, program).await.with_context(|| format!("{} against {}", attack.id, scheme.id))
}

/// The cells that did not end as was expected.
pub fn surprises<'c>(cells: impl IntoIterator<Item = &'c Cell>) -> Vec<String> {
    let surprise = |Cell { scheme, attack, verdict, .. }: &Cell| {
        let (expected, because) = Scheme::named(scheme)?.expects(attack)?;
        let (seen, why) = (verdict.colour, &verdict.why.en);
        let told =
            || format!("{scheme} × {attack}: {seen:?} ({why}), expected {expected:?} ({})", because.en);
        (seen != expected).then(told)
    };
    cells.into_iter().filter_map(surprise).collect()
}

/// The matrix as Markdown.
pub fn markdown(cells: &[Cell]) -> String {
    let mut text = String::from("| |");
    for scheme in schemes::ALL {
        let _ = write!(text, " {} |", scheme.number);
    }
    text.push_str("\n|---|");
    text.push_str(&":-:|".repeat(schemes::ALL.len()));
    for attack in &attacks::ALL {
        let _ = write!(text, "\n| {} |", attack.name.en);
        for scheme in schemes::ALL {
            let cell = cells.iter().find(|cell| cell.attack == attack.id && cell.scheme == scheme.id);
            let _ = write!(text, " {} |", cell.map_or("", |cell| mark(cell.verdict.colour)));
        }
    }
    text.push_str("\n\n");
    for scheme in schemes::ALL {
        let _ = writeln!(text, "\n**{}. {}**\n", scheme.number, scheme.name.en);
        for (colour, attacks, why) in scheme.expected {
            let names: Vec<_> = attacks
                .iter()
                .filter_map(|id| Attack::named(id))
                .map(|attack| attack.name.en.as_ref())
                .collect();
            let _ = writeln!(text, "- {} {}: {}.", mark(*colour), names.join(", "), why.en);
        }
    }
    text
}

fn mark(colour: Colour) -> &'static str {
    match colour {
        Colour::Green => "🟢",
        Colour::Amber => "🟡",
        Colour::Red => "🔴",
    }
}

fn order(attack: &str) -> Option<usize> {
    attacks::ALL.iter().position(|known| known.id == attack)
}
