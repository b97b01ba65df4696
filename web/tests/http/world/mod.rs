//! A whole server in memory, with its clock and its dice in hand, and the people who use it.

mod answer;
mod ask;
mod browser;
mod hasher;
mod program;
mod rules;
mod store;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use bitjang_core::auth::{self as flows, SignUp};
use bitjang_core::limit::Guessing;
use bitjang_core::service_credential::ServiceName;
use bitjang_core::testing::{Dice, HandClock, at};
use bitjang_core::{Auth, Identifier, Keys, Operator, Ports, account};
use bitjang_guard::{Guard, Origins};
use bitjang_permit::{Decision, Permit, Rules, Sources};
use bitjang_web::{App, Settings, Who};
use serde_json::Value;
use tokio::sync::watch;

pub(crate) use answer::Answer;
pub(crate) use ask::Ask;
pub(crate) use browser::{ACCESS, Browser, REFRESH, SESSION};
pub(crate) use program::Program;

use hasher::PlainText;
use store::Unsteady;

/// Where the server is found.
pub(crate) const HERE: &str = "https://id.example.org";

/// The password of everybody who signs up here.
pub(crate) const PASSWORD: &str = "plum kettle orbit sandal";

/// Another that would do.
pub(crate) const NEW_PASSWORD: &str = "velvet tractor moss quill";

/// From where people ask, unless it matters.
pub(crate) const ADDRESS: &str = "203.0.113.7";

/// A server. Its time stands still at 2026-11-23T07:00:00Z until it is moved.
pub(crate) struct World {
    pub(crate) auth: Auth,
    pub(crate) router: Router,
    who: Who,
    pub(crate) document: Value,
    pub(crate) closing: watch::Sender<bool>,
    trusted_origins: &'static [&'static str],
    decided: Arc<Mutex<Vec<Decision>>>,
    clock: Arc<HandClock>,
    store: Arc<Unsteady>,
    hasher: Arc<PlainText>,
}

