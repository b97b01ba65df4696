//! The routes of the page. It is for whoever sits at this machine: loopback alone, and only under names of this machine.

use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use anyhow::Result;
use axum::extract::{Path, Query, Request, State};
use axum::middleware::{Next, from_fn};
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use http::{HeaderMap, Method, StatusCode};
use minijinja::{AutoEscape, Environment, Value, context};
use serde::{Deserialize, Serialize};

use super::state::Lab;
use super::{STYLE, diagram, plot, token};
use crate::attacks::{self, Attack};
use crate::running::{listen, serve as serve_at};
use crate::schemes::{self, Scheme};
use crate::{live, report};

const TEMPLATE: &str = include_str!("../../assets/page.html");
const SCRIPT: &str = include_str!("../../assets/lab.js");
const POLICY: &str = "default-src 'none'; img-src data:; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Serves the page on `port` of this machine until `stop`; tells `ready` where.
pub async fn serve(
    port: u16,
    program: Option<PathBuf>,
    ready: impl FnOnce(SocketAddr),
    stop: impl Future<Output = ()>,
) -> Result<()> {
    let listener = listen(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
    let live = live::Live::new(program.clone())?;
    let app = routes().with_state(Lab::new(program)).merge(live.routes()).layer(from_fn(at_home));
    let serving = serve_at(&listener, app)?;
    ready(listener.local_addr()?);
    stop.await;
    serving.abort();
    Ok(())
}

fn routes() -> Router<Lab> {
    Router::new()
        .route("/", get(matrix))
        .route("/run", post(run_all))
        .route("/progress", get(progress))
        .route("/cell/{scheme}/{attack}", get(cell).post(run_cell))
        .route("/cell/{scheme}/{attack}/json", post(cell_json))
        .route("/token", get(token_form).post(explore))
        .route("/bottleneck", get(bottleneck).post(measure))
        .route("/lab.css", get(async || ([("content-type", "text/css")], STYLE)))
        .route("/lab.js", get(async || ([("content-type", "text/javascript")], SCRIPT)))
}

/// Another site's page must not drive the lab, nor another name that leads here (DNS rebinding).
async fn at_home(request: Request, next: Next) -> Response {
    if !is_at_home(request.method(), request.headers()) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let mut response = next.run(request).await;
    response.headers_mut().insert("content-security-policy", http::HeaderValue::from_static(POLICY));
    response
}

fn is_at_home(method: &Method, headers: &HeaderMap) -> bool {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let host = header("host").and_then(|host| host.rsplit_once(':')).map_or("", |(host, _)| host);
    let foreign = header("sec-fetch-site").is_some_and(|site| site == "cross-site" || site == "same-site");
    ["localhost", "127.0.0.1"].contains(&host) && (*method == Method::GET || !foreign)
}

/// Which language is wanted, by the address or by the browser.
#[derive(Deserialize)]
struct Wanted {
    lang: Option<String>,
}

impl Wanted {
    fn language(&self, headers: &HeaderMap) -> &'static str {
        let accepts = headers.get("accept-language").and_then(|value| value.to_str().ok()).unwrap_or("");
        if self.lang.as_deref().unwrap_or(accepts).starts_with("ko") { "ko" } else { "en" }
    }

    /// The page from which a form was sent, in the language that it was in.
    fn back_to(&self, path: &str) -> Redirect {
        let language = if self.lang.as_deref() == Some("ko") { "ko" } else { "en" };
        Redirect::to(&format!("{path}?lang={language}"))
    }
}

async fn matrix(
    State(lab): State<Lab>,
    Query(wanted): Query<Wanted>,
    headers: HeaderMap,
) -> Result<Html<String>, Failed> {
    let shown = lab.shown();
    let rows = attacks::ALL.iter().map(|attack| {
        let cells = schemes::ALL.into_iter().map(|scheme| {
            let verdict = shown.cells.get(&(scheme.id, attack.id)).map(|cell| &cell.verdict);
            let expected = scheme.expects(attack.id).map(|(colour, _)| colour);
            context! { scheme => scheme.id, verdict => value(&verdict), expected => value(&expected) }
        });
        context! { id => attack.id, name => value(&attack.name), cells => cells.collect::<Vec<_>>() }
    });
    let columns = schemes::ALL
        .into_iter()
        .map(|scheme| context! { number => scheme.number, id => scheme.id, name => value(&scheme.name) });
    let page = context! {
        rows => rows.collect::<Vec<_>>(), columns => columns.collect::<Vec<_>>(), under_way => shown.under_way,
        done => shown.done, total => Lab::total(), failed => shown.failed.clone(),
        surprises => report::surprises(shown.cells.values()),
    };
    render("matrix", wanted.language(&headers), page)
}

