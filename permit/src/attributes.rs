//! What policies may look at: the attributes of a thing, and of the circumstances.

use bitjang_core::{AccountId, Time};
use cedar_policy::{EntityId, EntityTypeName, EntityUid, RestrictedExpression};
use serde_json::{Map, Value as Json};

use crate::rules::Types;

/// Named values, as the schema declares them. A name given twice, or one that is missing, contradicts the schema, and that is a no.
#[derive(Clone, Debug, Default)]
pub struct Attributes(pub(crate) Vec<(String, Value)>);

/// A value that a policy may look at.
#[derive(Clone, Debug)]
pub enum Value {
    /// `Bool`.
    Bool(bool),
    /// `Long`.
    Number(i64),
    /// `String`.
    Text(String),
    /// `Account`.
    Account(AccountId),
    /// Any entity: its type and its id.
    Entity(String, String),
    /// `datetime`, to the millisecond.
    Time(Time),
    /// `Set`.
    Set(Vec<Value>),
    /// What an expression of Cedar says, as it is written in cases.
    Expression(RestrictedExpression),
}

/// What somebody says of a thing, of an account, or of the circumstances.
#[derive(Clone, Debug)]
pub enum Said {
    /// Value by value: an app, of its own records.
    Attributes(Attributes),
    /// In JSON, read as the schema declares each attribute: `{"owner": {"type": "Account", "id": "…"}, "until": "2026-12-01"}`.
    Json(Map<String, Json>),
}

impl Default for Said {
    fn default() -> Self {
        Self::Attributes(Attributes::default())
    }
}

impl Said {
    /// Whether something is said under this name.
    pub(crate) fn names(&self, name: &str) -> bool {
        match self {
            Self::Attributes(Attributes(said)) => said.iter().any(|(said, _)| said == name),
            Self::Json(said) => said.contains_key(name),
        }
    }

    /// With a moment.
    pub(crate) fn time(self, name: &str, time: Time) -> Self {
        match self {
            Self::Attributes(said) => Self::Attributes(said.time(name, time)),
            Self::Json(mut said) => {
                said.insert(name.to_owned(), rfc3339(time).into());
                Self::Json(said)
            }
        }
    }

    /// With what somebody else says of the same; nothing where both say something, each in their own form, or two things under one name.
    pub(crate) fn and(self, other: Self) -> Option<Self> {
        match (self, other) {
            (said, other) if other.is_empty() => Some(said),
            (said, other) if said.is_empty() => Some(other),
            (Self::Attributes(said), Self::Attributes(other)) => {
                Some(Self::Attributes(Attributes([said.0, other.0].concat())))
            }
            (Self::Json(mut said), Self::Json(other)) => {
                let agree = other.iter().all(|(name, value)| said.get(name).is_none_or(|said| said == value));
                said.extend(other);
                agree.then_some(Self::Json(said))
            }
            _ => None,
        }
    }

    fn is_empty(&self) -> bool {
        match self {
            Self::Attributes(Attributes(said)) => said.is_empty(),
            Self::Json(said) => said.is_empty(),
        }
    }
}

impl From<Attributes> for Said {
    fn from(attributes: Attributes) -> Self {
        Self::Attributes(attributes)
    }
}

impl From<Map<String, Json>> for Said {
    fn from(attributes: Map<String, Json>) -> Self {
        Self::Json(attributes)
    }
}

impl Attributes {
    /// With this value too.
    #[must_use]
    pub fn with(mut self, name: &str, value: Value) -> Self {
        self.0.push((name.to_owned(), value));
        self
    }

    /// With an account, such as the owner.
    #[must_use]
    pub fn account(self, name: &str, account: AccountId) -> Self {
        self.with(name, Value::Account(account))
    }

    /// With a truth.
    #[must_use]
    pub fn flag(self, name: &str, flag: bool) -> Self {
        self.with(name, Value::Bool(flag))
    }

    /// With a text.
    #[must_use]
    pub fn text(self, name: &str, text: &str) -> Self {
        self.with(name, Value::Text(text.to_owned()))
    }

    /// With a moment.
    #[must_use]
    pub fn time(self, name: &str, time: Time) -> Self {
        self.with(name, Value::Time(time))
    }

    /// With another thing, by its type and id.
    #[must_use]
    pub fn thing(self, name: &str, of_type: &str, id: &str) -> Self {
        self.with(name, Value::Entity(of_type.to_owned(), id.to_owned()))
    }

    pub(crate) fn told(self, types: &Types) -> Result<Vec<(String, RestrictedExpression)>, String> {
        self.0.into_iter().map(|(name, value)| Ok((name, value.told(types)?))).collect()
    }
}

impl Value {
    fn told(self, types: &Types) -> Result<RestrictedExpression, String> {
        Ok(match self {
            Self::Bool(flag) => RestrictedExpression::new_bool(flag),
            Self::Number(number) => RestrictedExpression::new_long(number),
            Self::Text(text) => RestrictedExpression::new_string(text),
            Self::Account(account) => RestrictedExpression::new_entity_uid(types.account(account)),
            Self::Entity(of_type, id) => RestrictedExpression::new_entity_uid(types.uid(&of_type, &id)?),
            Self::Time(time) => RestrictedExpression::new_datetime(rfc3339(time)),
            Self::Set(values) => {
                let values: Result<Vec<_>, _> = values.into_iter().map(|value| value.told(types)).collect();
                RestrictedExpression::new_set(values?)
            }
            Self::Expression(expression) => expression,
        })
    }
}

/// The name of an entity.
pub(crate) fn uid(of_type: &EntityTypeName, id: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(of_type.clone(), EntityId::new(id))
}

/// As Cedar writes moments: to the millisecond at most.
pub(crate) fn rfc3339(time: Time) -> String {
    let millis = time.as_micros().div_euclid(1_000);
    let moment = jiff::Timestamp::from_millisecond(millis).unwrap_or(jiff::Timestamp::MAX);
    format!("{moment:.3}")
}
