//! Where posts, comments, members and bans live: one SQLite file, linked to Bitjang by account id and by nothing else.
//!
//! A call takes microseconds on tables of this size, so it is made where it is needed, on one connection behind a lock.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bitjang_core::{AccountId, Failure};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use crate::community::{Comment, CommentId, Member, Post, PostId};

mod act;

pub use act::Text;

/// The community's own records.
pub struct Store(Mutex<Connection>);

const TABLES: &str = "
    PRAGMA journal_mode = WAL;
    PRAGMA foreign_keys = ON;
    CREATE TABLE IF NOT EXISTS member (
        account TEXT PRIMARY KEY, identifier TEXT NOT NULL, name TEXT NOT NULL, roles TEXT NOT NULL
    ) STRICT;
    CREATE TABLE IF NOT EXISTS ban (
        account TEXT PRIMARY KEY REFERENCES member, by TEXT NOT NULL REFERENCES member
    ) STRICT;
    CREATE TABLE IF NOT EXISTS post (
        id INTEGER PRIMARY KEY AUTOINCREMENT, author TEXT NOT NULL REFERENCES member, title TEXT NOT NULL, body TEXT NOT NULL,
        draft INTEGER NOT NULL, created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ')), revision INTEGER NOT NULL DEFAULT 1
    ) STRICT;
    CREATE TABLE IF NOT EXISTS comment (
        id INTEGER PRIMARY KEY AUTOINCREMENT, post INTEGER NOT NULL REFERENCES post ON DELETE CASCADE, author TEXT NOT NULL REFERENCES member,
        body TEXT NOT NULL, created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ')), revision INTEGER NOT NULL DEFAULT 1
    ) STRICT;
    CREATE INDEX IF NOT EXISTS comment_of_post ON comment (post);";

const POSTS: &str = "SELECT post.id, author, name, title, body, draft, created_at, revision FROM post JOIN member ON account = author";
const COMMENTS: &str =
    "SELECT id, post, author, name, body, created_at, revision FROM comment JOIN member ON account = author";
const MEMBERS: &str = "SELECT account, identifier, name, roles, EXISTS (SELECT 1 FROM ban WHERE ban.account = member.account) FROM member";

impl Store {
    /// Opens the file, and makes its tables where they are missing.
    pub fn open(file: &Path) -> Result<Self, Failure> {
        Self::over(Connection::open(file))
    }

    /// A store that is forgotten with the process.
    pub fn in_memory() -> Result<Self, Failure> {
        Self::over(Connection::open_in_memory())
    }

    fn over(connection: rusqlite::Result<Connection>) -> Result<Self, Failure> {
        let opened = connection.and_then(|db| db.execute_batch(TABLES).map(|()| db));
        opened.map(|db| Self(Mutex::new(db))).map_err(failed("open the community's tables"))
    }

    fn db(&self) -> MutexGuard<'_, Connection> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers somebody as they are now, whom Bitjang has just told us about.
    pub fn know(&self, member: &Member) -> Result<(), Failure> {
        const KNOW: &str = "INSERT INTO member (account, identifier, name, roles) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT (account) DO UPDATE SET identifier = ?2, name = ?3, roles = ?4";
        let Member { account, identifier, name, roles, .. } = member;
        let known = self.db().execute(KNOW, params![account.to_string(), identifier, name, roles.join(" ")]);
        known.map(|_| ()).map_err(failed("remember a member"))
    }

    /// Everybody who has ever been here.
    pub fn members(&self) -> Result<Vec<Member>, Failure> {
        self.list(&format!("{MEMBERS} ORDER BY name"), [], member)
    }

    /// The member with this account.
    pub fn member(&self, account: AccountId) -> Result<Option<Member>, Failure> {
        self.one(&format!("{MEMBERS} WHERE account = ?1"), [account.to_string()], member)
    }

