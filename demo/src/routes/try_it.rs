//! The guided attempt to delete somebody else's post: what the policies decide, and why, for once shown to whoever asked.

use axum::extract::State;
use axum::response::Response;
use bitjang_guard::Problem;
use bitjang_permit::Policy;
use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::visit::{Sent, Visit};
use crate::app::App;
use crate::community::{Post, PostId};
use crate::exchange::Visitor;
use crate::rules::{Delete, Person};
use crate::store::Reader;

#[derive(Serialize)]
struct Attempt {
    /// Somebody else's post, if there is one.
    post: Option<Target>,
    outcome: Option<Outcome>,
}

#[derive(Serialize)]
struct Target {
    id: PostId,
    title: String,
    author: String,
}

/// What was decided, and why.
#[derive(Serialize)]
struct Outcome {
    is_allowed: bool,
    policies: Vec<Policy>,
    json: String,
}

#[derive(Deserialize)]
pub(super) struct Chosen {
    #[serde(default)]
    post: String,
}

pub(super) async fn show(
    State(app): State<App>,
    visitor: Visitor,
    visit: Visit,
) -> Result<Response, Problem> {
    let person = app.person(&visitor)?;
    let posts = app.store.posts_for(Reader::of(&person).as_ref())?;
    let post = posts.into_iter().find(|post| Some(post.author) != person.account()).map(Target::of);
    visit.page(StatusCode::OK, "community/try.html", Some(&visitor), Attempt { post, outcome: None })
}

/// Asks as the real handler does, but deletes nothing, whatever the answer.
pub(super) async fn attempt(
    State(app): State<App>,
    visit: Visit,
    Sent(visitor, chosen): Sent<Chosen>,
) -> Result<Response, Problem> {
    let person = app.person(&visitor)?;
    let id = chosen.post.parse().map_err(|_| Problem::not_found())?;
    let post = app.readable(&person, id)?;
    let outcome = app.outcome(&person, &post);
    let status = if outcome.is_allowed { StatusCode::OK } else { StatusCode::FORBIDDEN };
    let page = Attempt { post: Some(Target::of(post)), outcome: Some(outcome) };
    visit.page(status, "community/try.html", Some(&visitor), page)
}

impl App {
    fn outcome(&self, person: &Person, post: &Post) -> Outcome {
        let decision = self.permit.explain::<Delete, _>(person, post);
        // Strings and lists of them always serialise.
        let json = serde_json::to_string_pretty(&decision).unwrap_or_default();
        Outcome { is_allowed: decision.allowed, policies: decision.policies, json }
    }
}

impl Target {
    fn of(post: Post) -> Self {
        Self { id: post.id, title: post.title, author: post.author_name }
    }
}
