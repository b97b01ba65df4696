//! What is wrong with a set of policies, and where: file, line, column.

use std::fmt;

use miette::Diagnostic;

use crate::sources::Source;

/// Why a set of policies is not used; every fault, not just the first.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct BadPolicies(pub Vec<Fault>);

impl fmt::Display for BadPolicies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<_> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// In which file, or which folder.
    pub file: String,
    /// Where in it: line and column, from 1.
    pub place: Option<(usize, usize)>,
    /// What.
    pub what: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some((line, column)) = self.place {
            write!(f, ":{line}:{column}")?;
        }
        write!(f, ": {}", self.what)
    }
}

impl Fault {
    pub(crate) fn new(file: impl Into<String>, what: impl Into<String>) -> Self {
        Self { file: file.into(), place: None, what: what.into() }
    }

    /// What a library says of a source, in the place it points at.
    pub(crate) fn told(source: &Source, error: &dyn Diagnostic) -> Self {
        let label = error.labels().and_then(|mut labels| labels.next());
        let place = label.as_ref().map(|label| place(&source.text, label.offset()));
        let hint = label.as_ref().and_then(|label| label.label()).filter(|hint| !hint.is_empty());
        let help = hint.map(str::to_owned).or_else(|| error.help().map(|help| help.to_string()));
        let what = help.map_or_else(|| error.to_string(), |help| format!("{error}; {help}"));
        Self { file: source.file.clone(), place, what }
    }
}

/// Line and column, from 1, of the byte at `offset`.
pub(crate) fn place(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.rsplit('\n').next().unwrap_or_default();
    (before.matches('\n').count() + 1, line.chars().count() + 1)
}
