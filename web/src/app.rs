//! What every handler shares.

use std::ops::Deref;
use std::sync::Arc;

use axum::extract::FromRef;
use bitjang_core::Auth;
use bitjang_guard::{Guard, Origin};
use bitjang_permit::{Decision, Permit};
use ipnet::IpNet;
use tokio::sync::watch;

use crate::pages::Pages;

/// What the operator decides about the HTTP face.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where people find this server.
    pub public_url: Origin,
    /// The proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
}

/// Hears of decisions, to count and to log them.
pub type Decided = Arc<dyn Fn(&Decision) + Send + Sync>;

/// The state of the router. Cheap to clone, as every request does several times.
#[derive(Clone)]
pub struct App(Arc<Shared>);

/// What [`App`] shares.
#[derive(Clone)]
pub struct Shared {
    pub(crate) auth: Auth,
    pub(crate) guard: Guard,
    pub(crate) settings: Settings,
    pub(crate) pages: Arc<Pages>,
    /// Decides who may do what.
    pub(crate) permit: Permit,
    /// Hears of each decision that is asked for over HTTP.
    pub(crate) decided: Decided,
    /// Becomes true when the server stops, and ends what would go on for ever.
    pub(crate) closing: watch::Receiver<bool>,
}

impl App {
    /// The state for these flows. The error names the page template that cannot be read.
    pub fn new(auth: Auth, guard: Guard, settings: Settings) -> Result<Self, minijinja::Error> {
        let (_, closing) = watch::channel(false);
        let (pages, permit) = (Arc::new(Pages::new()?), Permit::nothing(auth.clock()));
        let decided: Decided = Arc::new(|_| ());
        Ok(Self(Arc::new(Shared { auth, guard, settings, pages, permit, decided, closing })))
    }

    /// The same state, which answers by this permit and tells `decided` of each answer. Until then there are no policies, and every answer is no.
    #[must_use]
    pub fn deciding_by(&self, permit: Permit, decided: Decided) -> Self {
        Self(Arc::new(Shared { permit, decided, ..Shared::clone(self) }))
    }

    /// The same state, whose streams end when `closing` becomes true.
    #[must_use]
    pub fn closing_with(&self, closing: watch::Receiver<bool>) -> Self {
        Self(Arc::new(Shared { closing, ..Shared::clone(self) }))
    }
}

impl Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl FromRef<App> for Guard {
    fn from_ref(app: &App) -> Self {
        app.guard.clone()
    }
}
