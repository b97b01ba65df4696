//! One decision by Cedar: the policies parsed and validated once, the entities of one question built for it.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::str::FromStr as _;

use cedar_policy::{
    Authorizer, Context, Entities, Entity, EntityId, EntityTypeName, EntityUid, PolicyId, PolicySet, Request,
    RestrictedExpression, Schema, ValidationMode, Validator,
};
use serde::Serialize;

use super::{Action, Attribute, Person, Thing};

const POLICIES: &str = include_str!("../../policies/community.cedar");
const SCHEMA: &str = include_str!("../../policies/community.cedarschema");

/// The policies of the community.
pub struct Rules {
    policies: PolicySet,
    schema: Schema,
    authorizer: Authorizer,
}

/// The policies, or their schema, make no sense: the message says where.
#[derive(Debug, thiserror::Error)]
#[error("the policies are not good: {0}")]
pub struct BadPolicies(String);

type Cedar<T> = Result<T, BadPolicies>;

fn bad(why: impl fmt::Display) -> BadPolicies {
    BadPolicies(why.to_string())
}

impl Rules {
    /// Parses the policies and holds them against their schema.
    pub fn new() -> Result<Self, BadPolicies> {
        Self::of(POLICIES, SCHEMA)
    }

    pub(super) fn of(policies: &str, schema: &str) -> Cedar<Self> {
        let (schema, _) = Schema::from_cedarschema_str(schema).map_err(bad)?;
        let policies = by_their_names(&PolicySet::from_str(policies).map_err(bad)?)?;
        let found = Validator::new(schema.clone()).validate(&policies, ValidationMode::Strict);
        let errors: Vec<_> = found.validation_errors().map(ToString::to_string).collect();
        if !errors.is_empty() {
            return Err(bad(errors.join("; ")));
        }
        Ok(Self { policies, schema, authorizer: Authorizer::new() })
    }

    /// What the policies say. A question that cannot be asked is denied.
    pub fn decide<A: Action, R: Thing>(&self, person: &Person, thing: &R) -> Decision {
        match self.ask(person, A::NAME, thing) {
            Ok(decision) => decision,
            Err(BadPolicies(why)) => {
                Decision { result: Verdict::Deny, policies: Vec::new(), errors: vec![why] }
            }
        }
    }

    fn ask<R: Thing>(&self, person: &Person, action: &str, thing: &R) -> Cedar<Decision> {
        let (principal, resource) = (principal(person)?, uid(R::TYPE, &thing.id().to_string())?);
        let entities = [entities_of(person, &principal)?, vec![entity_of(thing, &resource)?]].concat();
        let entities = Entities::from_entities(entities, Some(&self.schema)).map_err(bad)?;
        let action = uid("Action", action)?;
        let request = Request::new(principal, action, resource, Context::empty(), Some(&self.schema));
        let answer = self.authorizer.is_authorized(&request.map_err(bad)?, &self.policies, &entities);
        let policies = answer.diagnostics().reason().filter_map(|id| self.policies.policy(id));
        let mut policies: Vec<_> = policies.map(Deciding::of).collect();
        policies.sort_by(|one, other| one.id.cmp(&other.id));
        let errors: Vec<_> = answer.diagnostics().errors().map(ToString::to_string).collect();
        // A policy that could not be evaluated might have forbidden it.
        let allowed = answer.decision() == cedar_policy::Decision::Allow && errors.is_empty();
        let result = if allowed { Verdict::Allow } else { Verdict::Deny };
        Ok(Decision { result, policies, errors })
    }
}

/// The same policies, called by their `@id` and not by their number: that is what a decision names.
fn by_their_names(numbered: &PolicySet) -> Cedar<PolicySet> {
    let mut named = PolicySet::new();
    for policy in numbered.policies() {
        let name = policy.annotation("id").ok_or_else(|| bad(format_args!("{policy} has no @id")))?;
        named.add(policy.new_id(PolicyId::new(name))).map_err(bad)?;
    }
    Ok(named)
}

fn uid(kind: &str, id: &str) -> Cedar<EntityUid> {
    let kind = EntityTypeName::from_str(kind).map_err(bad)?;
    Ok(EntityUid::from_type_name_and_id(kind, EntityId::new(id)))
}

fn principal(person: &Person) -> Cedar<EntityUid> {
    match person.account {
        Some(account) => uid("Account", &account.to_string()),
        None => uid("Stranger", "stranger"),
    }
}

fn entities_of(person: &Person, principal: &EntityUid) -> Cedar<Vec<Entity>> {
    if person.account.is_none() {
        return Ok(vec![Entity::with_uid(principal.clone())]);
    }
    let roles: HashSet<_> = person.roles.iter().map(|role| uid("Role", role)).collect::<Cedar<_>>()?;
    let banned = HashMap::from([("banned".to_owned(), RestrictedExpression::new_bool(person.is_banned))]);
    let mut entities: Vec<_> = roles.iter().cloned().map(Entity::with_uid).collect();
    entities.push(Entity::new(principal.clone(), banned, roles).map_err(bad)?);
    Ok(entities)
}

fn entity_of<R: Thing>(thing: &R, uid: &EntityUid) -> Cedar<Entity> {
    let said = thing.attributes().into_iter().map(|(name, value)| Ok((name.to_owned(), expression(value)?)));
    Entity::new(uid.clone(), said.collect::<Cedar<_>>()?, HashSet::new()).map_err(bad)
}

fn expression(value: Attribute<'_>) -> Cedar<RestrictedExpression> {
    Ok(match value {
        Attribute::Account(account) => {
            RestrictedExpression::new_entity_uid(uid("Account", &account.to_string())?)
        }
        Attribute::Flag(flag) => RestrictedExpression::new_bool(flag),
        Attribute::Words(words) => {
            RestrictedExpression::new_set(words.iter().cloned().map(RestrictedExpression::new_string))
        }
    })
}

/// What was decided, and by which policies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Decision {
    result: Verdict,
    policies: Vec<Deciding>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    Allow,
    Deny,
}

/// A policy that decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Deciding {
    /// Its `@id`.
    pub id: String,
    /// Itself.
    pub text: String,
}

impl Deciding {
    fn of(policy: &cedar_policy::Policy) -> Self {
        Self { id: policy.id().to_string(), text: policy.to_string() }
    }
}

impl Decision {
    /// Whether it was yes.
    pub fn is_allowed(&self) -> bool {
        self.result == Verdict::Allow
    }

    /// The policies that decided; none when it was no because none said yes.
    pub fn policies(&self) -> &[Deciding] {
        &self.policies
    }
}

/// For the operator's log, in one line.
impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_allowed() { "allowed" } else { "denied" })?;
        let names: Vec<_> = self.policies.iter().map(|policy| policy.id.as_str()).collect();
        match (names.as_slice(), self.errors.as_slice()) {
            ([], []) => f.write_str(": no policy permits it"),
            (names, []) => write!(f, " by {}", names.join(", ")),
            (_, errors) => write!(f, ": {}", errors.join("; ")),
        }
    }
}
