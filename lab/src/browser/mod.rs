//! A browser as far as the attacks need one: cookies, localStorage, the memory of a page, and the script of the community in it.

mod jar;

use std::collections::BTreeMap;

use anyhow::Result;
use axum::body::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, ORIGIN};
use http::{HeaderValue, Method, Request};
use serde_json::{Value, json};

pub use jar::{Jar, Sender};

use crate::keeping::{Keeping, Place};
use crate::running::PEOPLE;
use crate::text::Text;
use crate::trace::{Step, Trace};
use crate::wire::{self, Answer};

/// A browser, somebody's.
#[derive(Clone)]
pub struct Browser {
    /// Whose: `alice`, `mallory`, `thief`.
    pub who: &'static str,
    /// Its cookies.
    pub jar: Jar,
    /// What localStorage holds.
    pub storage: BTreeMap<String, String>,
    /// What the page holds in variables.
    pub memory: BTreeMap<String, String>,
    keeping: Keeping,
    ports: Vec<u16>,
    server: usize,
    trace: Trace,
}

/// One request to be sent.
struct Asked {
    method: Method,
    path: String,
    sender: Sender,
    body: Option<(&'static str, String)>,
}

impl Browser {
    /// One that has never been anywhere.
    pub(crate) fn new(who: &'static str, keeping: Keeping, ports: Vec<u16>, trace: Trace) -> Self {
        let (jar, storage, memory) = (Jar::default(), BTreeMap::new(), BTreeMap::new());
        Self { who, jar, storage, memory, keeping, ports, server: 0, trace }
    }

    /// Opens the page anew, at this server: variables are gone, and the page's script begins as it always does.
    pub async fn open(&mut self, server: usize, says: Text) -> Result<Answer> {
        self.server = server;
        self.memory.clear();
        if self.keeping.csrf == Place::Memory {
            let answer = self.send(asked(Method::GET, "/csrf"), says.clone()).await?;
            self.hold(&answer);
        }
        self.call(Method::GET, "/me", says).await
    }

    /// Goes on at another server, as behind a balancer: the page stays as it is.
    pub fn moves_to(&mut self, server: usize) {
        self.server = server;
    }

    /// Types name and password.
    pub async fn sign_in(&mut self, says: Text) -> Result<Answer> {
        let person = PEOPLE.iter().find(|(name, _)| *name == self.who);
        let (name, password) = person.copied().unwrap_or(("nobody", ""));
        let body = ("application/json", json!({ "name": name, "password": password }).to_string());
        let answer = self.send(Asked { body: Some(body), ..asked(Method::POST, "/sign-in") }, says).await?;
        self.hold(&answer);
        Ok(answer)
    }

    /// Signs out, and throws away what the page holds.
    pub async fn sign_out(&mut self, says: Text) -> Result<Answer> {
        let answer = self.send(asked(Method::POST, "/sign-out"), says).await?;
        self.storage.clear();
        self.memory.clear();
        Ok(answer)
    }

    /// A call as the page makes it: on 401 it refreshes, and tries once more.
    pub async fn call(&mut self, method: Method, path: &str, says: Text) -> Result<Answer> {
        let answer = self.send(asked(method.clone(), path), says.clone()).await?;
        if answer.status != 401 || self.keeping.refresh == Place::Nowhere {
            return Ok(answer);
        }
        if self.refresh(says.clone()).await?.status == 200 {
            self.send(asked(method, path), says).await
        } else {
            Ok(answer)
        }
    }

    /// One call, and nothing if it fails.
    pub async fn once(&mut self, method: Method, path: &str, says: Text) -> Result<Answer> {
        self.send(asked(method, path), says).await
    }

    /// Writes a post; its number.
    pub async fn write(&mut self, text: &str, says: Text) -> Result<u64> {
        let body = Some(("text/plain;charset=UTF-8", text.to_owned()));
        let answer = self.send(Asked { body, ..asked(Method::POST, "/posts") }, says).await?;
        Ok(answer.json().as_u64().unwrap_or_default())
    }

    /// The attacker's page makes this browser send something. Nobody reads the answer.
    pub async fn forged(&mut self, method: Method, path: &str, sender: Sender, says: Text) -> Result<Answer> {
        let kind =
            if sender == Sender::ForeignForm { "application/x-www-form-urlencoded" } else { "text/plain" };
        let body = (method == Method::POST).then(|| (kind, String::new()));
        self.send(Asked { sender, body, ..asked(method, path) }, says).await
    }

    /// Refreshes, or, where there is nothing to refresh, calls with what there is.
    pub async fn refresh(&mut self, says: Text) -> Result<Answer> {
        let answer = self.send(self.refreshing(), says).await?;
        self.hold(&answer);
        Ok(answer)
    }

    /// Refreshes; the answer is lost on its way.
    pub async fn refresh_in_vain(&mut self, says: Text) -> Result<()> {
        let mut lost = self.clone();
        lost.send(self.refreshing(), says).await.map(drop)
    }

    /// Two tabs refresh at once, each with what was there before.
    pub async fn refresh_twice(&mut self, says: [Text; 2]) -> Result<()> {
        let [first, second] = says;
        let (mut one, mut other) = (self.clone(), self.clone());
        let answers = tokio::join!(one.send(self.refreshing(), first), other.send(self.refreshing(), second));
        for answer in [answers.0?, answers.1?] {
            self.jar.take(&answer.headers);
            self.hold(&answer);
        }
        Ok(())
    }

    /// Takes over everything that another browser holds.
    pub fn copy(&mut self, other: &Self, says: Text) {
        (self.jar, self.storage, self.memory) =
            (other.jar.clone(), other.storage.clone(), other.memory.clone());
        self.server = other.server;
        self.trace.note(other.who, self.who, says);
    }

