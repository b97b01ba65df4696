//! What every handler shares.

use std::sync::Arc;

use axum::extract::FromRef;
use bitjang_core::Auth;
use bitjang_guard::{Guard, Origin};
use ipnet::IpNet;

use crate::pages::Pages;

/// What the operator decides about the HTTP face.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where people find this server.
    pub public_url: Origin,
    /// The proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
}

/// The state of the router. Cheap to clone.
#[derive(Clone)]
pub struct App {
    pub(crate) auth: Auth,
    pub(crate) guard: Guard,
    pub(crate) settings: Arc<Settings>,
    pub(crate) pages: Arc<Pages>,
}

impl App {
    /// The state for these flows. The error names the page template that cannot be read.
    pub fn new(auth: Auth, guard: Guard, settings: Settings) -> Result<Self, minijinja::Error> {
        Ok(Self { auth, guard, settings: Arc::new(settings), pages: Arc::new(Pages::new()?) })
    }
}

impl FromRef<App> for Guard {
    fn from_ref(app: &App) -> Self {
        app.guard.clone()
    }
}
