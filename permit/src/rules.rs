//! A set of policies, parsed and validated once, and laid out so that a decision looks only at those that could apply.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::str::FromStr as _;

use bitjang_core::{AccountId, Time};
use cedar_policy::{
    Authorizer, Context, Decision as Effect, Entities, Entity, EntityTypeName, EntityUid, Policy as Rule,
    PolicyId, PolicySet, PrincipalConstraint, Request, Response, RestrictedExpression, Schema,
    SchemaFragment, ValidationMode, Validator,
};
use serde_json::json;

use crate::attributes::uid;
use crate::fault::{BadPolicies, Fault};
use crate::sources::Source;
use crate::{Attributes, Decision, Policy, Reason, Said, Sources, Who};

/// The type of whoever asks.
const ACCOUNT: &str = "Account";
/// The type of whoever asks without being signed in, if there is one.
const STRANGER: &str = "Stranger";

/// Policies and their schema, ready to decide.
pub struct Rules {
    schema: Schema,
    all: PolicySet,
    types: Types,
    actions: HashMap<String, ForAction>,
    authorizer: Authorizer,
}

/// The types that the schema knows, so that no name is parsed for a decision.
pub(crate) struct Types {
    by_name: HashMap<String, EntityTypeName>,
    account: EntityTypeName,
    stranger: Option<EntityTypeName>,
    role: Option<EntityTypeName>,
    group: Option<EntityTypeName>,
}

/// What there is to know about one action.
struct ForAction {
    uid: EntityUid,
    /// The action with those that it is in.
    entities: Entities,
    /// Whether the schema declares `now` in its context; or asks for more than that, and so does not tell.
    takes_now: bool,
    /// The context of a question of which nothing is said, if the schema lets that be all.
    empty_context: Option<Context>,
    /// The policies that could apply to accounts, by type of thing.
    for_accounts: HashMap<String, Laid>,
    /// The same for strangers.
    for_strangers: HashMap<String, Laid>,
}

/// Policies, laid out by the role or group that they ask for in their first line: nobody else has a use for them.
#[derive(Default)]
struct Laid {
    all: PolicySet,
    /// Those that ask for none.
    open: PolicySet,
    /// The same and those that ask for this one.
    asking: HashMap<EntityUid, PolicySet>,
}

impl Laid {
    /// Those that could apply to whoever is in these roles and groups.
    fn to(&self, within: &[EntityUid]) -> &PolicySet {
        let mut asking = within.iter().filter_map(|one| self.asking.get(one));
        match (asking.next(), asking.next()) {
            (None, _) => &self.open,
            (Some(asking), None) => asking,
            // A set for each two of them would be too many.
            (Some(_), Some(_)) => &self.all,
        }
    }

    /// Lays a policy where it belongs. It comes once for each environment, and environments of one type of thing are one here.
    fn lay(&mut self, policy: &Rule, types: &Types) {
        let lay = |set: &mut PolicySet| set.add(policy.clone()).is_ok();
        if !lay(&mut self.all) {
            return;
        }
        match policy.principal_constraint() {
            PrincipalConstraint::In(one) | PrincipalConstraint::IsIn(_, one) if types.is_within(&one) => {
                lay(self.asking.entry(one).or_insert_with(|| self.open.clone()));
            }
            _ => [&mut self.open].into_iter().chain(self.asking.values_mut()).for_each(|set| {
                lay(set);
            }),
        }
    }
}

impl ForAction {
    /// The policies that could apply to what somebody of this type does to a thing of that type.
    fn policies(&mut self, asker: &str, of_type: &str) -> Option<&mut Laid> {
        let by_type = if asker == STRANGER { &mut self.for_strangers } else { &mut self.for_accounts };
        by_type.get_mut(of_type)
    }
}

/// The thing that a question is about.
pub(crate) struct About<'q> {
    pub(crate) of_type: &'q str,
    pub(crate) id: &'q str,
    pub(crate) said: Said,
}

