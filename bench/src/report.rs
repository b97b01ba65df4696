//! The report: tables in Markdown, and on what was measured.

use std::borrow::Cow;
use std::fmt;

use crate::plot::Panel;
use crate::series::Series;

/// What has to be reached.
#[derive(Clone, Copy)]
pub(crate) enum Target {
    /// This much or more.
    AtLeast(f64),
    /// Less than this.
    Below(f64),
    /// Nothing: it is there to be compared with.
    None,
}

impl Target {
    /// The target, and whether `figure` reaches it.
    fn show(self, unit: Unit, figure: f64) -> String {
        let (sign, bound, reached) = match self {
            Self::AtLeast(least) => ("≥", least, figure >= least),
            Self::Below(most) => ("<", most, figure < most),
            Self::None => return String::new(),
        };
        format!("{sign} {}: {}", unit.show(bound), if reached { "reached" } else { "**missed**" })
    }
}

/// How a figure is written.
#[derive(Clone, Copy)]
pub(crate) struct Unit {
    /// What stands behind the figure.
    pub(crate) name: &'static str,
    /// How many digits stand behind the point.
    pub(crate) digits: usize,
}

impl Unit {
    /// For figures that are large enough to be whole.
    pub(crate) const fn whole(name: &'static str) -> Self {
        Self { name, digits: 0 }
    }

    /// For all others.
    pub(crate) const fn of(name: &'static str) -> Self {
        Self { name, digits: 2 }
    }

    /// `figure`, with its unit.
    pub(crate) fn show(self, figure: f64) -> String {
        let Self { name, digits } = self;
        format!("{figure:.digits$} {name}").trim_end().to_owned()
    }
}

/// A row of the table: one thing that was measured, beside another or by itself.
pub(crate) struct Row {
    /// What was measured.
    pub(crate) what: Cow<'static, str>,
    /// Of the figures.
    pub(crate) unit: Unit,
    /// Ours, round by round.
    pub(crate) ours: Series,
    /// The alternative's in the same rounds, where there is one.
    pub(crate) other: Option<Series>,
    /// What the ratio has to reach; where there is no alternative, what our figure has to.
    pub(crate) target: Target,
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ratios = self.other.as_ref().map(|other| self.ours.over(other));
        let (held, unit) = match &ratios {
            Some(ratios) => (ratios, Unit::of("×")),
            None => (&self.ours, self.unit),
        };
        let (least, most) = held.spread();
        let cells = [
            self.what.to_string(),
            self.unit.show(self.ours.median()),
            self.other.as_ref().map(|other| self.unit.show(other.median())).unwrap_or_default(),
            ratios.as_ref().map(|ratios| unit.show(ratios.median())).unwrap_or_default(),
            self.target.show(unit, held.median()),
            format!("{} to {}", unit.show(least), unit.show(most)),
        ];
        write!(f, "| {} |", cells.join(" | "))
    }
}

/// Several things that were asked for the same.
pub(crate) struct Table {
    pub(crate) title: Cow<'static, str>,
    /// What must be known to read it.
    pub(crate) about: &'static str,
    pub(crate) head: &'static [&'static str],
    pub(crate) lines: Vec<Vec<String>>,
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "## {}\n\n{}\n", self.title, self.about)?;
        writeln!(f, "| {} |\n|{}", self.head.join(" | "), "---|".repeat(self.head.len()))?;
        self.lines.iter().try_for_each(|line| writeln!(f, "| {} |", line.join(" | ")))?;
        writeln!(f)
    }
}

/// What a part of the measurements came to.
#[derive(Default)]
pub(crate) struct Findings {
    /// For the table of what has to be reached.
    pub(crate) rows: Vec<Row>,
    pub(crate) tables: Vec<Table>,
    /// For the drawing.
    pub(crate) panels: Vec<Panel>,
    /// A name and a text each.
    pub(crate) notes: Vec<(&'static str, String)>,
}

impl Findings {
    /// These too.
    pub(crate) fn add(&mut self, more: Self) {
        self.rows.extend(more.rows);
        self.tables.extend(more.tables);
        self.panels.extend(more.panels);
        self.notes.extend(more.notes);
    }
}

impl From<Vec<Row>> for Findings {
    fn from(rows: Vec<Row>) -> Self {
        Self { rows, ..Self::default() }
    }
}

/// Everything that was measured in one run, and on what.
pub(crate) struct Report {
    /// What the machine is, and what is on it: a name and a text.
    pub(crate) setting: Vec<(&'static str, String)>,
    pub(crate) findings: Findings,
}

const METHOD: &str = "\
Medians over rounds in which all that is compared took turns, over loopback. Read the ratios: the figures depend on the machine. The spread is from the least to the greatest round.

Who is signed in, sign-in, refresh and sign-out are asked of one server at a time. It has the first core to itself; the load, and the PostgreSQL or Redis that a server asks, share the others. The load is one thread with 64 connections (16 for sign-in and sign-out), \
each asking again as soon as it has an answer. What runs in one process (tokens, decisions, the store, refresh beside the bare compare-and-set) and `pgbench` may use all cores.
";

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Findings { rows, tables, panels: _, notes } = &self.findings;
        writeln!(f, "# Measurements\n\n{METHOD}")?;
        writeln!(
            f,
            "## Beside what it is held against\n\nThe spread is that of what the target is about.\n"
        )?;
        writeln!(f, "| | ours | the other | ratio | target | spread |\n|---|---|---|---|---|---|")?;
        rows.iter().try_for_each(|row| writeln!(f, "{row}"))?;
        writeln!(f)?;
        tables.iter().try_for_each(|table| write!(f, "{table}"))?;
        writeln!(f, "## On what\n")?;
        self.setting.iter().chain(notes).try_for_each(|(name, text)| writeln!(f, "- {name}: {text}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(other: Option<Series>, target: Target) -> String {
        let (unit, ours) = (Unit::whole("/s"), Series::from_iter([80.0, 60.0, 70.0]));
        Row { what: "asking".into(), unit, ours, other, target }.to_string()
    }

    #[test]
    fn a_comparison_is_held_by_its_ratio() {
        let other = || Some(Series::from_iter([100.0, 100.0, 100.0]));
        let reached = "| asking | 70 /s | 100 /s | 0.70 × | ≥ 0.70 ×: reached | 0.60 × to 0.80 × |";
        assert_eq!(row(other(), Target::AtLeast(0.7)), reached);
        let missed = "| asking | 70 /s | 100 /s | 0.70 × | < 0.70 ×: **missed** | 0.60 × to 0.80 × |";
        assert_eq!(row(other(), Target::Below(0.7)), missed);
    }

    #[test]
    fn what_stands_alone_is_held_by_itself() {
        assert_eq!(
            row(None, Target::Below(71.0)),
            "| asking | 70 /s |  |  | < 71 /s: reached | 60 /s to 80 /s |"
        );
        assert_eq!(row(None, Target::None), "| asking | 70 /s |  |  |  | 60 /s to 80 /s |");
    }
}
