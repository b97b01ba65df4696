//! JSON out: the shapes of an account and a session.

use axum::response::{AppendHeaders, IntoResponse, Response};
use bitjang_core::account::Account;
use bitjang_core::{Carrier, Handed, Session, SessionId, SignIn, Time};
use bitjang_guard::cookies::{self, Found, SameSite};
use http::header::SET_COOKIE;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Serialize;
use utoipa::ToSchema;
use zeroize::Zeroizing;

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
pub fn rfc3339(time: Time) -> String {
    jiff::Timestamp::from_microsecond(time.as_micros()).unwrap_or(jiff::Timestamp::MAX).to_string()
}

/// Who is signed in, and what their client needs to act for them. Which of the optional members are there, the carrier decides.
#[derive(Serialize, ToSchema)]
pub(crate) struct SignedInShape {
    account: AccountShape,
    session: SessionShape,
    /// To be sent as `X-CSRF-Token`; for pages to hold in memory. Carriers `cookie` and `token_cookies`
    #[serde(skip_serializing_if = "Option::is_none")]
    csrf_token: Option<String>,
    #[serde(flatten)]
    tokens: TokensShape,
}

/// Tokens that have just been handed out.
#[derive(Default, Serialize, ToSchema)]
struct TokensShape {
    /// Carrier `bearer`
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    access_token: Option<Zeroizing<String>>,
    /// `Bearer`
    #[serde(skip_serializing_if = "Option::is_none")]
    token_type: Option<&'static str>,
    /// Seconds until the access token expires. Carriers `token_cookies` and `bearer`
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_in: Option<u64>,
    /// Carrier `bearer`
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    refresh_token: Option<Zeroizing<String>>,
}

impl App {
    /// What there is to say about a session.
    pub(crate) fn shape(&self, account: &Account, session: &Session) -> SignedInShape {
        let csrf_token = (session.carrier != Carrier::Bearer).then(|| self.csrf_token(session.id));
        SignedInShape {
            account: account.into(),
            session: session.into(),
            csrf_token,
            tokens: TokensShape::default(),
        }
    }

    /// The text of a session's CSRF token.
    pub(crate) fn csrf_token(&self, session: SessionId) -> String {
        self.guard.csrf_token(session).reveal().to_owned()
    }
}

/// What a sign-in or a refresh hands out: cookies or tokens, by the session's carrier.
pub(crate) struct HandedOut {
    status: StatusCode,
    cookies: Vec<HeaderValue>,
    shape: SignedInShape,
}

impl HandedOut {
    /// 201, for a session that has just begun. Cookies of another carrier, which the request may hold from before, are taken away.
    pub(crate) fn begun(app: &App, begun: &SignIn, headers: &HeaderMap) -> Self {
        let mut handed = Self::new(app, begun, StatusCode::CREATED);
        handed.cookies.extend(stale_cookies(begun.session.carrier, headers));
        handed
    }

    /// 200, for a session that goes on.
    pub(crate) fn refreshed(app: &App, refreshed: &SignIn) -> Self {
        Self::new(app, refreshed, StatusCode::OK)
    }

    fn new(app: &App, begun: &SignIn, status: StatusCode) -> Self {
        let mut shape = app.shape(&begun.account, &begun.session);
        if let Handed::Tokens(tokens) = &begun.handed {
            shape.tokens.expires_in = Some(tokens.access.expires_in.as_secs());
            if begun.session.carrier == Carrier::Bearer {
                shape.tokens.access_token = Some(tokens.access.text.clone());
                shape.tokens.token_type = Some("Bearer");
                shape.tokens.refresh_token = Some(tokens.refresh.clone());
            }
        }
        Self { status, cookies: cookies_of(begun), shape }
    }
}

impl IntoResponse for HandedOut {
    fn into_response(self) -> Response {
        let cookies = AppendHeaders(self.cookies.into_iter().map(|cookie| (SET_COOKIE, cookie)));
        (self.status, cookies, axum::Json(self.shape)).into_response()
    }
}

/// The cookies that carry a session. The browser keeps them as long as what they hold can last at most; whether it still does, the server knows.
pub(crate) fn cookies_of(begun: &SignIn) -> Vec<HeaderValue> {
    let whole_life = Some(begun.session.ends_at.since(begun.session.seen_at));
    match &begun.handed {
        Handed::SessionToken(token) => {
            vec![cookies::set(cookies::SESSION, &token.reveal(), SameSite::Lax, whole_life)]
        }
        Handed::Tokens(tokens) if begun.session.carrier == Carrier::TokenCookies => vec![
            cookies::set(cookies::ACCESS, &tokens.access.text, SameSite::Lax, Some(tokens.access.expires_in)),
            cookies::set(cookies::REFRESH, &tokens.refresh, SameSite::Strict, whole_life),
        ],
        Handed::Tokens(_) => Vec::new(),
    }
}

fn stale_cookies(carrier: Carrier, headers: &HeaderMap) -> Vec<HeaderValue> {
    let kept: &[&str] = match carrier {
        Carrier::Cookie => &[cookies::SESSION],
        Carrier::TokenCookies => &[cookies::ACCESS, cookies::REFRESH],
        // A program that keeps cookies too: they are another session's, and none of our business.
        Carrier::Bearer => return Vec::new(),
    };
    let stale =
        |(name, _): &&(&str, _)| !kept.contains(name) && cookies::find(headers, name) != Found::Nothing;
    cookies::ALL.iter().filter(stale).map(|(name, same_site)| cookies::clear(name, *same_site)).collect()
}

/// The headers that take away every cookie of ours that a request holds.
pub(crate) fn without_cookies(headers: &HeaderMap) -> AppendHeaders<Vec<(HeaderName, HeaderValue)>> {
    AppendHeaders(cookies::clear_all(headers).map(|cookie| (SET_COOKIE, cookie)).collect())
}
