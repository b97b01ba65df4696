//! Who visits, in which language, and how pages and problems are shown to them.

use axum::extract::{FromRequest, FromRequestParts, OptionalFromRequestParts, Query, Request, State};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{Html, IntoResponse as _, Response};
use bitjang_guard::cookies::{self, Found, SameSite};
use bitjang_guard::{Problem, Provenance, form};
use bitjang_web::pages::Language;
use http::header::{
    ACCEPT, ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_SECURITY_POLICY, LOCATION, REFERRER_POLICY, SET_COOKIE,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderName, HeaderValue, Method, StatusCode, Uri};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::exchange::Visitor;
use crate::rules::{Community, GiveRoles, Moderate};

/// What our pages may do in a browser, and nothing else: the policy of Bitjang's own pages.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; \
                      frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

const HEADERS: [(HeaderName, &str); 7] = [
    (CONTENT_SECURITY_POLICY, POLICY),
    (CACHE_CONTROL, "no-store"),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    // Not no-referrer: with that, browsers send our own forms with `Origin: null`.
    (REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// The cookie that remembers which language was asked for: the one that Bitjang's pages use.
const LANGUAGE_COOKIE: &str = "__Host-bitjang-language";
const A_YEAR: std::time::Duration = std::time::Duration::from_secs(365 * 24 * 3_600);

/// Whoever is signed in; 401 for anybody else. Not for what changes something: see [`Sent`].
impl FromRequestParts<App> for Visitor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        // A handler that forgets to take a `Sent` is locked, not open.
        if !parts.method.is_safe() {
            return Err(Problem::csrf_token());
        }
        app.exchange.identify(&parts.headers).await
    }
}

/// `None` for strangers.
impl OptionalFromRequestParts<App> for Visitor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Option<Self>, Problem> {
        match <Self as FromRequestParts<App>>::from_request_parts(parts, app).await {
            Err(problem) if problem == Problem::signed_out() => Ok(None),
            answer => answer.map(Some),
        }
    }
}

/// A form, and whoever sent it from a page of ours: where from, content type and CSRF token have been checked.
pub(super) struct Sent<T>(pub(super) Visitor, pub(super) T);

impl<T: DeserializeOwned> FromRequest<App> for Sent<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        if app.exchange.origins().provenance(request.headers()) != Provenance::Own {
            return Err(Problem::cross_site());
        }
        let visitor = app.exchange.identify(request.headers()).await?;
        let (token, fields) = form::read(request, app).await?;
        if visitor.confirms(&token) { Ok(Self(visitor, fields)) } else { Err(Problem::csrf_token()) }
    }
}

/// A request for a page.
pub(super) struct Visit {
    app: App,
    path: String,
    language: Language,
    /// The language, where it has just been asked for.
    chosen: Option<Language>,
}

#[derive(Default, Deserialize)]
struct Asked {
    lang: Option<String>,
}

impl FromRequestParts<App> for Visit {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        Ok(Self::of(app, parts))
    }
}

/// What every page shows around its own content.
#[derive(Serialize)]
struct Frame<'a, P> {
    path: &'a str,
    visitor: Option<Shown<'a>>,
    page: P,
}

/// The visitor, as the frame shows them.
#[derive(Serialize)]
struct Shown<'a> {
    name: &'a str,
    csrf_token: &'a str,
    is_banned: bool,
    sees_members: bool,
}

impl Visit {
    fn of(app: &App, parts: &Parts) -> Self {
        let asked = Query::<Asked>::try_from_uri(&parts.uri).map(|query| query.0).unwrap_or_default();
        let remembered = match cookies::find(&parts.headers, LANGUAGE_COOKIE) {
            Found::One(tag) => Some(tag),
            Found::Nothing | Found::Confusing => None,
        };
        let preferred = parts.headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let language = Language::choose(asked.lang.as_deref(), remembered, preferred);
        let chosen = asked.lang.as_deref().and_then(Language::from_tag);
        Self { app: app.clone(), path: parts.uri.path().to_owned(), language, chosen }
    }