/// A whole question.
pub(crate) struct Question<'q> {
    pub(crate) who: Who<'q>,
    pub(crate) action: &'q str,
    pub(crate) about: About<'q>,
    pub(crate) context: Said,
    pub(crate) now: Time,
}

/// An answer before anybody asks why.
pub(crate) struct Verdict {
    pub(crate) reason: Reason,
    detail: Option<String>,
    response: Option<Response>,
}

impl Verdict {
    pub(crate) fn no(reason: Reason, detail: Option<String>) -> Self {
        Self { reason, detail, response: None }
    }

    pub(crate) fn allows(&self) -> bool {
        self.reason == Reason::Allowed
    }
}

impl Types {
    fn of(schema: &Schema) -> Option<Self> {
        let by_name: HashMap<_, _> =
            schema.entity_types().map(|name| (name.to_string(), name.clone())).collect();
        let named = |name: &str| by_name.get(name).cloned();
        let (account, stranger) = (named(ACCOUNT)?, named(STRANGER));
        let (role, group) = (named("Role"), named("Group"));
        Some(Self { by_name, account, stranger, role, group })
    }

    /// Whether this is a role or a group. Those that whoever asks is in are all told with the question, and are in no others.
    fn is_within(&self, uid: &EntityUid) -> bool {
        [&self.role, &self.group].into_iter().flatten().any(|of_type| of_type == uid.type_name())
    }

    /// The roles and groups that whoever this is is in.
    fn within(&self, who: &Who<'_>) -> Vec<EntityUid> {
        let roles = self.role.iter().flat_map(|role| who.roles.iter().map(|name| uid(role, name)));
        let groups = self.group.iter().flat_map(|group| who.groups.iter().map(|name| uid(group, name)));
        roles.chain(groups).collect()
    }

    pub(crate) fn account(&self, account: AccountId) -> EntityUid {
        uid(&self.account, &account.to_string())
    }

    pub(crate) fn uid(&self, of_type: &str, id: &str) -> Result<EntityUid, String> {
        let found = self.by_name.get(of_type).ok_or_else(|| format!("the schema has no type {of_type:?}"))?;
        Ok(uid(found, id))
    }
}

impl Rules {
    /// Parses and validates; says everything that is wrong.
    pub fn parse(sources: &Sources) -> Result<Self, BadPolicies> {
        let mut faults = Vec::new();
        let schema = schema(sources, &mut faults);
        let (all, files) = policies(sources, &mut faults);
        let Some(schema) = schema.filter(|_| faults.is_empty()) else { return Err(BadPolicies(faults)) };
        validate(&schema, &all, &files, &mut faults);
        let Some(types) = Types::of(&schema) else {
            faults.push(Fault::new(
                "*.cedarschema",
                format!("declares no entity {ACCOUNT}: whoever asks is one"),
            ));
            return Err(BadPolicies(faults));
        };
        if !faults.is_empty() {
            return Err(BadPolicies(faults));
        }
        let actions = actions(&schema, &all, &types).map_err(|fault| BadPolicies(vec![fault]))?;
        Ok(Self { schema, all, types, actions, authorizer: Authorizer::new() })
    }

