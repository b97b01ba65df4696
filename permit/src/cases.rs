//! Cases beside the policies: who would do what to what, and whether they may.

use std::collections::BTreeMap;
use std::str::FromStr as _;

use bitjang_core::{AccountId, Time};
use cedar_policy::{EntityUid, RestrictedExpression};
use serde::Deserialize;

use crate::fault::place;
use crate::rules::{About, Question, chain};
use crate::sources::Source;
use crate::{Attributes, BadPolicies, Fault, Reason, Rules, Sources, Value, Who};

/// The cases of a set of policies.
#[derive(Debug)]
pub struct Cases(Vec<(String, Case)>);

/// Why cases cannot be run.
pub type BadCases = BadPolicies;

/// One case, as it is written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What it shows.
    pub it: String,
    /// Any name: `Account::"mina"` in the same case is the same account. Nobody is a stranger.
    pub who: Option<String>,
    /// What the account is trusted with.
    #[serde(default)]
    pub roles: Vec<String>,
    /// The groups an app puts it into.
    #[serde(default)]
    pub groups: Vec<String>,
    /// The account's attributes, each as an expression of Cedar.
    #[serde(default)]
    pub who_has: BTreeMap<String, String>,
    /// The action's name.
    pub action: String,
    /// As in `Post::"1"`.
    pub resource: String,
    /// The resource's attributes, each as an expression of Cedar.
    #[serde(default)]
    pub with: BTreeMap<String, String>,
    /// The circumstances; `now` is the Unix epoch unless it stands here.
    #[serde(default)]
    pub context: BTreeMap<String, String>,
    /// `allow` or `deny`.
    pub expect: Expected,
    /// The names of the policies that decide, if that matters.
    pub by: Option<Vec<String>>,
}

/// What a case expects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expected {
    /// A yes.
    Allow,
    /// A no.
    Deny,
}

/// What became of a case.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// In which file it stands.
    pub file: String,
    /// What it shows.
    pub it: String,
    /// Whether it was decided as expected, by whom expected.
    pub as_expected: bool,
    /// What was decided, and why.
    pub decided: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default, rename = "case")]
    cases: Vec<Case>,
}

impl Cases {
    /// Reads the cases; says everything that is wrong.
    pub fn parse(sources: &Sources) -> Result<Self, BadCases> {
        let (mut cases, mut faults) = (Vec::new(), Vec::new());
        for source in sources.cases() {
            match toml::from_str::<File>(&source.text) {
                Ok(file) => cases.extend(file.cases.into_iter().map(|case| (source.file.clone(), case))),
                Err(error) => faults.push(unreadable(source, &error)),
            }
        }
        if faults.is_empty() { Ok(Self(cases)) } else { Err(BadPolicies(faults)) }
    }

    /// Has each decided. A case that is no question at all is one that is not as expected.
    pub fn run(&self, rules: &Rules) -> Vec<Outcome> {
        self.0.iter().map(|(file, case)| case.run(rules, file)).collect()
    }
}

fn unreadable(source: &Source, error: &toml::de::Error) -> Fault {
    let place = error.span().map(|span| place(&source.text, span.start));
    Fault { place, ..Fault::new(&source.file, error.message()) }
}

impl Case {
    fn run(&self, rules: &Rules, file: &str) -> Outcome {
        let (as_expected, decided) = match self.decide(rules) {
            Ok((reason, policies, detail)) => {
                let allowed = (reason == Reason::Allowed) == (self.expect == Expected::Allow);
                let by = self.by.as_ref().is_none_or(|by| {
                    let mut by = by.clone();
                    by.sort();
                    by == policies
                });
                let detail = detail.map(|detail| format!(": {detail}")).unwrap_or_default();
                let mut decided = reason.code().to_owned();
                if !policies.is_empty() {
                    decided = format!("{decided} by {}", policies.join(", "));
                }
                (allowed && by, decided + &detail)
            }
            Err(why) => (false, why),
        };
        Outcome { file: file.to_owned(), it: self.it.clone(), as_expected, decided }
    }

    fn decide(&self, rules: &Rules) -> Result<(Reason, Vec<String>, Option<String>), String> {
        let resource = EntityUid::from_str(&accounts_in(&self.resource))
            .map_err(|error| format!("resource: {}", chain(&error)))?;
        let (of_type, id) = (resource.type_name().to_string(), resource.id().unescaped().to_owned());
        let trusted = self.roles.iter().map(String::as_str);
        let mut who = self.who.as_ref().map_or_else(Who::stranger, |name| Who::of(account(name), trusted));
        who = who.knowing(attributes(&self.who_has)?);
        for group in &self.groups {
            who = who.in_group(group);
        }
        let about = About { of_type: &of_type, id: &id, said: attributes(&self.with)?.into() };
        let (context, now) = (attributes(&self.context)?.into(), Time::from_micros(0));
        let verdict = rules.decide(Question { who, action: &self.action, about, context, now });
        let reason = verdict.reason;
        let (policies, detail) = rules.explain(verdict);
        Ok((reason, policies.into_iter().map(|policy| policy.id).collect(), detail))
    }
}

fn attributes(written: &BTreeMap<String, String>) -> Result<Attributes, String> {
    let mut attributes = Attributes::default();
    for (name, text) in written {
        let value = RestrictedExpression::from_str(&accounts_in(text))
            .map_err(|error| format!("{name} = {text}: {}", chain(&error)))?;
        attributes = attributes.with(name, Value::Expression(value));
    }
    Ok(attributes)
}

/// The text with the accounts that it names by any name under the ids that [`account`] gives them.
fn accounts_in(text: &str) -> String {
    const BEFORE: &str = "Account::\"";
    let mut parts = text.split(BEFORE);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |told, part| match part.split_once('"') {
        Some((name, rest)) => format!("{told}{BEFORE}{}\"{rest}", account(name)),
        None => format!("{told}{BEFORE}{part}"),
    })
}

/// An id as it is, or one made of a name's first bytes.
fn account(name: &str) -> AccountId {
    name.parse().unwrap_or_else(|_| {
        let mut bytes = [0; 16];
        bytes.iter_mut().zip(name.bytes()).for_each(|(place, byte)| *place = byte);
        AccountId::from_bytes(bytes)
    })
}