    /// Whether an account is banned.
    pub fn is_banned(&self, account: AccountId) -> Result<bool, Failure> {
        let ban = self
            .one("SELECT 1 FROM ban WHERE account = ?1", [account.to_string()], |row| row.get::<_, i64>(0));
        Ok(ban?.is_some())
    }

    /// The post with this id, whoever may see it.
    pub fn post(&self, id: PostId) -> Result<Option<Post>, Failure> {
        self.one(&format!("{POSTS} WHERE post.id = ?1"), [id.0], post)
    }

    /// The posts that a reader may see, latest first: the policy `read` as a query. A test holds the two against each other.
    pub fn posts_for(&self, reader: Option<&Reader>) -> Result<Vec<Post>, Failure> {
        let (account, sees_drafts) =
            reader.map_or((String::new(), false), |reader| (reader.account.to_string(), reader.moderates));
        let list = format!(
            "{POSTS} WHERE NOT draft OR author = ?1 OR ?2 ORDER BY post.id DESC LIMIT {LONGEST_LIST}"
        );
        self.list(&list, params![account, sees_drafts], post)
    }

    /// The comment with this id.
    pub fn comment(&self, id: CommentId) -> Result<Option<Comment>, Failure> {
        self.one(&format!("{COMMENTS} WHERE id = ?1"), [id.0], comment)
    }

    /// The comments on a post, first to last.
    pub fn comments(&self, on: PostId) -> Result<Vec<Comment>, Failure> {
        self.list(&format!("{COMMENTS} WHERE post = ?1 ORDER BY id LIMIT {LONGEST_LIST}"), [on.0], comment)
    }

    fn one<T>(
        &self,
        statement: &str,
        parameters: impl rusqlite::Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, Failure> {
        let db = self.db();
        let found =
            db.prepare_cached(statement).and_then(|mut one| one.query_row(parameters, read).optional());
        found.map_err(failed("read a record"))
    }

    fn list<T>(
        &self,
        statement: &str,
        parameters: impl rusqlite::Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, Failure> {
        let db = self.db();
        let rows =
            db.prepare_cached(statement).and_then(|mut all| all.query_map(parameters, read)?.collect());
        rows.map_err(failed("read records"))
    }
}

/// The most rows on one page: a demo turns no pages.
const LONGEST_LIST: u32 = 200;

/// What a list of posts has to know of its reader.
#[derive(Clone, Copy, Debug)]
pub struct Reader {
    /// Whose drafts are theirs.
    pub account: AccountId,
    /// Whether they see everybody's.
    pub moderates: bool,
}

fn failed(action: &'static str) -> impl Fn(rusqlite::Error) -> Failure {
    move |error| Failure::new(action, error)
}

fn account(row: &Row<'_>, column: usize) -> rusqlite::Result<AccountId> {
    let text: String = row.get(column)?;
    text.parse().map_err(|_| rusqlite::Error::InvalidColumnType(column, text, Type::Text))
}

fn member(row: &Row<'_>) -> rusqlite::Result<Member> {
    let roles: String = row.get(3)?;
    Ok(Member {
        account: account(row, 0)?,
        identifier: row.get(1)?,
        name: row.get(2)?,
        roles: roles.split_whitespace().map(str::to_owned).collect(),
        is_banned: row.get(4)?,
    })
}

fn post(row: &Row<'_>) -> rusqlite::Result<Post> {
    Ok(Post {
        id: PostId(row.get(0)?),
        author: account(row, 1)?,
        author_name: row.get(2)?,
        title: row.get(3)?,
        body: row.get(4)?,
        draft: row.get(5)?,
        created_at: row.get(6)?,
        revision: row.get::<_, i64>(7)?.cast_unsigned(),
    })
}

fn comment(row: &Row<'_>) -> rusqlite::Result<Comment> {
    Ok(Comment {
        id: CommentId(row.get(0)?),
        post: PostId(row.get(1)?),
        author: account(row, 2)?,
        author_name: row.get(3)?,
        body: row.get(4)?,
        created_at: row.get(5)?,
        revision: row.get::<_, i64>(6)?.cast_unsigned(),
    })
}