async fn run_all(State(lab): State<Lab>, Query(wanted): Query<Wanted>) -> Redirect {
    lab.run_all();
    wanted.back_to("/")
}

async fn progress(State(lab): State<Lab>) -> Json<serde_json::Value> {
    let shown = lab.shown();
    Json(serde_json::json!({ "under_way": shown.under_way, "done": shown.done, "total": Lab::total() }))
}

async fn cell(
    State(lab): State<Lab>,
    Path((scheme, attack)): Path<(String, String)>,
    Query(wanted): Query<Wanted>,
    headers: HeaderMap,
) -> Result<Html<String>, Failed> {
    let (scheme, attack) = named(&scheme, &attack)?;
    let cell = lab.shown().cells.get(&(scheme.id, attack.id)).cloned();
    let drawn = cell.as_ref().map(|cell| Value::from_safe_string(diagram::draw(&cell.steps)));
    let expected = scheme.expects(attack.id).map(|(_, why)| value(why));
    let about = context! { id => scheme.id, number => scheme.number, name => value(&scheme.name) };
    let attack = context! { id => attack.id, name => value(&attack.name) };
    let page = context! { scheme => about, attack, cell => value(&cell), drawn, expected };
    render("cell", wanted.language(&headers), page)
}

async fn run_cell(
    State(lab): State<Lab>,
    Path((scheme, attack)): Path<(String, String)>,
    Query(wanted): Query<Wanted>,
) -> Result<Redirect, Failed> {
    run_one(&lab, &scheme, &attack).await?;
    Ok(wanted.back_to(&format!("/cell/{scheme}/{attack}")))
}

async fn cell_json(
    State(lab): State<Lab>,
    Path((scheme, attack)): Path<(String, String)>,
) -> Result<Response, Failed> {
    let cell = run_one(&lab, &scheme, &attack).await?;
    Ok(Json(cell).into_response())
}

async fn run_one(lab: &Lab, scheme: &str, attack: &str) -> Result<attacks::Cell, Failed> {
    let (scheme, attack) = named(scheme, attack)?;
    let cell = report::play(scheme, attack.id, lab.program()).await?;
    lab.shown().cells.insert((scheme.id, attack.id), cell.clone());
    Ok(cell)
}

fn named(scheme: &str, attack: &str) -> Result<(&'static Scheme, &'static Attack), Failed> {
    Scheme::named(scheme).zip(Attack::named(attack)).ok_or(Failed::NotFound)
}

/// What was pasted.
#[derive(Deserialize)]
struct Pasted {
    token: String,
}

async fn token_form(Query(wanted): Query<Wanted>, headers: HeaderMap) -> Result<Html<String>, Failed> {
    render("token", wanted.language(&headers), context! { token => "" })
}

async fn explore(
    Query(wanted): Query<Wanted>,
    headers: HeaderMap,
    Form(pasted): Form<Pasted>,
) -> Result<Html<String>, Failed> {
    let language = wanted.language(&headers);
    render(
        "token",
        language,
        context! { found => token::explain(&pasted.token, language), token => pasted.token },
    )
}

async fn bottleneck(
    State(lab): State<Lab>,
    Query(wanted): Query<Wanted>,
    headers: HeaderMap,
) -> Result<Html<String>, Failed> {
    let shown = lab.shown();
    let drawn = (!shown.lines.is_empty()).then(|| Value::from_safe_string(plot::draw(&shown.lines)));
    let page = context! { lines => value(&shown.lines), drawn, under_way => shown.under_way, failed => shown.failed.clone() };
    render("bottleneck", wanted.language(&headers), page)
}

async fn measure(State(lab): State<Lab>, Query(wanted): Query<Wanted>) -> Redirect {
    lab.measure();
    wanted.back_to("/bottleneck")
}

fn value(of: &impl Serialize) -> Value {
    Value::from(minijinja::value::Serde(of))
}

fn render(view: &str, language: &str, page: Value) -> Result<Html<String>, Failed> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    let template = environment.template_from_named_str("page.html", TEMPLATE).map_err(anyhow::Error::from)?;
    let page = context! { view, ko => language == "ko", lang => language, ..page };
    Ok(Html(template.render(page).map_err(anyhow::Error::from)?))
}

/// Why there is no page.
enum Failed {
    NotFound,
    Broken(anyhow::Error),
}

impl From<anyhow::Error> for Failed {
    fn from(error: anyhow::Error) -> Self {
        Self::Broken(error)
    }
}

impl axum::response::IntoResponse for Failed {
    fn into_response(self) -> Response {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND.into_response(),
            Self::Broken(error) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{error:#}")).into_response(),
        }
    }
}
