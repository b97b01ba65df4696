//! The model as Markdown.

use super::figures::{ALL, Figure};
use super::model::{Load, Tree, most_on_one};
use super::quantity::{bytes, number};

const SCALES: [(&str, f64); 6] =
    [("10 k", 1e4), ("100 k", 1e5), ("1 M", 1e6), ("10 M", 1e7), ("100 M", 1e8), ("1,000 M", 1e9)];

type Row = (&'static str, fn(Load) -> f64, fn(f64) -> String);

const ROWS: [Row; 18] = [
    ("in use at once", Load::in_use, number),
    ("refreshes a second, all with tokens", Load::refreshes, number),
    ("sign-ins a second", Load::sign_ins, number),
    ("revocations a second", Load::revocations, number),
    ("revocations that a verifier holds", Load::held, number),
    ("… their memory", Load::held_bytes, bytes),
    ("verifiers", Load::verifiers, number),
    ("feed to one of them, a second", Load::feed, bytes),
    ("feed to all, a second", Load::feed_of_all, bytes),
    ("cores for passwords", Load::hashing, number),
    ("cores for refreshes", Load::refreshing, number),
    ("cores for the feed", Load::telling, number),
    ("**servers**", Load::servers, number),
    ("statements that write, a second", Load::writes, number),
    ("accounts and sessions, embedded", Load::embedded_bytes, bytes),
    ("accounts and sessions, PostgreSQL", Load::postgres_bytes, bytes),
    ("**databases**", Load::shards, number),
    ("of the sessions in use, remembered by a server that sees all", Load::remembered, number),
];

/// What the model is given, what it says, and what a server more does for the feed.
pub(crate) fn all() -> String {
    let most = number(most_on_one());
    let one = format!("One server on the embedded store carries about {most} accounts by this model.");
    [given(), said(), one, tree()].join("\n\n")
}

fn given() -> String {
    let row =
        |figure: &&Figure| format!("| {} | {} | {} |", number(figure.value), figure.what, figure.source);
    table("| given | | source |\n|---:|---|---|", ALL.iter().map(row))
}

fn said() -> String {
    let cells = |each: &dyn Fn(f64) -> String| SCALES.map(|(_, accounts)| each(accounts)).join(" | ");
    let names = SCALES.map(|(name, _)| name).join(" | ");
    let row =
        |(what, of, shown): &Row| format!("| {what} | {} |", cells(&|accounts| shown(of(Load { accounts }))));
    table(&format!("| accounts | {names} |\n|---|{}", "---:|".repeat(SCALES.len())), ROWS.iter().map(row))
}

/// A thousand verifiers, and more revocations than a hundred million accounts make.
fn tree() -> String {
    let trees =
        [1.0, 3.0, 10.0, 30.0].map(|servers| Tree { verifiers: 1_000.0, servers, revocations: 1_000.0 });
    let row = |tree: &Tree| {
        let [servers, followers] = [tree.servers, tree.followers()].map(number);
        let (cores, sent) = (number(tree.cores()), bytes(tree.bytes()));
        format!("| {servers} | {followers} | {cores} | {sent} | {:.1} ms |", tree.spread() * 1e3)
    };
    let head = "| servers for 1,000 verifiers, 1,000 revocations a second | followers of each | cores of each for the feed | sent by each, a second | one core tells all of one entry in |\n|---:|---:|---:|---:|---:|";
    table(head, trees.iter().map(row))
}

fn table(head: &str, rows: impl Iterator<Item = String>) -> String {
    [head.to_owned()].into_iter().chain(rows).collect::<Vec<_>>().join("\n")
}
