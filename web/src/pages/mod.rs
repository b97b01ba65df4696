//! The hosted pages: typed views in, HTML in the visitor's language out.
//!
//! The pages run under a policy that allows no inline script and no inline style, and they work without the script.

mod agent;
mod asset;
mod language;
mod message;
mod moment;
mod problem;
mod routes;
pub mod view;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Kwargs, Serde, Value};
use minijinja::{AutoEscape, Environment, Error, UndefinedBehavior, context};

pub use asset::Asset;
pub use language::Language;
pub use view::View;

pub(crate) use routes::{router, show_problems};

use message::Messages;

/// All templates, parsed once for each language.
#[derive(Debug)]
pub struct Pages {
    english: Environment<'static>,
    korean: Environment<'static>,
}

impl Pages {
    /// Parses templates and messages. The error names the template and the line, or the message.
    pub fn new() -> Result<Self, Error> {
        Ok(Self { english: environment(Language::En)?, korean: environment(Language::Ko)? })
    }

    /// The page as a whole HTML document. An error means a template and its view disagree: our failure.
    pub fn render(&self, view: &View, language: Language) -> Result<String, Error> {
        let environment = match language {
            Language::En => &self.english,
            Language::Ko => &self.korean,
        };
        let template = environment.get_template(view.template())?;
        template.render(context! { page => view.page(), path => view.path(), back => view.return_to() })
    }

    /// The file to serve at `/assets/{name}`, if there is one.
    pub fn asset(name: &str) -> Option<Asset> {
        asset::asset(name)
    }
}

fn environment(language: Language) -> Result<Environment<'static>, Error> {
    environment_with(language, "", &[])
}

/// The environment of the hosted pages, with an app's own messages (Fluent) and templates (name and source) beside theirs: for pages that look and speak the same.
///
/// Strict about what is undefined, and everything is escaped. An error names the message or the template that cannot be read, or that is there already.
pub fn environment_with(
    language: Language,
    messages: &str,
    templates: &[(&'static str, &'static str)],
) -> Result<Environment<'static>, Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    // Everything is escaped, whatever a template is called.
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    add_words(&mut environment, language, messages)?;
    environment.add_filter("device", |agent: &str| Value::from(Serde(agent::device(agent))));
    for (link, path) in asset::links() {
        // Our own constants: escaping would only spell their slashes out.
        environment.add_global(link, Value::from_safe_string(path));
    }
    for (name, source) in TEMPLATES.iter().chain(templates) {
        environment.add_template(name, source)?;
    }
    Ok(environment)
}

fn add_words(environment: &mut Environment<'static>, language: Language, more: &str) -> Result<(), Error> {
    let messages = Messages::of(language, more)?;
    environment.add_function("t", move |key: &str, variables: Kwargs| messages.text(key, &variables));
    environment
        .add_filter("moment", |time: &str| moment::moment(time).map(|moment| Value::from(Serde(moment))));
    environment.add_global("language", language.tag());
    let languages = Language::ALL.map(|each| context! { tag => each.tag(), name => each.endonym() });
    environment.add_global("languages", languages.into_iter().collect::<Value>());
    Ok(())
}

macro_rules! templates {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../../templates/", $name)))),*]
    };
}

const TEMPLATES: [(&str, &str); 12] = templates![
    "layout.html",
    "form.html",
    "time.html",
    "mark.svg",
    "gate.svg",
    "home.html",
    "sign_in.html",
    "sign_up.html",
    "sign_up_closed.html",
    "account.html",
    "sign_out.html",
    "error.html",
];
