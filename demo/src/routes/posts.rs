//! Posts and the comments on them. Each handler that changes something reads the thing, asks for the proof, and hands it to the store.

use axum::extract::State;
use axum::response::Response;
use bitjang_core::Commit;
use bitjang_guard::Problem;
use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::Named;
use super::visit::{Sent, Visit, see};
use crate::app::App;
use crate::community::{CommentId, Post, PostId};
use crate::exchange::Visitor;
use crate::rules::{Community, Delete, Edit, Person, Read, Remark, Write};
use crate::store::{Reader, Text};

/// The longest title, and the longest body, in characters.
const LONGEST: (usize, usize) = (120, 10_000);

/// The fields of a post's form. Whoever else's name a form carries, the author is who sent it.
#[derive(Deserialize)]
pub(super) struct Fields {
    #[serde(default)]
    title: String,
    #[serde(default)]
    body: String,
    draft: Option<String>,
}

/// The field of a comment's form.
#[derive(Deserialize)]
pub(super) struct Said {
    #[serde(default)]
    body: String,
}

/// A form whose button says it all.
#[derive(Deserialize)]
pub(super) struct Button {}

#[derive(Serialize)]
struct Front {
    posts: Vec<Card>,
    may_write: bool,
}

#[derive(Serialize)]
struct Card {
    id: PostId,
    title: String,
    body: String,
    author: String,
    at: String,
    draft: bool,
}

#[derive(Serialize)]
struct Whole {
    post: Card,
    may_edit: bool,
    may_delete: bool,
    may_remark: bool,
    comments: Vec<Remarked>,
}

#[derive(Serialize)]
struct Remarked {
    id: CommentId,
    body: String,
    author: String,
    at: String,
    may_delete: bool,
}

pub(super) async fn front(
    State(app): State<App>,
    visitor: Option<Visitor>,
    visit: Visit,
) -> Result<Response, Problem> {
    let person = app.anybody(visitor.as_ref())?;
    let posts = app.store.posts_for(Reader::of(&person).as_ref())?;
    let may_write = person.account().is_some() && app.allows::<Write, _>(&person, &Community);
    let page = Front { posts: posts.into_iter().map(Card::of).collect(), may_write };
    visit.page(StatusCode::OK, "community/front.html", visitor.as_ref(), page)
}

pub(super) async fn show(
    State(app): State<App>,
    Named(id): Named<PostId>,
    visitor: Option<Visitor>,
    visit: Visit,
) -> Result<Response, Problem> {
    let person = app.anybody(visitor.as_ref())?;
    let post = app.readable(&person, id)?;
    let comments = app.store.comments(id)?.into_iter().map(|comment| Remarked {
        may_delete: app.allows::<Delete, _>(&person, &comment),
        id: comment.id,
        body: comment.body,
        author: comment.author_name,
        at: comment.created_at,
    });
    let page = Whole {
        may_edit: app.allows::<Edit, _>(&person, &post),
        may_delete: app.allows::<Delete, _>(&person, &post),
        may_remark: app.allows::<Remark, _>(&person, &post),
        comments: comments.collect(),
        post: Card::of(post),
    };
    visit.page(StatusCode::OK, "community/post.html", visitor.as_ref(), page)
}

pub(super) async fn write(
    State(app): State<App>,
    Sent(visitor, fields): Sent<Fields>,
) -> Result<Response, Problem> {
    let may = app.may::<Write, _>(&app.person(&visitor)?, &Community)?;
    let id = app.store.write(may, &fields.text()?)?.ok_or(Problem::forbidden())?;
    Ok(see(&format!("/posts/{id}")))
}

pub(super) async fn edit_form(
    State(app): State<App>,
    Named(id): Named<PostId>,
    visitor: Visitor,
    visit: Visit,
) -> Result<Response, Problem> {
    let person = app.person(&visitor)?;
    let post = app.readable(&person, id)?;
    app.may::<Edit, _>(&person, &post).map(drop)?;
    visit.page(StatusCode::OK, "community/edit.html", Some(&visitor), Card::of(post))
}

