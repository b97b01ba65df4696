//! What changes records: each call uses up the proof that it may, and acts on the very revision that was decided about.

use bitjang_core::{Commit, Failure};
use bitjang_permit::{Action, May, Resource};
use rusqlite::params;

use super::{Store, failed};
use crate::community::{Comment, CommentId, Member, Post, PostId};
use crate::rules::{Ban, Community, Delete, Edit, Remark, Write};

/// What somebody writes in a post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// One line.
    pub title: String,
    /// The rest.
    pub body: String,
    /// Whether to keep it back.
    pub draft: bool,
}

/// Nothing is done for an account that was banned between the decision and the act.
const STILL_WELCOME: &str = "NOT EXISTS (SELECT 1 FROM ban WHERE account = ?1)";

impl Store {
    /// Writes a new post; nothing if its author has been banned meanwhile.
    pub fn write(&self, may: May<Write, Community>, text: &Text) -> Result<Option<PostId>, Failure> {
        let write = format!(
            "INSERT INTO post (author, title, body, draft) SELECT ?1, ?2, ?3, ?4 WHERE {STILL_WELCOME} RETURNING id"
        );
        let (author, ..) = parts(may);
        let id = self.one(&write, params![author, text.title, text.body, text.draft], |row| row.get(0))?;
        Ok(id.map(PostId))
    }

    /// Replaces the text of a post.
    pub fn edit(&self, may: May<Edit, Post>, text: &Text) -> Result<Commit, Failure> {
        let edit = format!(
            "UPDATE post SET title = ?4, body = ?5, draft = ?6, revision = revision + 1 WHERE id = ?2 AND revision = ?3 AND {STILL_WELCOME}"
        );
        let (account, PostId(id), revision) = parts(may);
        self.act("edit a post", &edit, params![account, id, revision, text.title, text.body, text.draft])
    }

    /// Deletes a post, with the comments on it. Whoever has not asked, or asked about something else, cannot call it:
    ///
    /// ```
    /// # use bitjang_demo::{community::*, rules::*, store::Store}; use bitjang_permit::May;
    /// fn as_it_says(store: &Store, may: May<Delete, Post>) { let _ = store.delete_post(may); }
    /// ```
    /// ```compile_fail,E0308
    /// # use bitjang_demo::{community::*, rules::*, store::Store}; use bitjang_permit::May;
    /// fn another_action(store: &Store, may: May<Edit, Post>) { let _ = store.delete_post(may); }
    /// ```
    /// ```compile_fail,E0308
    /// # use bitjang_demo::{community::*, rules::*, store::Store}; use bitjang_permit::May;
    /// fn another_thing(store: &Store, may: May<Delete, Comment>) { let _ = store.delete_post(may); }
    /// ```
    pub fn delete_post(&self, may: May<Delete, Post>) -> Result<Commit, Failure> {
        let delete = format!("DELETE FROM post WHERE id = ?2 AND revision = ?3 AND {STILL_WELCOME}");
        let (account, PostId(id), revision) = parts(may);
        self.act("delete a post", &delete, params![account, id, revision])
    }

    /// Writes a comment on a post, which is still as it was read.
    pub fn remark(&self, may: May<Remark, Post>, body: &str) -> Result<Commit, Failure> {
        let remark = format!(
            "INSERT INTO comment (post, author, body) SELECT id, ?1, ?4 FROM post WHERE id = ?2 AND revision = ?3 AND {STILL_WELCOME}"
        );
        let (account, PostId(id), revision) = parts(may);
        self.act("write a comment", &remark, params![account, id, revision, body])
    }

    /// Deletes a comment.
    pub fn delete_comment(&self, may: May<Delete, Comment>) -> Result<Commit, Failure> {
        let delete = format!("DELETE FROM comment WHERE id = ?2 AND revision = ?3 AND {STILL_WELCOME}");
        let (account, CommentId(id), revision) = parts(may);
        self.act("delete a comment", &delete, params![account, id, revision])
    }

    /// Bans a member; who is banned stays so.
    pub fn ban(&self, may: May<Ban, Member>) -> Result<Commit, Failure> {
        let (by, id, _) = parts(may);
        let ban = format!("INSERT OR REPLACE INTO ban (account, by) SELECT ?2, ?1 WHERE {STILL_WELCOME}");
        self.act("ban a member", &ban, params![by, id.to_string()])
    }

    /// Lets a banned member write again.
    pub fn unban(&self, may: May<Ban, Member>) -> Result<(), Failure> {
        let (by, id, _) = parts(may);
        let unban = format!("DELETE FROM ban WHERE account = ?2 AND {STILL_WELCOME}");
        self.act("let a member back", &unban, params![by, id.to_string()]).map(|_| ())
    }

    fn act(
        &self,
        action: &'static str,
        statement: &str,
        parameters: impl rusqlite::Params,
    ) -> Result<Commit, Failure> {
        let changed = self.db().prepare_cached(statement).and_then(|mut act| act.execute(parameters));
        let changed = changed.map_err(failed(action))?;
        Ok(if changed == 0 { Commit::Stale } else { Commit::Done })
    }
}

/// The proof's parts, as SQLite takes them.
fn parts<A: Action, R: Resource>(may: May<A, R>) -> (String, R::Id, i64) {
    let (account, id, revision) = may.into_parts();
    (account.to_string(), id, revision.0.cast_signed())
}
