//! `/access/v1/evaluation`: may somebody do that to this thing? In the shape of the AuthZEN Authorization API 1.0.

mod asker;
mod question;

use axum::extract::State;
use bitjang_guard::Problem;
use bitjang_permit::{Decision, Reason};
use serde::Serialize;
use utoipa::ToSchema;

use self::asker::Asker;
use self::question::{Question, Questions, Semantic};
use super::{CsrfToken, ProblemShape};
use crate::App;
use crate::json::Json;

/// The most questions of one request.
const AT_MOST: usize = 100;

/// A yes or a no.
#[derive(Serialize, ToSchema)]
pub(crate) struct Answer {
    decision: bool,
    context: Because,
}

/// Why.
#[derive(Serialize, ToSchema)]
pub(crate) struct Because {
    /// In one word that never changes, such as `allowed`, `not_permitted` or `bad_resource`
    reason: &'static str,
    /// The policies that decided; for services only
    #[serde(skip_serializing_if = "Option::is_none")]
    policies: Option<Vec<String>>,
    /// What was wrong with the question, or with a policy; for services only
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

/// The answers, in the order of the questions.
#[derive(Serialize, ToSchema)]
pub(crate) struct Answers {
    evaluations: Vec<Answer>,
}

/// One answer by itself where one question was asked by itself.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum OneOrEach {
    One(Answer),
    Each(Answers),
}

impl Answer {
    /// An account is told why in one word; which policies there are is for services, which are the operator's own.
    fn to(asker: &Asker, decision: Decision) -> Self {
        let (mut policies, mut detail) = (None, None);
        if let Asker::Service(_) = asker {
            policies = Some(decision.policies.into_iter().map(|policy| policy.id).collect());
            detail = decision.detail;
        }
        let context = Because { reason: decision.reason.code(), policies, detail };
        Self { decision: decision.reason == Reason::Allowed, context }
    }
}

/// Answers one question. An account asks about itself, a service (`Authorization: Bearer`, with the token that `bitjang service add` showed) about anybody.
///
/// A question that no policy can answer (an unknown action, a missing attribute, a type that the schema does not have) is a no with a reason, not an error.
#[utoipa::path(post, path = "/access/v1/evaluation", tag = "Authorization", request_body = Question, params(CsrfToken), responses(
    (status = 200, body = Answer),
    (status = 400, body = ProblemShape, description = "`bad_request`"),
    (status = 401, body = ProblemShape, description = "`signed_out`"),
    (status = 403, body = ProblemShape, description = "`cross_site`, `csrf_token`; `forbidden`: an account asks about another"),
    (status = 413, body = ProblemShape, description = "`too_large`"),
    (status = 415, body = ProblemShape, description = "`unsupported_media_type`"),
    (status = 503, body = ProblemShape, description = "`unavailable`"),
))]
pub(crate) async fn evaluate(
    State(app): State<App>,
    asker: Asker,
    Json(question): Json<Question>,
) -> Result<axum::Json<Answer>, Problem> {
    question.is_within_bounds()?;
    let decision = asker.ask(&app, question).await?;
    Ok(axum::Json(Answer::to(&asker, decision)))
}

/// Answers up to a hundred questions. What stands beside `evaluations` holds for each that does not say otherwise; without `evaluations`, or with none in it, it is the one question.
#[utoipa::path(post, path = "/access/v1/evaluations", tag = "Authorization", request_body = Questions, params(CsrfToken), responses(
    (status = 200, body = OneOrEach, description = "Without `evaluations`, or with none in it, one answer by itself"),
    (status = 400, body = ProblemShape, description = "`bad_request`: also for too many questions"),
    (status = 401, body = ProblemShape, description = "`signed_out`"),
    (status = 403, body = ProblemShape, description = "`cross_site`, `csrf_token`; `forbidden`: an account asks about another"),
    (status = 413, body = ProblemShape, description = "`too_large`"),
    (status = 415, body = ProblemShape, description = "`unsupported_media_type`"),
    (status = 503, body = ProblemShape, description = "`unavailable`"),
))]
pub(crate) async fn evaluate_many(
    State(app): State<App>,
    asker: Asker,
    Json(questions): Json<Questions>,
) -> Result<axum::Json<OneOrEach>, Problem> {
    let (semantic, is_one) = (questions.semantic(), questions.is_one());
    let mut evaluations = Vec::new();
    for question in questions.into_each(AT_MOST)? {
        let answer = Answer::to(&asker, asker.ask(&app, question).await?);
        let is_last = semantic.is_settled_by(answer.decision);
        evaluations.push(answer);
        if is_last {
            break;
        }
    }
    if is_one && let Some(answer) = evaluations.pop() {
        return Ok(axum::Json(OneOrEach::One(answer)));
    }
    Ok(axum::Json(OneOrEach::Each(Answers { evaluations })))
}

impl Semantic {
    fn is_settled_by(self, decision: bool) -> bool {
        match self {
            Self::ExecuteAll => false,
            Self::DenyOnFirstDeny => !decision,
            Self::PermitOnFirstPermit => decision,
        }
    }
}
