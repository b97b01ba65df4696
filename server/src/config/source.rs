//! Where values come from: flags, the environment, a file, the defaults; each value remembers.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use super::Complaint;
use super::key::{KEYS, Key, nearest};

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The command line.
    Flag(&'static str),
    /// An environment variable.
    Environment(String),
    /// A file that an environment variable named.
    Secret(String),
    /// A line of the configuration file.
    File(PathBuf, usize),
    /// Nobody said anything.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => write!(f, "--{flag}"),
            Self::Environment(variable) => f.write_str(variable),
            Self::Secret(variable) => write!(f, "the file named by {variable}"),
            Self::File(path, line) => write!(f, "{}:{line}", path.display()),
            Self::Default => f.write_str("default"),
        }
    }
}

/// A value as it was written: one text, or a list of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The texts; one, unless a list was written.
    pub texts: Vec<String>,
    /// Where.
    pub origin: Origin,
}

/// What the world says, before anybody has judged it.
#[derive(Debug, Default)]
pub struct Sources {
    /// Flags of the command line.
    pub flags: Vec<(&'static Key, String)>,
    /// The environment.
    pub environment: Vec<(String, String)>,
    /// The configuration file that was named; it must exist.
    pub file: Option<PathBuf>,
}

/// The variables whose names and values are text; others cannot be ours.
pub fn environment() -> Vec<(String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.to_string_lossy().into_owned())))
        .collect()
}

/// The configuration file that is read when none is named; it need not exist.
const FILE: &str = "bitjang.toml";

/// What was written for each key, the strongest source winning.
pub(super) type Values = BTreeMap<&'static str, Written>;

/// Gathers the values of all sources, and complains of every key that is not known.
pub(super) fn gather(sources: &Sources) -> (Values, Vec<Complaint>) {
    let mut complaints = Vec::new();
    let mut values = defaults();
    values.extend(from_file(sources, &mut complaints));
    values.extend(from_environment(&sources.environment, &mut complaints));
    values.extend(sources.flags.iter().map(|(key, text)| (key.name, one(text, Origin::Flag(key.flag)))));
    (values, complaints)
}

fn one(text: &str, origin: Origin) -> Written {
    Written { texts: vec![text.to_owned()], origin }
}

fn defaults() -> Values {
    KEYS.iter().filter_map(|key| Some((key.name, one(key.default?, Origin::Default)))).collect()
}

fn from_file(sources: &Sources, complaints: &mut Vec<Complaint>) -> Values {
    let path = sources.file.as_deref().unwrap_or(Path::new(FILE));
    let mut values = Values::new();
    match std::fs::read_to_string(path) {
        Ok(text) => Lines { path, text: &text }.read(&mut values, complaints),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && sources.file.is_none() => {}
        Err(error) => complaints.push(Complaint::new(format!("{} cannot be read: {error}", path.display()))),
    }
    values
}

/// A configuration file.
struct Lines<'a> {
    path: &'a Path,
    text: &'a str,
}

impl Lines<'_> {
    fn read(&self, values: &mut Values, complaints: &mut Vec<Complaint>) {
        match DeTable::parse(self.text) {
            Ok(table) => self.table("", table.get_ref(), values, complaints),
            Err(error) => {
                let line = error.span().map_or(1, |span| self.line(span.start));
                complaints.push(Complaint::new(format!(
                    "{}:{line}: {}",
                    self.path.display(),
                    error.message()
                )));
            }
        }
    }

    fn table(&self, above: &str, table: &DeTable<'_>, values: &mut Values, complaints: &mut Vec<Complaint>) {
        for (name, value) in table {
            let path = format!("{above}{}", name.get_ref());
            let origin = Origin::File(self.path.to_owned(), self.line(name.span().start));
            match (Key::named(&path), value.get_ref()) {
                (Some(key), value) => match texts(value) {
                    Some(texts) => drop(values.insert(key.name, Written { texts, origin })),
                    None => complaints
                        .push(Complaint::new(format!("{path} cannot be a {} ({origin})", value.type_str()))),
                },
                (None, DeValue::Table(below)) => self.table(&format!("{path}."), below, values, complaints),
                (None, _) => {
                    complaints.push(unknown(&path, &origin, KEYS.iter().map(|key| key.name.to_owned())));
                }
            }
        }
    }

    /// The number of the line that holds the byte at `offset`.
    fn line(&self, offset: usize) -> usize {
        1 + self.text.bytes().take(offset).filter(|byte| *byte == b'\n').count()
    }
}

fn texts(value: &DeValue<'_>) -> Option<Vec<String>> {
    match value {
        DeValue::Array(items) => items.iter().map(|item| text(item.get_ref())).collect(),
        value => text(value).map(|text| vec![text]),
    }
}

fn text(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.clone().into_owned()),
        DeValue::Integer(number) if number.radix() == 10 => Some(number.as_str().to_owned()),
        _ => None,
    }
}

fn from_environment(environment: &[(String, String)], complaints: &mut Vec<Complaint>) -> Values {
    let mut values = Values::new();
    for (variable, value) in environment {
        let Some(rest) = variable.strip_prefix("BITJANG_") else { continue };
        let named = |variable: &str| KEYS.iter().find(|key| key.variable() == variable);
        let written = if let Some(key) = named(variable) {
            Ok((key, one(value, Origin::Environment(variable.clone()))))
        } else if let Some(key) = variable.strip_suffix("_FILE").and_then(named) {
            secret(variable, Path::new(value)).map(|written| (key, written))
        } else if of_the_neighbourhood(rest) {
            continue;
        } else {
            let known = KEYS.iter().map(Key::variable);
            Err(unknown(variable, &Origin::Environment("the environment".to_owned()), known))
        };
        match written {
            Ok((key, written)) => {
                if let Some(twice) = values.insert(key.name, written) {
                    complaints.push(Complaint::new(format!(
                        "{} is given twice: by {variable} and by {}",
                        key.name, twice.origin
                    )));
                }
            }
            Err(complaint) => complaints.push(complaint),
        }
    }
    values
}

/// Variables that Kubernetes and Docker set by themselves beside a service that is called `bitjang`.
fn of_the_neighbourhood(rest: &str) -> bool {
    rest == "CONFIG"
        || rest == "PORT"
        || rest.starts_with("SERVICE_HOST")
        || rest.starts_with("SERVICE_PORT")
        || {
            let digit = |rest: &str| rest.starts_with(|c: char| c.is_ascii_digit());
            rest.strip_prefix("PORT_").is_some_and(digit)
        }
}

fn secret(variable: &str, path: &Path) -> Result<Written, Complaint> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        Complaint::new(format!("{} cannot be read: {error} ({variable})", path.display()))
    })?;
    // Editors and `echo` end a file with a line break that is no part of the secret.
    Ok(one(text.trim_end_matches(['\r', '\n']), Origin::Secret(variable.to_owned())))
}

fn unknown(name: &str, origin: &Origin, known: impl Iterator<Item = String>) -> Complaint {
    let hint = nearest(name, known).map(|name| format!("; did you mean {name}?")).unwrap_or_default();
    Complaint::new(format!("{name} is not a known key ({origin}){hint}"))
}