pub(super) async fn edit(
    State(app): State<App>,
    Named(id): Named<PostId>,
    Sent(visitor, fields): Sent<Fields>,
) -> Result<Response, Problem> {
    let person = app.person(&visitor)?;
    let may = app.may::<Edit, _>(&person, &app.readable(&person, id)?)?;
    done(app.store.edit(may, &fields.text()?)?)?;
    Ok(see(&format!("/posts/{id}")))
}

pub(super) async fn delete(
    State(app): State<App>,
    Named(id): Named<PostId>,
    Sent(visitor, Button {}): Sent<Button>,
) -> Result<Response, Problem> {
    let person = app.person(&visitor)?;
    let may = app.may::<Delete, _>(&person, &app.readable(&person, id)?)?;
    done(app.store.delete_post(may)?)?;
    Ok(see("/"))
}

pub(super) async fn remark(
    State(app): State<App>,
    Named(id): Named<PostId>,
    Sent(visitor, said): Sent<Said>,
) -> Result<Response, Problem> {
    let person = app.person(&visitor)?;
    let may = app.may::<Remark, _>(&person, &app.readable(&person, id)?)?;
    done(app.store.remark(may, written(&said.body, LONGEST.1)?)?)?;
    Ok(see(&format!("/posts/{id}")))
}

pub(super) async fn delete_comment(
    State(app): State<App>,
    Named(id): Named<CommentId>,
    Sent(visitor, Button {}): Sent<Button>,
) -> Result<Response, Problem> {
    let person = app.person(&visitor)?;
    let comment = app.store.comment(id)?.ok_or(Problem::not_found())?;
    app.readable(&person, comment.post)?;
    let may = app.may::<Delete, _>(&person, &comment)?;
    done(app.store.delete_comment(may)?)?;
    Ok(see(&format!("/posts/{}", comment.post)))
}

impl App {
    /// The post, if this person may see it: what is hidden from them looks like what is not there.
    pub(super) fn readable(&self, person: &Person, id: PostId) -> Result<Post, Problem> {
        let post = self.store.post(id)?.ok_or(Problem::not_found())?;
        if self.allows::<Read, _>(person, &post) { Ok(post) } else { Err(Problem::not_found()) }
    }
}

impl Reader {
    /// What a list has to know of this person; nothing for strangers.
    pub(crate) fn of(person: &Person) -> Option<Self> {
        person.account().map(|account| Self { account, moderates: person.has_role("moderator") })
    }
}

impl Card {
    fn of(post: Post) -> Self {
        let Post { id, title, body, author_name, created_at, draft, .. } = post;
        Self { id, title, body, author: author_name, at: created_at, draft }
    }
}

impl Fields {
    fn text(&self) -> Result<Text, Problem> {
        let (title, body) = (written(&self.title, LONGEST.0)?, written(&self.body, LONGEST.1)?);
        Ok(Text { title: title.to_owned(), body: body.to_owned(), draft: self.draft.is_some() })
    }
}

/// What somebody wrote, if it is something and not too much.
fn written(text: &str, longest: usize) -> Result<&str, Problem> {
    let text = text.trim();
    let good = !text.is_empty() && text.chars().count() <= longest;
    let bad =
        Problem { status: StatusCode::UNPROCESSABLE_ENTITY, code: "bad_text", ..Problem::bad_request() };
    if good { Ok(text) } else { Err(bad) }
}

/// What was decided about has changed meanwhile, or is gone: nothing was done.
pub(super) fn done(commit: Commit) -> Result<(), Problem> {
    match commit {
        Commit::Done => Ok(()),
        Commit::Stale => {
            let title = "It has changed meanwhile";
            Err(Problem { status: StatusCode::CONFLICT, code: "changed", title, ..Problem::bad_request() })
        }
    }
}