    /// The page, in the visitor's language, with what it shows of them.
    pub(super) fn page(
        &self,
        status: StatusCode,
        template: &str,
        visitor: Option<&Visitor>,
        page: impl Serialize,
    ) -> Result<Response, Problem> {
        let visitor = visitor.map(|visitor| self.shown(visitor)).transpose()?;
        let frame = Frame { path: &self.path, visitor, page };
        let html = self.app.pages.render(template, self.language, &frame).map_err(|error| {
            tracing::error!(%error, "a page that cannot be shown");
            Problem::unavailable()
        })?;
        let headers = HEADERS.map(|(name, value)| (name, HeaderValue::from_static(value)));
        let mut response = (status, headers, Html(html)).into_response();
        if let Some(language) = self.chosen {
            let cookie = cookies::set(LANGUAGE_COOKIE, language.tag(), SameSite::Lax, Some(A_YEAR));
            response.headers_mut().append(SET_COOKIE, cookie);
        }
        Ok(response)
    }

    fn shown<'a>(&self, visitor: &'a Visitor) -> Result<Shown<'a>, Problem> {
        let (app, person) = (&self.app, self.app.person(visitor)?);
        Ok(Shown {
            name: visitor.name(),
            csrf_token: visitor.csrf_token(),
            is_banned: person.is_banned(),
            sees_members: app.allows::<Moderate, _>(&person, &Community)
                || app.allows::<GiveRoles, _>(&person, &Community),
        })
    }
}

/// Shows a person the page of a problem, where a program gets `application/problem+json`.
pub(super) async fn show_problems(State(app): State<App>, request: Request, next: Next) -> Response {
    let html = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok());
    if !html.is_some_and(|accept| accept.contains("text/html")) {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let visit = Visit::of(&app, &parts);
    let (method, uri, headers) = (parts.method.clone(), parts.uri.clone(), parts.headers.clone());
    let response = next.run(Request::from_parts(parts, body)).await;
    match response.extensions().get::<Problem>() {
        None => response,
        Some(problem) if *problem == Problem::signed_out() => sign_in_first(&method, &uri),
        Some(problem) => {
            let visitor = app.exchange.identify(&headers).await.ok();
            visit.problem(problem, visitor.as_ref()).unwrap_or(response)
        }
    }
}

/// What an error page shows.
#[derive(Serialize)]
struct Told {
    key: &'static str,
    status: u16,
}

impl Visit {
    fn problem(&self, problem: &Problem, visitor: Option<&Visitor>) -> Option<Response> {
        let key = match (problem.code, problem.status) {
            ("cross_site", _) => "error-cross-site",
            ("csrf_token", _) => "error-form-expired",
            ("changed", _) => "community-error-changed",
            ("bad_text", _) => "community-error-text",
            (_, StatusCode::FORBIDDEN) => "error-forbidden",
            (_, StatusCode::NOT_FOUND) => "error-not-found",
            (_, StatusCode::METHOD_NOT_ALLOWED) => "error-method-not-allowed",
            (_, StatusCode::PAYLOAD_TOO_LARGE) => "error-too-large",
            (_, StatusCode::SERVICE_UNAVAILABLE) => "error-unavailable",
            _ => "error-bad-request",
        };
        let told = Told { key, status: problem.status.as_u16() };
        self.page(problem.status, "community/error.html", visitor, told).ok()
    }
}

/// The sign-in page that leads back to where a stranger wanted to go, if that can be asked for again.
fn sign_in_first(method: &Method, uri: &Uri) -> Response {
    let wanted = uri.path_and_query().filter(|_| *method == Method::GET).map_or("/", |path| path.as_str());
    let mut query = url::form_urlencoded::Serializer::for_suffix("/sign-in?".to_owned(), "/sign-in?".len());
    see(&query.append_pair("return_to", wanted).finish())
}

/// Sends the browser on to `path` with GET.
pub(super) fn see(path: &str) -> Response {
    let location = HeaderValue::from_str(path).unwrap_or(HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(LOCATION, location)]).into_response()
}
