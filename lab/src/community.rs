//! The community that every scheme protects: posts that only their author or a moderator may delete. It prints posts as they are, so a post may hold a script.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{FromRequestParts, Path, State};
use axum::response::{Html, IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use http::StatusCode;
use http::request::Parts;
use serde::{Deserialize, Serialize};

use crate::keeping::Keeping;

/// What all servers of a scheme share besides the session DB: the people and their posts.
#[derive(Clone, Default)]
pub struct Community(Arc<Mutex<Tables>>);

#[derive(Default)]
struct Tables {
    people: BTreeMap<String, Person>,
    posts: BTreeMap<u32, Post>,
    written: u32,
}

struct Person {
    password: String,
    role: String,
}

/// What somebody wrote.
#[derive(Clone, Debug, Serialize)]
pub struct Post {
    author: String,
    text: String,
}

/// Who asks, as far as the scheme knows.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Caller {
    /// What they are called.
    pub name: String,
    /// `member` or `moderator`.
    pub role: String,
}

/// What somebody types to sign in.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Typed {
    /// What they are called.
    pub name: String,
    /// Their password.
    pub password: String,
}

impl Community {
    /// Makes somebody a member.
    pub fn admit(&self, name: &str, password: &str) {
        let person = Person { password: password.into(), role: "member".into() };
        self.tables(|tables| tables.people.insert(name.into(), person));
    }

    /// Gives somebody another role.
    pub fn entrust(&self, name: &str, role: &str) {
        self.tables(|tables| tables.people.get_mut(name).map(|person| person.role = role.into()));
    }

    /// Whoever this is, if the password is right.
    pub fn check(&self, typed: &Typed) -> Option<Caller> {
        let right =
            |tables: &mut Tables| tables.people.get(&typed.name)?.password.eq(&typed.password).then_some(());
        self.tables(right)?;
        self.find(&typed.name)
    }

    /// Whoever is called so, with the role they have now.
    pub fn find(&self, name: &str) -> Option<Caller> {
        let role = self.tables(|tables| tables.people.get(name).map(|person| person.role.clone()))?;
        Some(Caller { name: name.into(), role })
    }

    fn write(&self, author: String, text: String) -> u32 {
        self.tables(|tables| {
            tables.written += 1;
            tables.posts.insert(tables.written, Post { author, text });
            tables.written
        })
    }

    fn posts(&self) -> BTreeMap<u32, Post> {
        self.tables(|tables| tables.posts.clone())
    }

    fn tables<T>(&self, work: impl FnOnce(&mut Tables) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The routes that are the same whatever the scheme; its middleware says who is calling.
pub fn routes(community: &Community, keeping: Keeping) -> Router {
    Router::new()
        .route("/", get(page))
        .route("/community.js", get(script))
        .route("/me", get(me))
        .route("/posts", get(list).post(write))
        // Deleting by GET is the classic mistake: an image can do it.
        .route("/posts/{id}/delete", post(delete).get(delete))
        .layer(Extension(keeping))
        .with_state(community.clone())
}

async fn page(State(community): State<Community>, Extension(keeping): Extension<Keeping>) -> Html<String> {
    let item = |(id, Post { author, text }): (&u32, &Post)| {
        format!("<li>{author}: {text} <button data-post={id}>Delete</button></li>")
    };
    let posts = community.posts().iter().map(item).collect::<Vec<_>>().concat();
    let keeping = keeping.as_attributes();
    Html(format!(
        "<!doctype html><html lang=en><meta name=viewport content='width=device-width'><title>Community</title>\
         <link rel=icon href='data:,'><style>body{{font:1rem/1.6 system-ui;max-width:40rem;margin:2rem auto;padding:0 1rem}}</style>\
         <body {keeping}><h1>Community</h1><p id=who>…</p>\
         <form id=sign-in><input name=name value=alice aria-label=name><input name=password value=oak type=password aria-label=password>\
         <button>Sign in</button></form><button id=sign-out>Sign out</button><ul>{posts}</ul>\
         <form id=write><input name=text aria-label=post><button>Write</button></form>\
         <script src=/community.js></script>"
    ))
}

async fn script() -> impl axum::response::IntoResponse {
    ([("content-type", "text/javascript")], include_str!("../assets/community.js"))
}

async fn me(caller: Caller) -> Json<Caller> {
    Json(caller)
}

async fn list(State(community): State<Community>) -> Json<BTreeMap<u32, Post>> {
    Json(community.posts())
}

async fn write(State(community): State<Community>, caller: Caller, text: String) -> Json<u32> {
    Json(community.write(caller.name, text))
}

async fn delete(State(community): State<Community>, Path(id): Path<u32>, caller: Caller) -> StatusCode {
    community.tables(|tables| match tables.posts.get(&id) {
        Some(post) if post.author == caller.name || caller.role == "moderator" => {
            tables.posts.remove(&id);
            StatusCode::NO_CONTENT
        }
        Some(_) => StatusCode::FORBIDDEN,
        None => StatusCode::NOT_FOUND,
    })
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| StatusCode::UNAUTHORIZED.into_response())
    }
}
