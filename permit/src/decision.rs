//! What was decided and why, for people and as JSON.

use std::fmt;

use serde::Serialize;

/// An answer with its reasons. For the operator: it says which policies there are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Decision {
    /// Whether it is allowed.
    #[serde(rename = "decision")]
    pub allowed: bool,
    /// Why, in one word.
    pub reason: Reason,
    /// The policies that decided. Of a yes, those that permit it; of a no, those that forbid it or could not be evaluated.
    pub policies: Vec<Policy>,
    /// What was wrong with the question, or with a policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Who: `Account::"…"`.
    pub principal: String,
    /// What they would do.
    pub action: String,
    /// To what: `Post::"17"`.
    pub resource: String,
}

/// A policy by its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Policy {
    /// Its `@id`, or its file and place in it.
    pub id: String,
    /// Its `@because`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
}

/// Why something was decided. The codes never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// A policy permits it, and none forbids it.
    Allowed,
    /// A policy forbids it, whatever others permit.
    Forbidden,
    /// No policy permits it.
    NotPermitted,
    /// There are no policies.
    NoPolicies,
    /// The policies cannot be used.
    BadPolicies,
    /// Strangers are allowed it, but a proof was asked for, which names an account.
    NoAccount,
    /// The schema has no such action.
    UnknownAction,
    /// The action is not for things of this type, or not for whoever asks: accounts, or strangers.
    NotApplicable,
    /// There is no such account, or it is locked.
    UnknownAccount,
    /// What is said of whoever asks contradicts the schema.
    BadPrincipal,
    /// What is said of the thing contradicts the schema.
    BadResource,
    /// What is said of the circumstances contradicts the schema.
    BadContext,
    /// A policy could not be evaluated: what it would have forbidden is not known.
    PolicyFailed,
}

impl Reason {
    /// The stable code: for programs, metrics and logs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Forbidden => "forbidden",
            Self::NotPermitted => "not_permitted",
            Self::NoPolicies => "no_policies",
            Self::BadPolicies => "bad_policies",
            Self::NoAccount => "no_account",
            Self::UnknownAction => "unknown_action",
            Self::NotApplicable => "not_applicable",
            Self::UnknownAccount => "unknown_account",
            Self::BadPrincipal => "bad_principal",
            Self::BadResource => "bad_resource",
            Self::BadContext => "bad_context",
            Self::PolicyFailed => "policy_failed",
        }
    }

    const fn told(self) -> &'static str {
        match self {
            Self::Allowed => "permitted",
            Self::Forbidden => "forbidden",
            Self::NotPermitted => "no policy permits it",
            Self::NoPolicies => "there are no policies",
            Self::BadPolicies => "the policies cannot be used",
            Self::NoAccount => "nobody is signed in",
            Self::UnknownAction => "the schema has no such action",
            Self::NotApplicable => "the action is not for things of this type, or not for who asks",
            Self::UnknownAccount => "there is no such account, or it is locked",
            Self::BadPrincipal => "who asks contradicts the schema",
            Self::BadResource => "the thing contradicts the schema",
            Self::BadContext => "the circumstances contradict the schema",
            Self::PolicyFailed => "a policy could not be evaluated",
        }
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let answer = if self.allowed { "yes" } else { "no" };
        let Self { principal, action, resource, .. } = self;
        write!(f, "{answer}: {principal} {action} {resource}: {}", self.reason.told())?;
        for (index, policy) in self.policies.iter().enumerate() {
            write!(f, "{} {}", if index == 0 { " by" } else { "," }, policy.id)?;
            if let Some(because) = &policy.because {
                write!(f, " ({because})")?;
            }
        }
        self.detail.as_ref().map_or(Ok(()), |detail| write!(f, ": {detail}"))
    }
}
