//! What every handler shares.

use std::ops::Deref;
use std::sync::Arc;

use axum::extract::FromRef;
use bitjang_core::Auth;
use bitjang_guard::{Guard, Origin};
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
    /// Becomes true when the server stops, and ends what would go on for ever.
    pub(crate) closing: watch::Receiver<bool>,
}

impl App {
    /// The state for these flows. The error names the page template that cannot be read.
    pub fn new(auth: Auth, guard: Guard, settings: Settings) -> Result<Self, minijinja::Error> {
        let (_, closing) = watch::channel(false);
        Ok(Self(Arc::new(Shared { auth, guard, settings, pages: Arc::new(Pages::new()?), closing })))
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
