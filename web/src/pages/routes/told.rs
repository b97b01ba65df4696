//! How problems are told on pages: beside the form they are about, or on a page of their own.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use bitjang_core::password::{self, Weakness};
use bitjang_core::{Error, Refusal};
use bitjang_guard::{Problem, whole_seconds};
use http::header::ACCEPT;
use http::{HeaderMap, Method, StatusCode};

use super::return_to::ReturnTo;
use super::visit::{Visit, see};
use crate::App;
use crate::pages::View;
use crate::pages::view::{self, ErrorKind, Notice};

/// What to tell beside a form, the status to tell it with, and how long to wait.
#[derive(Clone, Copy)]
pub(super) struct Told {
    pub(super) status: StatusCode,
    pub(super) problem: view::Problem,
    pub(super) retry_after: Option<Duration>,
}

impl Told {
    pub(super) const FORM_EXPIRED: Self =
        Self { status: StatusCode::FORBIDDEN, problem: view::Problem::FormExpired, retry_after: None };
    pub(super) const WRONG_PASSWORD: Self =
        Self { status: StatusCode::UNAUTHORIZED, problem: view::Problem::WrongPassword, retry_after: None };
}

impl From<Error> for Told {
    fn from(error: Error) -> Self {
        let problem = match &error {
            Error::Refused(refusal) => beside_form(refusal),
            Error::Failed(_) => view::Problem::Unavailable,
        };
        let Problem { status, retry_after, .. } = error.into();
        Self { status, problem, retry_after }
    }
}

fn beside_form(refusal: &Refusal) -> view::Problem {
    match refusal {
        Refusal::BadIdentifier(_) => view::Problem::BadIdentifier,
        Refusal::BadName => view::Problem::BadName,
        Refusal::WeakPassword(weakness) => view::Problem::WeakPassword(weak(*weakness)),
        Refusal::IdentifierTaken => view::Problem::IdentifierTaken,
        Refusal::TooManyAttempts { retry_after } => {
            view::Problem::TooManyAttempts { wait_seconds: whole_seconds(*retry_after) }
        }
        Refusal::Busy => view::Problem::Busy,
        Refusal::BadCredentials
        | Refusal::SignedOut
        | Refusal::TokenReuse
        | Refusal::OtherCarrier
        | Refusal::NotFound
        | Refusal::BadRole => view::Problem::BadCredentials,
        Refusal::SignUpClosed => view::Problem::Unavailable,
    }
}

fn weak(weakness: Weakness) -> view::Weakness {
    match weakness {
        Weakness::TooShort { min } => view::Weakness::TooShort { min_length: min },
        Weakness::TooLong => view::Weakness::TooLong { max_length: password::MAX_BYTES },
        Weakness::ContainsIdentifier => view::Weakness::ContainsIdentifier,
        Weakness::Common => view::Weakness::Common,
        Weakness::Guessable => view::Weakness::Guessable,
    }
}

/// Shows a person the page of a problem, where a program gets `application/problem+json`.
pub(crate) async fn show_problems(State(app): State<App>, request: Request, next: Next) -> Response {
    if !wants_a_page(&request) {
        return next.run(request).await;
    }
    let visit = Visit::of(&app, request.headers(), request.uri());
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let response = next.run(request).await;
    match response.extensions().get::<Problem>() {
        None => response,
        Some(problem) if problem.code == Problem::signed_out().code => see(&sign_in_first(&method, &uri)),
        Some(problem) => {
            let path = if method == Method::GET { uri.path() } else { "/" };
            let page = View::Error(view::Error { kind: kind(problem), path: path.to_owned() });
            let mut shown = visit.page(problem.status, &page);
            if let Some(wait) = response.headers().get(http::header::RETRY_AFTER) {
                shown.headers_mut().insert(http::header::RETRY_AFTER, wait.clone());
            }
            shown
        }
    }
}

fn wants_a_page(request: &Request) -> bool {
    let api = ["/v1/", "/access/", "/.well-known/", "/openapi.json"];
    !api.iter().any(|path| request.uri().path().starts_with(path)) && accepts_html(request.headers())
}

fn accepts_html(headers: &HeaderMap) -> bool {
    headers.get(ACCEPT).and_then(|value| value.to_str().ok()).is_some_and(|value| value.contains("text/html"))
}

/// The sign-in page that leads back to where a stranger wanted to go, if that can be asked for again.
fn sign_in_first(method: &Method, uri: &http::Uri) -> String {
    let wanted = uri.path_and_query().map(http::uri::PathAndQuery::as_str).filter(|_| *method == Method::GET);
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    match wanted.and_then(ReturnTo::new) {
        Some(path) => query.append_pair("return_to", path.as_str()),
        None => query.append_pair("notice", Notice::SessionEnded.code()),
    };
    format!("/sign-in?{}", query.finish())
}

fn kind(problem: &Problem) -> ErrorKind {
    match (problem.code, problem.status) {
        ("cross_site", _) => ErrorKind::CrossSite,
        ("csrf_token", _) => ErrorKind::FormExpired,
        (_, StatusCode::FORBIDDEN) => ErrorKind::Forbidden,
        (_, StatusCode::BAD_REQUEST) => ErrorKind::BadRequest,
        (_, StatusCode::NOT_FOUND) => ErrorKind::NotFound,
        (_, StatusCode::METHOD_NOT_ALLOWED) => ErrorKind::MethodNotAllowed,
        (_, StatusCode::PAYLOAD_TOO_LARGE) => ErrorKind::TooLarge,
        (_, StatusCode::TOO_MANY_REQUESTS) => {
            ErrorKind::TooManyRequests { wait_seconds: problem.retry_after.map_or(60, whole_seconds) }
        }
        (_, StatusCode::SERVICE_UNAVAILABLE) => ErrorKind::Unavailable,
        (_, status) => ErrorKind::Other { status: status.as_u16() },
    }
}
