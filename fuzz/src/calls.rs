//! Every call of the contract that takes a body, with any body: an answer that the contract has, never a failure, and nobody is signed in by mistake.

use std::cell::RefCell;
use std::sync::Arc;

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use bitjang_core::auth::Rules;
use bitjang_core::limit::{Guessing, Limit};
use bitjang_core::password::{About, Busy, Checked, Declined, Hasher, Password, PasswordHash};
use bitjang_core::service_credential::ServiceName;
use bitjang_core::testing::{Dice, HandClock, at};
use bitjang_core::{Auth, Operator, Ports};
use bitjang_guard::{Guard, Origins};
use bitjang_permit::{Permit, Sources};
use bitjang_store::Memory;
use bitjang_web::{App, Settings};
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use tokio::runtime::Runtime;
use tower::ServiceExt as _;

/// What takes a body.
const CALLS: [(&str, &str); 6] = [
    ("POST", "/v1/accounts"),
    ("POST", "/v1/session"),
    ("POST", "/v1/session/refresh"),
    ("PUT", "/v1/account/password"),
    ("POST", "/access/v1/evaluation"),
    ("POST", "/access/v1/evaluations"),
];
/// After so many requests a new server takes over: this one keeps an account for each that was made.
const WORN_OUT: usize = 4_096;
const PASSWORD: &str = "plum kettle orbit sandal";

struct World {
    runtime: Runtime,
    router: Router,
    bearer: String,
    service: String,
    asked: usize,
}

thread_local! {
    static WORLD: RefCell<Option<World>> = const { RefCell::new(None) };
}

/// The first byte says which call, and whether by an account or by nobody.
pub(crate) fn probe(bytes: &[u8]) {
    let Some((first, body)) = bytes.split_first() else { return };
    let (method, path) = CALLS[usize::from(first % 6)];
    in_world(|world| {
        let bearer = (*first >= 128).then(|| world.bearer.clone());
        world.ask((method, path), bearer.as_deref(), body);
    });
}

/// What a service asks.
pub(crate) fn probe_questions(bytes: &[u8]) {
    in_world(|world| {
        let service = world.service.clone();
        for call in &CALLS[4..] {
            world.ask(*call, Some(&service), bytes);
        }
    });
}

fn in_world(probe: impl FnOnce(&mut World)) {
    WORLD.with_borrow_mut(|world| {
        if world.as_ref().is_none_or(|world| world.asked >= WORN_OUT) {
            *world = Some(World::new());
        }
        probe(world.as_mut().unwrap());
    });
}

impl World {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let (router, service) = runtime.block_on(server());
        let mut world = Self { runtime, router, bearer: String::new(), service, asked: 0 };
        let body = format!(r#"{{"identifier":"mina","password":"{PASSWORD}","carrier":"bearer"}}"#);
        let (status, answer) = world.answer(("POST", "/v1/accounts"), None, body.as_bytes());
        assert_eq!(status, 201, "{answer}");
        let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
        answer["access_token"].as_str().unwrap().clone_into(&mut world.bearer);
        world
    }

    fn ask(&mut self, call: (&str, &str), bearer: Option<&str>, body: &[u8]) {
        self.asked += 1;
        let (status, answer) = self.answer(call, bearer, body);
        assert!(status.is_success() || status.is_client_error(), "{call:?}: {status} {answer}");
        let theirs = serde_json::from_slice::<serde_json::Value>(body);
        assert!(theirs.is_ok() || !status.is_success(), "{call:?}: what is no JSON was taken: {answer}");
        let answer: serde_json::Value =
            if answer.is_empty() { return } else { serde_json::from_str(&answer).unwrap() };
        assert_eq!(status.is_client_error(), answer["code"].is_string(), "{call:?}: {answer}");
    }

    fn answer(
        &self,
        (method, path): (&str, &str),
        bearer: Option<&str>,
        body: &[u8],
    ) -> (StatusCode, String) {
        let mut request =
            Request::builder().method(method).uri(path).header("content-type", "application/json");
        if let Some(bearer) = bearer {
            request = request.header("authorization", format!("Bearer {bearer}"));
        }
        let request = request.header("content-length", body.len()).body(Body::from(body.to_vec())).unwrap();
        self.runtime.block_on(async {
            let response = self.router.clone().oneshot(request).await.unwrap();
            let status = response.status();
            let body = response.into_body().collect().await.unwrap().to_bytes();
            (status, String::from_utf8(body.to_vec()).unwrap())
        })
    }
}

/// A server in memory, and the token of a service that may ask it for decisions.
async fn server() -> (Router, String) {
    let store = Arc::new(Memory::default());
    let ports = Ports {
        accounts: store.clone(),
        sessions: store.clone(),
        limits: store.clone(),
        keys: store.clone(),
        revocations: store.clone(),
        service_credentials: store,
        hasher: Arc::new(PlainText),
        clock: Arc::new(HandClock::showing(at(1_795_417_200))),
        entropy: Arc::new(Dice::seeded(1)),
        events: Arc::new(()),
    };
    let plenty = Limit { attempts: 1_000_000, regain: std::time::Duration::from_secs(1) };
    let guessing = Guessing { pair: plenty, account: plenty, address: plenty };
    let auth = Auth::open(ports, Rules { guessing, ..Rules::default() }).await.unwrap();
    let name = ServiceName::new("community").unwrap();
    let service = auth.add_service(Operator::at_the_console(), name).await.unwrap().reveal().to_string();
    let permit = Permit::by(bitjang_permit::Rules::parse(&Sources::ready_made()).unwrap(), auth.clock());
    let public_url: bitjang_guard::Origin = "https://id.example.org".parse().unwrap();
    let guard = Guard::new(auth.clone(), Origins::new(&public_url, &[]));
    let app = App::new(auth, guard, Settings { public_url, trusted_proxies: Vec::new() }).unwrap();
    (bitjang_web::router(app.deciding_by(permit, Arc::new(|_| ()))), service)
}

/// A hasher that keeps the password as it is: what hashes cost is of no interest here.
struct PlainText;

#[async_trait]
impl Hasher for PlainText {
    async fn choose(&self, password: Password, _: About) -> Result<PasswordHash, Declined> {
        Ok(PasswordHash::from_store(password.reveal().to_owned()))
    }

    async fn check(&self, password: Password, against: Option<PasswordHash>) -> Result<Checked, Busy> {
        let right = against.is_some_and(|hash| hash.as_str() == password.reveal());
        Ok(if right { Checked::Right } else { Checked::Wrong })
    }
}
