//! What is asked: who would do what to which thing, under which circumstances.

use bitjang_guard::Problem;
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// One question.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Question {
    pub(super) subject: Option<Subject>,
    pub(super) action: Action,
    pub(super) resource: Resource,
    #[serde(default)]
    #[schema(value_type = Object)]
    pub(super) context: Map<String, Value>,
}

/// Who; left out by an account, which asks about itself.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Subject {
    /// `Account` (`account` and `user` say the same), or `Stranger` for whoever is not signed in
    pub(super) r#type: String,
    pub(super) id: String,
    /// What the app knows of them, as the schema declares it; `groups`, a list of names, are those that the app puts them into
    #[serde(default)]
    #[schema(value_type = Object)]
    pub(super) properties: Map<String, Value>,
}

/// What they would do.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Action {
    pub(super) name: String,
    /// Policies see them in the context
    #[serde(default)]
    #[schema(value_type = Object)]
    pub(super) properties: Map<String, Value>,
}

/// To what.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Resource {
    /// As the schema calls it
    pub(super) r#type: String,
    pub(super) id: String,
    /// Its attributes, as the schema declares them; another entity is written `{"type": "Account", "id": "…"}`
    #[serde(default)]
    #[schema(value_type = Object)]
    pub(super) properties: Map<String, Value>,
}

/// Many questions, and what they have in common.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Questions {
    subject: Option<Subject>,
    action: Option<Action>,
    resource: Option<Resource>,
    #[schema(value_type = Option<Object>)]
    context: Option<Map<String, Value>>,
    #[serde(default)]
    #[schema(max_items = 100)]
    evaluations: Vec<Part>,
    #[serde(default)]
    options: Options,
}

/// What one of many questions says otherwise.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Part {
    subject: Option<Subject>,
    action: Option<Action>,
    resource: Option<Resource>,
    #[schema(value_type = Option<Object>)]
    context: Option<Map<String, Value>>,
}

/// How many questions are answered.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Options {
    #[serde(default)]
    evaluations_semantic: Semantic,
}

/// When no more needs to be asked.
#[derive(Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Semantic {
    /// When all are answered
    #[default]
    ExecuteAll,
    /// At the first no
    DenyOnFirstDeny,
    /// At the first yes
    PermitOnFirstPermit,
}

impl Questions {
    pub(super) fn semantic(&self) -> Semantic {
        self.options.evaluations_semantic
    }

    /// Whether it is a single question after all.
    pub(super) fn is_one(&self) -> bool {
        self.evaluations.is_empty()
    }

    /// Each question with all that holds for it.
    pub(super) fn into_each(self, at_most: usize) -> Result<Vec<Question>, Problem> {
        let Self { subject, action, resource, context, mut evaluations, .. } = self;
        if evaluations.len() > at_most {
            return Err(
                Problem::bad_request().because(format!("at most {at_most} questions are answered at once"))
            );
        }
        if evaluations.is_empty() {
            evaluations.push(Part::default());
        }
        let common = Part { subject, action, resource, context };
        let own: usize = evaluations.iter().map(Part::weight).sum();
        // What is common counts for each question: it is taken apart for each.
        bounded(own + common.weight() * evaluations.len())?;
        let whole = |part: Part| {
            let missing = || Problem::bad_request().because("a question without an action or a resource");
            Ok(Question {
                subject: part.subject.or_else(|| common.subject.clone()),
                action: part.action.or_else(|| common.action.clone()).ok_or_else(missing)?,
                resource: part.resource.or_else(|| common.resource.clone()).ok_or_else(missing)?,
                context: part.context.or_else(|| common.context.clone()).unwrap_or_default(),
            })
        };
        evaluations.into_iter().map(whole).collect()
    }
}

impl Question {
    /// Refuses what would take long to decide.
    pub(super) fn is_within_bounds(&self) -> Result<(), Problem> {
        let Self { subject, action, resource, context } = self;
        let subject = subject.as_ref().map_or(0, Subject::weight);
        bounded(subject + action.weight() + resource.weight() + weight_of(context))
    }
}

impl Part {
    fn weight(&self) -> usize {
        let Self { subject, action, resource, context } = self;
        subject.as_ref().map_or(0, Subject::weight)
            + action.as_ref().map_or(0, Action::weight)
            + resource.as_ref().map_or(0, Resource::weight)
            + context.as_ref().map_or(0, weight_of)
    }
}

impl Subject {
    fn weight(&self) -> usize {
        self.r#type.len() + self.id.len() + weight_of(&self.properties)
    }
}

impl Action {
    fn weight(&self) -> usize {
        self.name.len() + weight_of(&self.properties)
    }
}

impl Resource {
    fn weight(&self) -> usize {
        self.r#type.len() + self.id.len() + weight_of(&self.properties)
    }
}

/// The most that the questions of one request may weigh together: a byte of text counts one, a value besides [`VALUE`].
const HEAVIEST: usize = 256 * 1024;

/// What a value costs, beside its text.
const VALUE: usize = 16;

fn bounded(weight: usize) -> Result<(), Problem> {
    let too_much = || Problem::bad_request().because("this is too much to decide in one request");
    (weight <= HEAVIEST).then_some(()).ok_or_else(too_much)
}

fn weight_of(members: &Map<String, Value>) -> usize {
    members.iter().map(|(name, value)| name.len() + weight_of_value(value)).sum()
}

fn weight_of_value(value: &Value) -> usize {
    VALUE
        + match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => 0,
            Value::String(text) => text.len(),
            Value::Array(values) => values.iter().map(weight_of_value).sum(),
            Value::Object(members) => weight_of(members),
        }
}
