//! The world of a test: an app with a few routes, a store that can be cut off, and people with cookies.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use bitjang_core::password::{About, Busy, Checked, Declined, Hasher, Password, PasswordHash};
use bitjang_core::testing::{Dice, HandClock, at};
use bitjang_core::{
    AccountId, Auth, Carrier, Client, Commit, Failure, Handed, Identifier, Keys, NewAccount, Operator, Ports,
    Proof, Revocation, Rules, Session, SessionId, Sessions, SignIn, Time, Tokens,
};
use bitjang_guard::{Guard, Origins};
use bitjang_store::Memory;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

/// Everything there is in a test.
pub(crate) struct World {
    pub(crate) auth: Auth,
    pub(crate) guard: Guard,
    sessions: Arc<Brittle>,
    clock: Arc<HandClock>,
}

impl World {
    /// A guard of `https://app.example.org`, which trusts `https://friend.example.org`.
    pub(crate) async fn new() -> Self {
        let memory = Arc::new(Memory::default());
        let sessions = Arc::new(Brittle { memory: Arc::clone(&memory), down: AtomicBool::new(false) });
        let clock = Arc::new(HandClock::showing(at(1_000_000)));
        let ports = Ports {
            accounts: memory.clone(),
            sessions: sessions.clone(),
            limits: memory.clone(),
            keys: memory.clone(),
            revocations: memory.clone(),
            service_credentials: memory,
            hasher: Arc::new(Trusting),
            clock: clock.clone(),
            entropy: Arc::new(Dice::seeded(5)),
            events: Arc::new(()),
        };
        let auth = Auth::open(ports, Rules::default()).await.unwrap();
        let own = "https://app.example.org".parse().unwrap();
        let origins = Origins::new(&own, &["https://friend.example.org".parse().unwrap()]);
        let guard = Guard::new(auth.clone(), origins);
        Self { auth, guard, sessions, clock }
    }

    /// Somebody who signs up and keeps the session cookie.
    pub(crate) async fn somebody(&self, identifier: &str) -> Somebody {
        self.somebody_by(Carrier::Cookie, identifier).await
    }

    /// Somebody who signs up and is carried like this.
    pub(crate) async fn somebody_by(&self, carrier: Carrier, identifier: &str) -> Somebody {
        let new = NewAccount { identifier, name: None, password: "correct horse battery" };
        let client = Client::new(None, [192, 0, 2, 1].into());
        let SignIn { session, handed, .. } = self.auth.sign_up(new, client, carrier).await.unwrap();
        let csrf_token = self.guard.csrf_token(session.id).reveal().to_owned();
        match handed {
            Handed::SessionToken(token) => {
                let cookie = format!("__Host-bitjang={}", *token.reveal());
                Somebody { proof: Proof::SessionToken(token), cookie, bearer: String::new(), csrf_token }
            }
            Handed::Tokens(Tokens { access, refresh, .. }) => {
                let proof = Proof::Refresh(self.auth.read_refresh(&refresh).unwrap());
                let bearer = format!("Bearer {}", *access.text);
                let cookie =
                    format!("__Host-bitjang-access={}; __Host-bitjang-refresh={}", *access.text, *refresh);
                Somebody { proof, cookie, bearer, csrf_token }
            }
        }
    }

    /// Lets every access token expire that there is now.
    pub(crate) fn let_access_tokens_expire(&self) {
        self.clock.advance(self.auth.rules().tokens.access);
    }

    /// Moves the clock by so many seconds; below zero, back.
    pub(crate) fn wait(&self, seconds: i64) {
        self.clock.set(Time::from_micros(self.auth.now().as_micros() + seconds * 1_000_000));
    }

    /// Loses the keys that sign, and makes another one.
    pub(crate) async fn start_over_with_a_new_key(&self) {
        let keys = &self.sessions.memory;
        for signer in keys.signers().await.unwrap() {
            keys.remove_signer(&signer.kid).await.unwrap();
        }
        self.auth.rotate_keys(Operator::at_the_console()).await.unwrap();
    }

    /// Ends all sessions of an account by raising its epoch.
    pub(crate) async fn sign_out_everywhere(&self, identifier: &str) {
        let identifier = Identifier::new(identifier).unwrap();
        self.auth.end_sessions(Operator::at_the_console(), &identifier).await.unwrap();
    }

    /// From now on no session can be read.
    pub(crate) fn cut_off_the_store(&self) {
        self.sessions.down.store(true, Ordering::Relaxed);
    }
}

/// Somebody who is signed in.
pub(crate) struct Somebody {
    pub(crate) proof: Proof,
    /// The whole `Cookie` header; with tokens, as carrier `token_cookies` has it.
    pub(crate) cookie: String,
    /// The whole `Authorization` header of carrier `bearer`.
    pub(crate) bearer: String,
    pub(crate) csrf_token: String,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    /// The status, and the problem's code or what the handler said.
    pub(crate) fn brief(&self) -> String {
        let problem: Option<serde_json::Value> = serde_json::from_str(&self.body).ok();
        let code = problem.as_ref().and_then(|problem| problem["code"].as_str());
        format!("{} {}", self.status.as_u16(), code.unwrap_or(&self.body))
    }
}

/// Sends one request to `app`.
pub(crate) async fn send(app: &Router, request: Request<Body>) -> Answer {
    let (parts, body) = app.clone().oneshot(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Answer { status: parts.status, headers: parts.headers, body: String::from_utf8(body.to_vec()).unwrap() }
}

/// A request with these headers and no body.
pub(crate) fn request(method: &str, path: &str, headers: &[(&str, &str)]) -> Request<Body> {
    let request = Request::builder().method(method).uri(path);
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    request.body(Body::empty()).unwrap()
}

/// The memory store, whose sessions can be cut off.
struct Brittle {
    memory: Arc<Memory>,
    down: AtomicBool,
}

impl Brittle {
    fn reach(&self) -> Result<&Memory, Failure> {
        if self.down.load(Ordering::Relaxed) {
            return Err(Failure::new("read a session", "the disk is on fire"));
        }
        Ok(&self.memory)
    }
}

#[async_trait]
impl Sessions for Brittle {
    async fn insert(&self, session: Session) -> Result<(), Failure> {
        Sessions::insert(self.reach()?, session).await
    }

    async fn find(&self, id: SessionId) -> Result<Option<Arc<Session>>, Failure> {
        Sessions::find(self.reach()?, id).await
    }

    async fn of(&self, account: AccountId) -> Result<Vec<Arc<Session>>, Failure> {
        self.reach()?.of(account).await
    }

    async fn replace(&self, session: Session, revokes: Option<Revocation>) -> Result<Commit, Failure> {
        Sessions::replace(self.reach()?, session, revokes).await
    }

    async fn sweep(&self, before: Time, at_most: usize) -> Result<usize, Failure> {
        Sessions::sweep(self.reach()?, before, at_most).await
    }
}

/// A hasher that takes every password for the right one: passwords are not what is tested here.
struct Trusting;

#[async_trait]
impl Hasher for Trusting {
    async fn choose(&self, _: Password, _: About) -> Result<PasswordHash, Declined> {
        Ok(PasswordHash::from_store("*".to_owned()))
    }

    async fn check(&self, _: Password, _: Option<PasswordHash>) -> Result<Checked, Busy> {
        Ok(Checked::Right)
    }
}