/// How a server differs from the usual one.
pub(crate) struct Plan {
    pub(crate) public_url: &'static str,
    pub(crate) trusted_origins: &'static [&'static str],
    pub(crate) trusted_proxies: &'static [&'static str],
    pub(crate) sign_up: SignUp,
    pub(crate) guessing: Guessing,
    pub(crate) policies: Option<Sources>,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            public_url: HERE,
            trusted_origins: &[],
            trusted_proxies: &[],
            sign_up: SignUp::Open,
            guessing: Guessing::default(),
            policies: Some(Sources::ready_made()),
        }
    }
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::of(Plan::default()).await
    }

    pub(crate) async fn of(plan: Plan) -> Self {
        let clock = Arc::new(HandClock::showing(at(1_795_417_200)));
        let (store, hasher) = (Arc::new(Unsteady::default()), Arc::new(PlainText::default()));
        let ports = Ports {
            accounts: store.clone(),
            sessions: store.clone(),
            limits: store.clone(),
            keys: store.clone(),
            revocations: store.clone(),
            service_credentials: store.clone(),
            hasher: hasher.clone(),
            clock: clock.clone(),
            entropy: Arc::new(Dice::seeded(1)),
            events: Arc::new(()),
        };
        let rules =
            flows::Rules { sign_up: plan.sign_up, guessing: plan.guessing, ..flows::Rules::default() };
        let auth = Auth::open(ports, rules).await.unwrap();
        let (closing, is_closing) = watch::channel(false);
        let decided = Arc::default();
        let app = app(&auth, &plan, &decided).closing_with(is_closing);
        let mut document = serde_json::to_value(bitjang_web::openapi(&app)).unwrap();
        document.sort_all_objects();
        let (who, router) = (Who::new(app.clone()), bitjang_web::router(app));
        let trusted_origins = plan.trusted_origins;
        Self { auth, router, who, document, closing, trusted_origins, decided, clock, store, hasher }
    }

    /// A request with nothing but what is added to it: `ask("GET /v1/session")`.
    pub(crate) fn ask(&self, line: &str) -> Ask<'_> {
        Ask::new(self, line)
    }

    /// A browser that nobody has used yet.
    pub(crate) fn browser(&self) -> Browser<'_> {
        Browser::new(self)
    }

    /// A browser in which somebody has just signed up.
    pub(crate) async fn signed_up(&self, identifier: &str) -> Browser<'_> {
        let mut browser = self.browser();
        browser.sign_up(identifier).await.expect(201);
        browser
    }

    /// Another browser in which somebody has just signed in.
    pub(crate) async fn signed_in(&self, identifier: &str) -> Browser<'_> {
        let mut browser = self.browser();
        browser.sign_in(identifier, PASSWORD).await.expect(201);
        browser
    }

    /// Another browser in which somebody has just signed in, carried by an access cookie and a refresh cookie.
    pub(crate) async fn with_token_cookies(&self, identifier: &str) -> Browser<'_> {
        let mut browser = self.browser();
        browser.sign_in_by("token_cookies", identifier).await.expect(201);
        browser
    }

    /// A program in which somebody has just signed in.
    pub(crate) async fn program(&self, identifier: &str) -> Program<'_> {
        Program::signed_in(self, identifier).await
    }

    /// The token of a new service.
    pub(crate) async fn service(&self, name: &str) -> String {
        let name = ServiceName::new(name).unwrap();
        self.auth.add_service(Operator::at_the_console(), name).await.unwrap().reveal().to_string()
    }

    /// Gives an account these roles and no others.
    pub(crate) async fn trust(&self, identifier: &str, roles: &[&str]) {
        let (identifier, roles) =
            (Identifier::new(identifier).unwrap(), account::Roles::new(roles.to_vec()).unwrap());
        self.auth.set_roles(Operator::at_the_console(), &identifier, &roles).await.unwrap();
    }

    /// What was decided since the last time this was asked.
    pub(crate) fn decided(&self) -> Vec<Decision> {
        std::mem::take(&mut *self.decided.lock().unwrap())
    }

    pub(crate) fn wait(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    pub(crate) fn break_store(&self) {
        self.store.down(true);
    }

    pub(crate) fn mend_store(&self) {
        self.store.down(false);
    }

    pub(crate) fn fill_disk(&self) {
        self.store.fill();
    }

    pub(crate) fn keep_hasher_busy(&self) {
        self.hasher.busy();
    }

    /// The key that signs access tokens, as PKCS#8.
    pub(crate) async fn signing_key(&self) -> Vec<u8> {
        let signers = Keys::signers(&*self.store).await.unwrap();
        signers[0].material.0.to_vec()
    }

    /// Every call of the document, as `METHOD /path` and the statuses it may answer with.
    pub(crate) fn calls(&self) -> Vec<(String, Vec<u16>)> {
        let paths = self.document["paths"].as_object().unwrap();
        let calls = paths.iter().flat_map(|(path, methods)| {
            methods.as_object().unwrap().iter().map(move |(method, call)| {
                let statuses = call["responses"].as_object().unwrap().keys();
                let line = format!("{} {path}", method.to_uppercase());
                (line, statuses.map(|status| status.parse().unwrap()).collect())
            })
        });
        calls.collect()
    }
}

fn app(auth: &Auth, plan: &Plan, decided: &Arc<Mutex<Vec<Decision>>>) -> App {
    let public_url = plan.public_url.parse().unwrap();
    let trusted: Vec<_> = plan.trusted_origins.iter().map(|origin| origin.parse().unwrap()).collect();
    let guard = Guard::new(auth.clone(), Origins::new(&public_url, &trusted));
    let trusted_proxies = plan.trusted_proxies.iter().map(|net| net.parse().unwrap()).collect();
    let permit = match &plan.policies {
        Some(sources) => Permit::by(Rules::parse(sources).unwrap(), auth.clock()),
        None => Permit::nothing(auth.clock()),
    };
    let hears = decided.clone();
    let decided = Arc::new(move |decision: &Decision| hears.lock().unwrap().push(decision.clone()));
    App::new(auth.clone(), guard, Settings { public_url, trusted_proxies })
        .unwrap()
        .deciding_by(permit, decided)
}
