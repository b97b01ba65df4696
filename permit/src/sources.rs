//! Where policies come from: the files of a folder, or texts that an app brings along.

use std::io;
use std::path::Path;

/// The texts of a set of policies: `*.cedar`, `*.cedarschema`, and the `*.cases.toml` beside them.
#[derive(Clone, Debug, Default)]
pub struct Sources(Vec<Source>);

#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) file: String,
    pub(crate) text: String,
}

impl Sources {
    /// The files of `folder`, by name. Other files in it, and folders, are left alone.
    pub fn in_folder(folder: &Path) -> io::Result<Self> {
        let mut sources = Vec::new();
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let file = entry.file_name().to_string_lossy().into_owned();
            if [POLICIES, SCHEMA, CASES].iter().any(|end| file.ends_with(end)) {
                sources.push(Source { file, text: std::fs::read_to_string(entry.path())? });
            }
        }
        sources.sort_by(|one, other| one.file.cmp(&other.file));
        Ok(Self(sources))
    }

    /// The ready-made policies: owners, moderators, banned accounts, groups, grants that end.
    pub fn ready_made() -> Self {
        READY_MADE.iter().fold(Self::default(), |sources, (file, text)| sources.with(file, *text))
    }

    /// With one text more; the end of the file's name says what it is.
    #[must_use]
    pub fn with(mut self, file: &str, text: impl Into<String>) -> Self {
        self.0.push(Source { file: file.to_owned(), text: text.into() });
        self
    }

    pub(crate) fn policies(&self) -> impl Iterator<Item = &Source> {
        self.ending(POLICIES)
    }

    pub(crate) fn schemas(&self) -> impl Iterator<Item = &Source> {
        self.ending(SCHEMA)
    }

    pub(crate) fn cases(&self) -> impl Iterator<Item = &Source> {
        self.ending(CASES)
    }

    fn ending(&self, end: &'static str) -> impl Iterator<Item = &Source> {
        self.0.iter().filter(move |source| source.file.ends_with(end))
    }
}

const POLICIES: &str = ".cedar";
const SCHEMA: &str = ".cedarschema";
const CASES: &str = ".cases.toml";

/// Writes the table of the files in `policies/`.
macro_rules! files {
    ($($file:literal),+ $(,)?) => { &[$(($file, include_str!(concat!("../policies/", $file)))),+] };
}

const READY_MADE: &[(&str, &str)] = files!(
    "banned.cedar",
    "grant.cedar",
    "group.cedar",
    "moderator.cedar",
    "owner.cedar",
    "schema.cedarschema",
    "ready.cases.toml",
);
