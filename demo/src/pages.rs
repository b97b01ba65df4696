//! The pages: Bitjang's own look and words, with the community's beside them.

use bitjang_web::pages::{Language, environment_with};
use minijinja::{Environment, Error};
use serde::Serialize;

/// The community's templates in both languages.
pub struct Pages {
    english: Environment<'static>,
    korean: Environment<'static>,
}

/// What the stylesheet of Bitjang's pages lacks.
pub(crate) const STYLE: &str = include_str!("../assets/community.css");

impl Pages {
    /// Parses templates and messages. The error names what is wrong.
    pub fn new() -> Result<Self, Error> {
        let english = environment_with(Language::En, include_str!("../locales/en.ftl"), &TEMPLATES)?;
        let korean = environment_with(Language::Ko, include_str!("../locales/ko.ftl"), &TEMPLATES)?;
        Ok(Self { english, korean })
    }

    /// A page as a whole HTML document.
    pub fn render(&self, template: &str, language: Language, page: &impl Serialize) -> Result<String, Error> {
        let environment = match language {
            Language::En => &self.english,
            Language::Ko => &self.korean,
        };
        environment.get_template(template)?.render(minijinja::value::Serde(page))
    }
}

macro_rules! templates {
    ($($name:literal),* $(,)?) => {
        [$((concat!("community/", $name), include_str!(concat!("../templates/", $name)))),*]
    };
}

const TEMPLATES: [(&str, &str); 7] = templates![
    "layout.html",
    "front.html",
    "post.html",
    "edit.html",
    "members.html",
    "try.html",
    "error.html"
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    fn keys(messages: &str) -> BTreeSet<&str> {
        messages.lines().filter_map(|line| line.split_once(" = ")).map(|(key, _)| key).collect()
    }

    #[test]
    fn both_languages_say_the_same() {
        let (english, korean) = (include_str!("../locales/en.ftl"), include_str!("../locales/ko.ftl"));
        assert_eq!(keys(english), keys(korean));
        for line in korean.lines().filter(|line| line.contains(" = ")) {
            assert!(line.chars().any(|c| ('가'..='힣').contains(&c)), "{line}");
        }
    }
}
