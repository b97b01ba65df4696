//! JSON out: the shapes of an account and a session.

use axum::response::{IntoResponse, Response};
use bitjang_core::account::Account;
use bitjang_core::{Session, SessionId, SignIn, Time};
use bitjang_guard::cookies::{self, SameSite};
use http::header::SET_COOKIE;
use http::{HeaderName, HeaderValue, StatusCode};
use serde::Serialize;
use utoipa::ToSchema;

use crate::App;

/// An account, as its owner sees it.
#[derive(Serialize, ToSchema)]
#[schema(title = "Account")]
pub(crate) struct AccountShape {
    /// UUIDv7
    #[schema(format = "uuid")]
    id: String,
    /// In canonical form
    identifier: String,
    name: Option<String>,
    roles: Vec<String>,
    #[schema(format = DateTime)]
    created_at: String,
}

impl From<&Account> for AccountShape {
    fn from(account: &Account) -> Self {
        Self {
            id: account.id.to_string(),
            identifier: account.identifier.to_string(),
            name: account.name.as_ref().map(|name| name.as_str().to_owned()),
            roles: account.roles.as_slice().to_vec(),
            created_at: rfc3339(account.created_at),
        }
    }
}

/// A session: one sign-in on one device.
#[derive(Serialize, ToSchema)]
#[schema(title = "Session")]
pub(crate) struct SessionShape {
    /// Public: it names the session and proves nothing
    id: String,
    #[schema(example = "cookie")]
    carrier: &'static str,
    #[schema(format = DateTime)]
    created_at: String,
    /// When it ends unless it is used before
    #[schema(format = DateTime)]
    expires_at: String,
    #[schema(format = DateTime)]
    seen_at: String,
    device: Device,
}

/// From where a session began.
#[derive(Serialize, ToSchema)]
struct Device {
    /// What the browser said it was
    agent: Option<String>,
    address: String,
}

impl From<&Session> for SessionShape {
    fn from(session: &Session) -> Self {
        Self {
            id: session.id.to_string(),
            carrier: session.carrier.as_str(),
            created_at: rfc3339(session.created_at),
            expires_at: rfc3339(session.expires_at()),
            seen_at: rfc3339(session.seen_at),
            device: Device {
                agent: session.client.agent.clone(),
                address: session.client.address.to_string(),
            },
        }
    }
}

/// RFC 3339 in UTC, to the microsecond.
pub(crate) fn rfc3339(time: Time) -> String {
    jiff::Timestamp::from_microsecond(time.as_micros()).unwrap_or(jiff::Timestamp::MAX).to_string()
}

/// Who is signed in, and what their page needs to act for them.
#[derive(Serialize, ToSchema)]
pub(crate) struct SignedInShape {
    account: AccountShape,
    session: SessionShape,
    /// To be sent as `X-CSRF-Token`; for pages to hold in memory
    csrf_token: String,
}

impl App {
    /// What there is to say about a session.
    pub(crate) fn shape(&self, account: &Account, session: &Session) -> SignedInShape {
        SignedInShape {
            account: account.into(),
            session: session.into(),
            csrf_token: self.csrf_token(session.id),
        }
    }

    /// The text of a session's CSRF token.
    pub(crate) fn csrf_token(&self, session: SessionId) -> String {
        self.guard.csrf_token(session).reveal().to_owned()
    }
}

/// 201, with a session that has just begun and its cookie.
pub(crate) struct Begun {
    cookie: HeaderValue,
    shape: SignedInShape,
}

impl Begun {
    pub(crate) fn new(app: &App, begun: &SignIn) -> Self {
        Self { cookie: session_cookie(app, begun), shape: app.shape(&begun.account, &begun.session) }
    }
}

impl IntoResponse for Begun {
    fn into_response(self) -> Response {
        (StatusCode::CREATED, [(SET_COOKIE, self.cookie)], axum::Json(self.shape)).into_response()
    }
}

/// The cookie that a sign-in hands out. The browser keeps it as long as the session can last at most; whether it still does, the server knows.
pub(crate) fn session_cookie(app: &App, begun: &SignIn) -> HeaderValue {
    let max_age = app.auth.rules().lifetime.absolute;
    cookies::set(cookies::SESSION, &begun.token.reveal(), SameSite::Lax, Some(max_age))
}

/// The header that takes the session cookie away.
pub(crate) fn without_cookie() -> [(HeaderName, HeaderValue); 1] {
    [(SET_COOKIE, cookies::clear(cookies::SESSION, SameSite::Lax))]
}