    /// How many policies there are.
    pub fn len(&self) -> usize {
        self.all.policies().count()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn decide(&self, question: Question<'_>) -> Verdict {
        let Question { who, action, about, context, now } = question;
        let Some(action) = self.actions.get(action) else { return Verdict::no(Reason::UnknownAction, None) };
        let policies = if who.account.is_some() { &action.for_accounts } else { &action.for_strangers };
        let Some(policies) = policies.get(about.of_type) else {
            return Verdict::no(Reason::NotApplicable, None);
        };
        let within = self.types.within(&who);
        let policies = policies.to(&within);
        match self.request((who, within), action, about, (context, now)) {
            Err((reason, detail)) => Verdict::no(reason, Some(detail)),
            Ok((request, entities)) => judged(self.authorizer.is_authorized(&request, policies, &entities)),
        }
    }

    fn request(
        &self,
        (who, within): (Who<'_>, Vec<EntityUid>),
        action: &ForAction,
        about: About<'_>,
        circumstances: (Said, Time),
    ) -> Result<(Request, Entities), (Reason, String)> {
        let account = self.asker(&who).map_err(|why| (Reason::BadPrincipal, why))?;
        let thing = self.types.uid(about.of_type, about.id).map_err(|why| (Reason::BadResource, why))?;
        let (who, about) = if account == thing { (who.being(about)?, None) } else { (who, Some(about)) };
        let principal =
            self.entity(account.clone(), within, who.said).map_err(|why| (Reason::BadPrincipal, why))?;
        let resource = about.map(|about| self.entity(thing.clone(), Vec::new(), about.said)).transpose();
        let resource = resource.map_err(|why| (Reason::BadResource, why))?;
        let context = self.context(action, circumstances).map_err(|why| (Reason::BadContext, why))?;
        // Both at once: each time costs.
        let both = [principal.clone()].into_iter().chain(resource);
        let entities = action.entities.clone().add_entities(both, Some(&self.schema)).map_err(|error| {
            let principal_fits = Entities::from_entities([principal], Some(&self.schema)).is_ok();
            let reason = if principal_fits { Reason::BadResource } else { Reason::BadPrincipal };
            (reason, chain(&error))
        })?;
        // Types, action and context have been checked against the schema already.
        let request = Request::new(account, action.uid.clone(), thing, context, None);
        Ok((request.map_err(|error| (Reason::NotApplicable, chain(&error)))?, entities))
    }

    fn asker(&self, who: &Who<'_>) -> Result<EntityUid, String> {
        match (who.account, &self.types.stranger) {
            (Some(account), _) => Ok(self.types.account(account)),
            (None, Some(stranger)) => Ok(uid(stranger, "stranger")),
            (None, None) => Err(format!("the schema has no type {STRANGER:?}")),
        }
    }

    fn entity(&self, uid: EntityUid, parents: Vec<EntityUid>, said: Said) -> Result<Entity, String> {
        match said {
            Said::Attributes(attributes) => {
                if let Some(name) = twice(&attributes) {
                    return Err(format!("the attribute {name:?} is given twice"));
                }
                Entity::new_with_tags(uid, attributes.told(&self.types)?, parents, [])
                    .map_err(|error| chain(&error))
            }
            Said::Json(attributes) => {
                let name = |uid: &EntityUid| json!({ "type": uid.type_name().to_string(), "id": uid.id().unescaped() });
                let parents: Vec<_> = parents.iter().map(name).collect();
                let entity = json!({ "uid": name(&uid), "attrs": attributes, "parents": parents });
                Entity::from_json_value(entity, Some(&self.schema)).map_err(|error| chain(&error))
            }
        }
    }

    fn context(&self, action: &ForAction, (given, now): (Said, Time)) -> Result<Context, String> {
        if let (Said::Attributes(Attributes(none)), Some(empty)) = (&given, &action.empty_context)
            && none.is_empty()
        {
            return Ok(empty.clone());
        }
        if let Said::Json(_) = given
            && action.takes_now
            && given.names(NOW)
        {
            // Whoever asks over HTTP must not turn the clock back, and a grant with it.
            return Err(format!("{NOW:?} is filled in, and not for whoever asks to say"));
        }
        if !action.takes_now || given.names(NOW) {
            return self.valid_context(action, given);
        }
        let filled_in = self.valid_context(action, given.clone().time(NOW, now));
        // Where the schema asks for more than that, it does not tell beforehand whether it has `now`.
        filled_in.or_else(|why| self.valid_context(action, given).map_err(|_| why))
    }

    fn valid_context(&self, action: &ForAction, given: Said) -> Result<Context, String> {
        let context = match given {
            Said::Attributes(given) => {
                Context::from_pairs(given.told(&self.types)?).map_err(|error| chain(&error))?
            }
            Said::Json(given) => Context::from_json_value(given.into(), Some((&self.schema, &action.uid)))
                .map_err(|error| chain(&error))?,
        };
        context.validate(&self.schema, &action.uid).map_err(|error| chain(&error))?;
        Ok(context)
    }

    /// What a verdict was about and how it came about.
    pub(crate) fn explain(&self, verdict: Verdict) -> (Vec<Policy>, Option<String>) {
        let Verdict { response, detail, .. } = verdict;
        let Some(response) = response else { return (Vec::new(), detail) };
        let diagnostics = response.diagnostics();
        let failed: Vec<_> = diagnostics.errors().collect();
        let detail = (!failed.is_empty())
            .then(|| failed.iter().map(|error| chain(*error)).collect::<Vec<_>>().join("; "));
        let mut policies: Vec<_> = diagnostics.reason().map(|id| self.named(id)).collect();
        policies.sort_by(|one, other| one.id.cmp(&other.id));
        (policies, detail)
    }

    fn named(&self, id: &PolicyId) -> Policy {
        let because = self.all.annotation(id, "because").map(str::to_owned);
        Policy { id: id.to_string(), because }
    }
}

/// What the engine says, but that a policy which fails is a no: one that forbids might have failed.
fn judged(response: Response) -> Verdict {
    let failed = response.diagnostics().errors().next().is_some();
    let reason = match response.decision() {
        _ if failed => Reason::PolicyFailed,
        Effect::Allow => Reason::Allowed,
        Effect::Deny if response.diagnostics().reason().next().is_some() => Reason::Forbidden,
        Effect::Deny => Reason::NotPermitted,
    };
    Verdict { reason, detail: None, response: Some(response) }
}

impl Decision {
    /// The words for a verdict on this question.
    pub(crate) fn on(question: (String, String, String), reason: Reason) -> Self {
        let (principal, action, resource) = question;
        let allowed = reason == Reason::Allowed;
        Self { allowed, reason, policies: Vec::new(), detail: None, principal, action, resource }
    }
}

const NOW: &str = "now";

fn twice(attributes: &Attributes) -> Option<&str> {
    let mut names = attributes.0.iter().enumerate();
    let earlier = |index: usize, name: &str| attributes.0.iter().take(index).any(|(had, _)| had == name);
    names.find(|(index, (name, _))| earlier(*index, name)).map(|(_, (name, _))| name.as_str())
}

fn schema(sources: &Sources, faults: &mut Vec<Fault>) -> Option<Schema> {
    let mut fragments = Vec::new();
    for source in sources.schemas() {
        match SchemaFragment::from_cedarschema_str(&source.text) {
            Ok((fragment, _)) => fragments.push(fragment),
            Err(error) => faults.push(Fault::told(source, &error)),
        }
    }
    if fragments.is_empty() && faults.is_empty() {
        faults.push(Fault::new("*.cedarschema", "there is no such file: policies need a schema"));
    }
    Schema::from_schema_fragments(fragments)
        .map_err(|error| faults.push(Fault::new("*.cedarschema", chain(&error))))
        .ok()
}

/// All policies under their names, and the file that each is in.
fn policies<'s>(sources: &'s Sources, faults: &mut Vec<Fault>) -> (PolicySet, HashMap<PolicyId, &'s Source>) {
    let (mut all, mut files) = (PolicySet::new(), HashMap::new());
    for source in sources.policies() {
        match PolicySet::from_str(&source.text) {
            Err(errors) => faults.extend(errors.iter().map(|error| Fault::told(source, error))),
            Ok(set) if set.templates().next().is_some() => {
                faults.push(Fault::new(&source.file, "a policy with ?principal or ?resource is never used"));
            }
            Ok(set) => {
                for policy in set.policies() {
                    let named = policy.new_id(name(source, policy));
                    files.insert(named.id().clone(), source);
                    if all.add(named).is_err() {
                        let what =
                            format!("another policy is called {:?} too", name(source, policy).to_string());
                        faults.push(Fault::new(&source.file, what));
                    }
                }
            }
        }
    }
    (all, files)
}

/// Its `@id`; without one, its file and which in it, from 1.
fn name(source: &Source, policy: &Rule) -> PolicyId {
    let counted = policy.id().to_string();
    let index = counted.trim_start_matches("policy").parse::<usize>().map_or(1, |index| index + 1);
    PolicyId::new(
        policy.annotation("id").map_or_else(|| format!("{}#{index}", source.file), ToOwned::to_owned),
    )
}

fn validate(schema: &Schema, all: &PolicySet, files: &HashMap<PolicyId, &Source>, faults: &mut Vec<Fault>) {
    let validated = Validator::new(schema.clone()).validate(all, ValidationMode::Strict);
    for error in validated.validation_errors() {
        faults.push(match files.get(error.policy_id()) {
            Some(source) => Fault::told(source, error),
            None => Fault::new("*.cedar", error.to_string()),
        });
    }
}

fn actions(schema: &Schema, all: &PolicySet, types: &Types) -> Result<HashMap<String, ForAction>, Fault> {
    let broken = |error: &dyn std::error::Error| Fault::new("*.cedarschema", chain(error));
    let entities = schema.action_entities().map_err(|error| broken(&error))?;
    let mut actions = HashMap::new();
    for environment in schema.request_envs() {
        let (of_type, uid) = (environment.resource().to_string(), environment.action().clone());
        let asker = environment.principal().to_string();
        if asker != ACCOUNT && asker != STRANGER {
            continue;
        }
        let name = uid.id().unescaped().to_owned();
        let action: &mut ForAction = match actions.entry(name) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => {
                let ancestors: Vec<_> = entities.ancestors(&uid).into_iter().flatten().cloned().collect();
                let own =
                    entities.iter().filter(|entity| entity.uid() == uid || ancestors.contains(&entity.uid()));
                let own = Entities::from_entities(own.cloned(), None).map_err(|error| broken(&error))?;
                entry.insert(ForAction {
                    takes_now: takes_now(schema, &uid),
                    empty_context: empty_context(schema, &uid),
                    uid: uid.clone(),
                    entities: own,
                    for_accounts: HashMap::new(),
                    for_strangers: HashMap::new(),
                })
            }
        };
        if action.uid != uid {
            return Err(Fault::new(
                "*.cedarschema",
                format!("two actions are called {:?}", uid.id().unescaped()),
            ));
        }
        let by_type = if asker == STRANGER { &mut action.for_strangers } else { &mut action.for_accounts };
        by_type.entry(of_type).or_default();
    }
    for policy in all.policies() {
        for environment in policy.get_valid_request_envs(schema) {
            let (asker, of_type) = (environment.principal().to_string(), environment.resource().to_string());
            let place = actions
                .get_mut(environment.action().id().unescaped())
                .filter(|_| asker == ACCOUNT || asker == STRANGER)
                .and_then(|action| action.policies(&asker, &of_type));
            if let Some(laid) = place {
                laid.lay(policy, types);
            }
        }
    }
    Ok(actions)
}

/// Nothing, where that is a context and nothing would be filled in.
fn empty_context(schema: &Schema, action: &EntityUid) -> Option<Context> {
    let empty = Context::empty();
    (!takes_now(schema, action) && empty.validate(schema, action).is_ok()).then_some(empty)
}

/// Whether a moment called `now` is what this action's context may hold.
fn takes_now(schema: &Schema, action: &EntityUid) -> bool {
    let now = [(NOW.to_owned(), RestrictedExpression::new_datetime("1970-01-01"))];
    Context::from_pairs(now).is_ok_and(|context| match context.validate(schema, action) {
        Ok(()) => true,
        // It may need more than that; then what it says of `now` is not that it is too much.
        Err(_) => Context::empty().validate(schema, action).is_err(),
    })
}

/// An error with all its causes, on one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let said = error.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        cause = error.source();
    }
    text
}
