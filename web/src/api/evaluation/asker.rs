//! Who asks: an account about itself, or a service of the operator's about anybody.

use axum::extract::FromRequestParts;
use bitjang_core::{Principal as _, Service, ServiceToken};
use bitjang_guard::verifier::bearer_token;
use bitjang_guard::{Problem, SignedIn};
use bitjang_permit::{Decision, Permit, Reason, Thing, Who};
use http::request::Parts;
use serde_json::{Map, Value};

use super::question::{Action, Question, Resource, Subject};
use crate::App;

/// The types of an account: as every schema calls it, as JSON here does, and as the examples of AuthZEN do.
const ACCOUNT: [&str; 3] = ["Account", "account", "user"];
/// The type of whoever is not signed in.
const STRANGER: &str = "Stranger";
/// The property that names groups.
const GROUPS: &str = "groups";

/// Whoever asks. Answers 401 `signed_out` for anybody else, and as [`SignedIn`] does for a request that might be forged.
pub(crate) enum Asker {
    Account(SignedIn),
    Service(Service),
}

impl FromRequestParts<App> for Asker {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        match bearer_token(&parts.headers).and_then(ServiceToken::parse) {
            Some(token) => Ok(Self::Service(app.auth.service(&token).await?)),
            None => {
                <SignedIn as FromRequestParts<App>>::from_request_parts(parts, app).await.map(Self::Account)
            }
        }
    }
}

impl Asker {
    /// The decision, which the operator's counters and log hear of.
    pub(super) async fn ask(&self, app: &App, question: Question) -> Result<Decision, Problem> {
        let decision = match self {
            Self::Account(signed_in) => of_oneself(&app.permit, signed_in, question)?,
            Self::Service(service) => of_anybody(app, service, question).await?,
        };
        (app.decided)(&decision);
        Ok(decision)
    }
}

/// What an account says of itself beyond its id would count as nothing: the roles are those of its record.
fn of_oneself(permit: &Permit, signed_in: &SignedIn, question: Question) -> Result<Decision, Problem> {
    let own = |subject: &Subject| {
        let id = signed_in.account_id().to_string();
        ACCOUNT.contains(&subject.r#type.as_str()) && subject.id == id && subject.properties.is_empty()
    };
    let resource = &question.resource;
    // Nor by the back door, where the account is the thing as well.
    let says_of_itself = ACCOUNT.contains(&resource.r#type.as_str())
        && resource.id.eq_ignore_ascii_case(&signed_in.account_id().to_string())
        && !resource.properties.is_empty();
    if says_of_itself || !question.subject.as_ref().is_none_or(own) {
        return Err(Problem::forbidden());
    }
    Ok(decide(permit, Who::from(signed_in), question))
}

async fn of_anybody(app: &App, service: &Service, question: Question) -> Result<Decision, Problem> {
    let missing = || Problem::bad_request().because("a service says in `subject` whom it asks about");
    let Subject { r#type, id, mut properties } = question.subject.clone().ok_or_else(missing)?;
    let refuse = |reason| {
        let (principal, resource) = (format!("{}::{id:?}", r#type.escape_debug()), &question.resource);
        Permit::refuse(reason, principal, &question.action.name, (&resource.r#type, &resource.id))
    };
    let Some(groups) = groups(&mut properties) else { return Ok(refuse(Reason::BadPrincipal)) };
    let in_groups = |who| groups.iter().fold(who, |who: Who<'_>, group| who.in_group(group));
    match r#type.as_str() {
        STRANGER => Ok(decide(&app.permit, Who::stranger().knowing(properties), question)),
        of_type if ACCOUNT.contains(&of_type) => {
            let account = match id.parse() {
                Ok(id) => app.auth.account_for(service, id).await?,
                Err(_) => None,
            };
            let Some(account) = account else { return Ok(refuse(Reason::UnknownAccount)) };
            let who = Who::of(account.id, account.roles.as_slice().iter().map(String::as_str));
            Ok(decide(&app.permit, in_groups(who).knowing(properties), question))
        }
        _ => Ok(refuse(Reason::BadPrincipal)),
    }
}

/// Takes the names of groups out of the properties; nothing if they are no list of names.
fn groups(properties: &mut Map<String, Value>) -> Option<Vec<String>> {
    match properties.remove(GROUPS) {
        None => Some(Vec::new()),
        Some(names) => serde_json::from_value(names).ok(),
    }
}

fn decide(permit: &Permit, who: Who<'_>, question: Question) -> Decision {
    let Question { action: Action { name, properties }, resource, mut context, .. } = question;
    let Resource { r#type: of_type, id, properties: said } = resource;
    for (name, value) in properties {
        context.entry(name).or_insert(value);
    }
    permit.decide(who, &name, Thing { of_type, id, said: said.into() }, context)
}
