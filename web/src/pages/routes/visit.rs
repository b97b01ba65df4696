//! What a page is shown with: the visitor's language, and the cookie that their forms are tied to before they have a session.

use axum::extract::{FromRequestParts, Query};
use axum::response::{Html, IntoResponse as _, Response};
use bitjang_guard::cookies::{self, Found, SameSite};
use bitjang_guard::{Problem, whole_seconds};
use http::header::{ACCEPT_LANGUAGE, CONTENT_SECURITY_POLICY, LOCATION, RETRY_AFTER, SET_COOKIE};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::Deserialize;

use super::return_to::ReturnTo;
use super::told::Told;
use crate::App;
use crate::pages::view::Notice;
use crate::pages::{Language, View};

/// The cookie that ties the forms for strangers to one browser (login CSRF): 128 random bits.
const FORM_COOKIE: &str = "__Host-bitjang-form";

/// The cookie that remembers which language was asked for.
const LANGUAGE_COOKIE: &str = "__Host-bitjang-language";

/// What a page's own styles and scripts may do, and nothing else.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; \
                      frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

/// A request for a page.
pub(super) struct Visit {
    app: App,
    language: Language,
    asked: Asked,
    form_cookie: Option<String>,
}

/// What the address of a page may ask for. Values that make no sense are passed over.
#[derive(Default, Deserialize)]
struct Asked {
    lang: Option<String>,
    notice: Option<String>,
    return_to: Option<String>,
}

impl FromRequestParts<App> for Visit {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        Ok(Self::of(app, &parts.headers, &parts.uri))
    }
}

impl Visit {
    /// The visit of a request with these headers at this address.
    pub(super) fn of(app: &App, headers: &HeaderMap, uri: &http::Uri) -> Self {
        let asked = Query::<Asked>::try_from_uri(uri).map(|query| query.0).unwrap_or_default();
        let remembered = one(headers, LANGUAGE_COOKIE);
        let preferred = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let language = Language::choose(asked.lang.as_deref(), remembered, preferred);
        // 22 characters: what we hand out. Whatever else is there is replaced.
        let form_cookie = one(headers, FORM_COOKIE).filter(|value| value.len() == 22).map(str::to_owned);
        Self { app: app.clone(), language, asked, form_cookie }
    }

    /// Where the visitor wants to go afterwards.
    pub(super) fn return_to(&self) -> Option<ReturnTo> {
        self.asked.return_to.as_deref().and_then(ReturnTo::new)
    }

    /// What the page that sent them here has to tell.
    pub(super) fn notice(&self) -> Option<Notice> {
        self.asked.notice.as_deref().and_then(Notice::from_code)
    }

    /// The token for this browser's forms; remembers to set the cookie behind it where there is none yet.
    pub(super) fn form_token(&mut self) -> String {
        let app = &self.app;
        let cookie = self.form_cookie.get_or_insert_with(|| app.auth.nonce());
        app.guard.csrf().form_token(cookie.as_bytes()).reveal().to_owned()
    }

    /// Whether a form with this token was handed to this very browser.
    pub(super) fn confirm(&self, token: &str) -> Result<(), Told> {
        let confirms = |cookie: &String| self.app.guard.csrf().confirms_form(cookie.as_bytes(), token);
        if self.form_cookie.as_ref().is_some_and(confirms) { Ok(()) } else { Err(Told::FORM_EXPIRED) }
    }

    /// The page, in the visitor's language.
    pub(super) fn page(&self, status: StatusCode, view: &View) -> Response {
        match self.app.pages.render(view, self.language) {
            Ok(html) => {
                self.with_cookies((status, [(CONTENT_SECURITY_POLICY, POLICY)], Html(html)).into_response())
            }
            Err(error) => {
                tracing::error!(%error, "a page that cannot be shown");
                Problem::unavailable().into_response()
            }
        }
    }

    /// The page of a form, with what became of it beside it.
    pub(super) fn told(&self, told: Told, view: &View) -> Response {
        let mut response = self.page(told.status, view);
        if let Some(wait) = told.retry_after {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(whole_seconds(wait)));
        }
        response
    }

    fn with_cookies(&self, mut response: Response) -> Response {
        let headers = response.headers_mut();
        if let Some(cookie) = &self.form_cookie {
            headers.append(SET_COOKIE, cookies::set(FORM_COOKIE, cookie, SameSite::Lax, None));
        }
        if let Some(language) = self.asked.lang.as_deref().and_then(Language::from_tag) {
            headers.append(
                SET_COOKIE,
                cookies::set(LANGUAGE_COOKIE, language.tag(), SameSite::Lax, Some(A_YEAR)),
            );
        }
        response
    }
}

const A_YEAR: std::time::Duration = std::time::Duration::from_secs(365 * 24 * 3_600);

fn one<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    match cookies::find(headers, name) {
        Found::One(value) => Some(value),
        Found::Nothing | Found::Confusing => None,
    }
}

/// Sends the browser on to `path` with GET. `path` is ours or a [`ReturnTo`].
pub(super) fn see(path: &str) -> Response {
    let location = HeaderValue::from_str(path).unwrap_or(HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(LOCATION, location)]).into_response()
}

/// Sends the browser on to `path` with GET, with good news to tell there.
pub(super) fn see_with(path: &str, notice: Notice) -> Response {
    see(&format!("{path}?notice={}", notice.code()))
}
