//! What each hosted page shows, as plain data: strings, numbers and closed enums.
//!
//! Text may hold anything, as the templates escape it. Times are RFC 3339 in UTC. A page never carries a password.

use minijinja::value::{Serde, Value};
use serde::Serialize;

pub use super::problem::{ErrorKind, Notice, Problem, Weakness};

/// One hosted page, ready to be rendered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum View {
    /// `GET /`
    Home(Home),
    /// `GET /sign-in`, and the answer to a refused `POST /sign-in`
    SignIn(SignIn),
    /// `GET /sign-up`, and the answer to a refused `POST /sign-up`
    SignUp(SignUp),
    /// `/sign-up` where nobody may sign up
    SignUpClosed,
    /// `GET /account`, and the answer to a refused form on it
    Account(Account),
    /// `GET /sign-out`
    SignOut(SignOut),
    /// Any answer that is an error
    Error(Error),
}

/// The front page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Home {
    /// Who is looking at it.
    pub visitor: Visitor,
    /// Good news to tell, such as [`Notice::SignedOut`].
    pub notice: Option<Notice>,
}

/// Who is looking at the front page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Visitor {
    /// Nobody we know.
    Stranger {
        /// Whether the page offers to sign up.
        sign_up_open: bool,
    },
    /// The owner of a session.
    SignedIn {
        /// How to address them: the account's name, else its identifier.
        name: String,
        /// For the sign-out button.
        csrf_token: String,
    },
}

/// The sign-in page. Posts `identifier`, `password`, `return_to` (if any) and `csrf_token` to `/sign-in`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct SignIn {
    /// The form token.
    pub csrf_token: String,
    /// What was typed before, or nothing.
    pub identifier: String,
    /// Where to go afterwards: a path of this site, checked by the caller.
    pub return_to: Option<String>,
    /// Whether the page offers to sign up.
    pub sign_up_open: bool,
    /// Good news to tell.
    pub notice: Option<Notice>,
    /// What went wrong with the last attempt.
    pub problem: Option<Problem>,
}

/// The sign-up page. Posts `identifier`, `name`, `password`, `return_to` (if any) and `csrf_token` to `/sign-up`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct SignUp {
    /// The form token.
    pub csrf_token: String,
    /// What was typed before, or nothing.
    pub identifier: String,
    /// What was typed before, or nothing.
    pub name: String,
    /// Where to go afterwards: a path of this site, checked by the caller.
    pub return_to: Option<String>,
    /// The fewest bytes of a password.
    pub password_min_length: usize,
    /// What went wrong with the last attempt.
    pub problem: Option<Problem>,
}

/// The account page. Its forms post to `/account/password` (`current_password`, `new_password`),
/// `/account/sessions/{id}/end`, `/account/sessions/end-others` and `/sign-out`, each with `csrf_token`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Account {
    /// The CSRF token of the session.
    pub csrf_token: String,
    /// What its owner types to sign in.
    pub identifier: String,
    /// What its owner wants to be called.
    pub name: Option<String>,
    /// The roles it holds.
    pub roles: Vec<String>,
    /// When it was signed up.
    pub created_at: String,
    /// Its live sessions, in the order to show them.
    pub sessions: Vec<Session>,
    /// The fewest bytes of a password.
    pub password_min_length: usize,
    /// Good news to tell.
    pub notice: Option<Notice>,
    /// What went wrong with the last form.
    pub problem: Option<Problem>,
}

/// One line in the list of sessions.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Session {
    /// The public id, which becomes a part of the path of its form.
    pub id: String,
    /// The `User-Agent` header as it came in; the page describes it in two words.
    pub agent: String,
    /// The client address, or nothing.
    pub address: String,
    /// When it began.
    pub signed_in_at: String,
    /// When it was last used.
    pub seen_at: String,
    /// Whether it is the session that looks at the page, which only a sign-out can end.
    pub this_one: bool,
}

/// The page that asks whether to sign out. Posts `csrf_token` to `/sign-out`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct SignOut {
    /// The CSRF token of the session.
    pub csrf_token: String,
}

/// The page of an answer that is an error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Error {
    /// What happened.
    #[serde(flatten)]
    pub kind: ErrorKind,
    /// The path that the language links should stay on; `/` if it cannot be asked for again.
    pub path: String,
}

impl View {
    /// The name of the template.
    pub(super) const fn template(&self) -> &'static str {
        match self {
            Self::Home(_) => "home.html",
            Self::SignIn(_) => "sign_in.html",
            Self::SignUp(_) => "sign_up.html",
            Self::SignUpClosed => "sign_up_closed.html",
            Self::Account(_) => "account.html",
            Self::SignOut(_) => "sign_out.html",
            Self::Error(_) => "error.html",
        }
    }

    /// The path that shows this page again, for the language links.
    pub(super) fn path(&self) -> &str {
        match self {
            Self::Home(_) => "/",
            Self::SignIn(_) => "/sign-in",
            Self::SignUp(_) | Self::SignUpClosed => "/sign-up",
            Self::Account(_) => "/account",
            Self::SignOut(_) => "/sign-out",
            Self::Error(error) => local(&error.path),
        }
    }

    /// What the language links must not lose on the way.
    pub(super) fn return_to(&self) -> Option<&str> {
        match self {
            Self::SignIn(page) => page.return_to.as_deref(),
            Self::SignUp(page) => page.return_to.as_deref(),
            _ => None,
        }
    }

    /// The fields, as the templates see them.
    pub(super) fn page(&self) -> Value {
        match self {
            Self::Home(page) => Value::from(Serde(page)),
            Self::SignIn(page) => Value::from(Serde(page)),
            Self::SignUp(page) => Value::from(Serde(page)),
            Self::SignUpClosed => Value::from(()),
            Self::Account(page) => Value::from(Serde(page)),
            Self::SignOut(page) => Value::from(Serde(page)),
            Self::Error(page) => Value::from(Serde(page)),
        }
    }
}

/// The path if a link to it stays on this site: `//host`, `/\host` and their like lead away.
fn local(path: &str) -> &str {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let clean = !path.starts_with("//") && !path.contains(|c: char| c == '\\' || c.is_control());
    if path.starts_with('/') && clean { path } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::local;

    #[test]
    fn a_language_link_never_leads_to_another_site() {
        for path in [
            "//evil.example",
            "/\\evil.example",
            "/\t/evil.example",
            "https://evil.example",
            "javascript:0",
            "",
        ] {
            assert_eq!(local(path), "/", "{path:?}");
        }
        assert_eq!(local("/nowhere?x=1#y"), "/nowhere");
    }
}