    /// A script of somebody else's runs in the page: it reads what it can, learns what answers say, and `thief` gets all of it.
    pub async fn steals(&mut self, thief: &mut Self, says: Text) -> Result<()> {
        let mut loot = self.clone();
        // It has no way into the page's variables, but the cookies go along with whatever it asks.
        loot.memory.clear();
        let asks = [asked(Method::GET, "/csrf"), self.refreshing(), asked(Method::POST, "/token")];
        for ask in asks {
            let answer = loot.send(ask, says.clone()).await?;
            self.jar.take(&answer.headers);
            for (kind, name) in [("access", "access_token"), ("csrf", "csrf_token")] {
                let given = answer.json().get(name).and_then(Value::as_str).map(str::to_owned);
                loot.memory.extend(given.map(|token| (kind.into(), token)));
            }
        }
        (thief.storage, thief.memory) = (self.storage.clone(), loot.memory);
        for (name, value) in
            self.jar.readable().iter().flat_map(|all| all.split("; ")).filter_map(|pair| pair.split_once('='))
        {
            thief.jar.put(name, value);
        }
        Ok(())
    }

    /// The token that every call needs, whatever it is, as somebody sees it who holds the whole browser.
    pub fn credentials(&mut self) -> Vec<&mut String> {
        let refresh = |name: &str| name.contains("refresh") || name.contains("csrf");
        let page =
            self.storage.iter_mut().chain(&mut self.memory).map(|(name, value)| (name.as_str(), value));
        self.jar.values().chain(page).filter(|(name, _)| !refresh(name)).map(|(_, value)| value).collect()
    }

    /// Throws away what a refresh needs.
    pub fn forget_refresh(&mut self) {
        self.jar.keep_only(|name| !name.contains("refresh"));
        self.storage.remove("refresh");
    }

    fn refreshing(&self) -> Asked {
        match self.keeping.refresh {
            Place::Nowhere => asked(Method::GET, "/me"),
            Place::LocalStorage => {
                let token = self.storage.get("refresh");
                let body = ("application/json", json!({ "refresh_token": token }).to_string());
                Asked { body: Some(body), ..asked(Method::POST, "/refresh") }
            }
            Place::Cookie | Place::Memory => asked(Method::POST, "/refresh"),
        }
    }

    /// Keeps what an answer hands to the page.
    fn hold(&mut self, answer: &Answer) {
        let body = answer.json();
        let keeping = self.keeping;
        let all = [("access", keeping.access), ("refresh", keeping.refresh), ("csrf", keeping.csrf)];
        for (kind, place) in all {
            let given = body.get(format!("{kind}_token")).and_then(Value::as_str).map(str::to_owned);
            match (given, place) {
                (Some(token), Place::LocalStorage) => self.storage.insert(kind.into(), token),
                (Some(token), Place::Memory) => self.memory.insert(kind.into(), token),
                _ => None,
            };
        }
    }

    async fn send(&mut self, asked: Asked, says: Text) -> Result<Answer> {
        let port = self.ports.get(self.server).copied().unwrap_or_default();
        let request = self.request(&asked, port)?;
        let step = self.step(&request, asked.body.as_ref(), says);
        let answer = wire::send(port, request).await?;
        self.trace.exchange(step, Some(&answer));
        self.jar.take(&answer.headers);
        Ok(answer)
    }

    fn request(&self, asked: &Asked, port: u16) -> Result<Request<Bytes>> {
        let body = asked.body.as_ref().map(|(_, body)| body.clone()).unwrap_or_default();
        let mut request =
            Request::builder().method(&asked.method).uri(&asked.path).body(Bytes::from(body))?;
        let headers = request.headers_mut();
        let own = asked.sender == Sender::OwnPage;
        headers.insert(
            "sec-fetch-site",
            HeaderValue::from_static(if own { "same-origin" } else { "cross-site" }),
        );
        if asked.method != Method::GET {
            let origin =
                if own { format!("http://localhost:{port}") } else { "http://127.0.0.1:4444".into() };
            headers.insert(ORIGIN, origin.parse()?);
        }
        if let Some(cookies) = self.jar.header(asked.sender) {
            headers.insert(COOKIE, cookies.parse()?);
        }
        if let Some((kind, _)) = asked.body {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        }
        if own {
            if let Some(token) = self.storage.get("access").or(self.memory.get("access")) {
                headers.insert(AUTHORIZATION, format!("Bearer {token}").parse()?);
            }
            if let Some(token) = self.memory.get("csrf").filter(|_| asked.method != Method::GET) {
                headers.insert("x-csrf-token", token.parse()?);
            }
        }
        Ok(request)
    }

    fn step(&self, request: &Request<Bytes>, body: Option<&(&str, String)>, says: Text) -> Step {
        let mut step = Step::bare(self.who, &format!("server {}", self.server + 1), says);
        step.request = format!("{} {}", request.method(), request.uri());
        let header = |(name, value): (&http::HeaderName, &HeaderValue)| {
            (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        step.sent = request.headers().iter().map(header).collect();
        step.sent
            .extend(body.filter(|(_, text)| !text.is_empty()).map(|(_, text)| ("body".into(), text.clone())));
        step
    }
}

fn asked(method: Method, path: &str) -> Asked {
    Asked { method, path: path.into(), sender: Sender::OwnPage, body: None }
}

/// Whether an answer to `/me` knows who this is.
pub fn is(answer: &Answer, name: &str) -> bool {
    answer.status == 200 && answer.json().get("name").and_then(Value::as_str) == Some(name)
}
