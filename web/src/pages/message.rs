//! The words of the pages: the Fluent messages of one language, compiled into the binary.

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use minijinja::value::{Kwargs, Value, ValueKind};
use minijinja::{Error, ErrorKind};
use unic_langid::LanguageIdentifier;

use super::language::Language;

/// The messages of one language.
pub(super) struct Messages(FluentBundle<FluentResource>);

impl Messages {
    /// Parses our messages and those of an app beside them; says in the error what is wrong with them.
    pub(super) fn of(language: Language, more: &str) -> Result<Self, Error> {
        let ours = match language {
            Language::En => include_str!("../../locales/en.ftl"),
            Language::Ko => include_str!("../../locales/ko.ftl"),
        };
        let tag: LanguageIdentifier = language.tag().parse().map_err(|error| broken(&error))?;
        let mut bundle = FluentBundle::new_concurrent(vec![tag]);
        // Only what a person typed needs isolating: see `isolated`.
        bundle.set_use_isolating(false);
        for source in [ours, more] {
            let resource = FluentResource::try_new(source.to_owned());
            let resource = resource.map_err(|(_, errors)| broken(&errors))?;
            bundle.add_resource(resource).map_err(|errors| broken(&errors))?;
        }
        Ok(Self(bundle))
    }

    /// The message of that key. A missing message or variable is an error, never a gap in the page.
    pub(super) fn text(&self, key: &str, variables: &Kwargs) -> Result<String, Error> {
        let pattern = self.0.get_message(key).and_then(|message| message.value());
        let pattern = pattern.ok_or_else(|| broken(&format_args!("no message {key}")))?;
        let mut errors = Vec::new();
        let text = self.0.format_pattern(pattern, Some(&fluent(variables)?), &mut errors);
        if errors.is_empty() { Ok(text.into_owned()) } else { Err(broken(&errors)) }
    }
}

/// The variables of a call in a template; those that are `none` there are left out.
fn fluent(variables: &Kwargs) -> Result<FluentArgs<'static>, Error> {
    let mut arguments = FluentArgs::new();
    for name in variables.args() {
        let value: Value = variables.get(name)?;
        match value.kind() {
            ValueKind::Undefined | ValueKind::None => {}
            ValueKind::Number => arguments.set(name.to_owned(), variables.get::<f64>(name)?),
            _ => arguments.set(name.to_owned(), isolated(value.to_string())),
        }
    }
    Ok(arguments)
}

/// Marks of isolation around a text: a name written from right to left must not turn the sentence around it.
fn isolated(text: String) -> String {
    if text.is_ascii() { text } else { format!("\u{2068}{text}\u{2069}") }
}

fn broken(what: &dyn std::fmt::Debug) -> Error {
    Error::new(ErrorKind::InvalidOperation, format!("messages: {what:?}"))
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    #[test]
    fn both_languages_say_the_same_with_the_same_variables() {
        assert_eq!(messages(ENGLISH), messages(KOREAN));
    }

    #[test]
    fn korean_is_not_left_in_english() {
        for (key, text) in texts(KOREAN) {
            assert!(text.chars().any(|c| ('가'..='힣').contains(&c)), "{key} = {text}");
        }
    }

    /// The key and the text of each message.
    fn texts(source: &str) -> BTreeMap<&str, String> {
        let mut texts: BTreeMap<&str, String> = BTreeMap::new();
        let mut current = "";
        for line in source.lines().filter(|line| !line.starts_with('#')) {
            if let Some((key, text)) =
                line.split_once(" =").filter(|_| line.starts_with(|c: char| c.is_ascii_lowercase()))
            {
                assert!(texts.insert(key, text.to_owned()).is_none(), "{key} twice");
                current = key;
            } else if let Some(text) = texts.get_mut(current) {
                text.push_str(line);
            }
        }
        texts
    }

    /// The key and the variables of each message.
    fn messages(source: &str) -> BTreeMap<&str, BTreeSet<String>> {
        let name = |rest: &str| rest.chars().take_while(char::is_ascii_lowercase).collect();
        texts(source)
            .into_iter()
            .map(|(key, text)| (key, text.split('$').skip(1).map(name).collect()))
            .collect()
    }

    const ENGLISH: &str = include_str!("../../locales/en.ftl");
    const KOREAN: &str = include_str!("../../locales/ko.ftl");
}
