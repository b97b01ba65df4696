//! JSON out: the shapes of an account and a session.

use std::fmt::Display;
use std::net::IpAddr;

use axum::body::Body;
use axum::response::{AppendHeaders, IntoResponse, Response};
use bitjang_core::account::{Account, Name};
use bitjang_core::{AccessToken, AccountId, Carrier, Handed, Session, SessionId, SignIn, Time, Tokens};
use bitjang_guard::cookies::{self, Found, SameSite};
use http::header::{CONTENT_TYPE, SET_COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use jiff::fmt::temporal::DateTimePrinter;
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use crate::App;

/// An account, as its owner sees it.
#[derive(Serialize, ToSchema)]
#[schema(title = "Account")]
pub(crate) struct AccountShape<'a> {
    /// UUIDv7
    #[serde(serialize_with = "as_text")]
    #[schema(value_type = String, format = "uuid")]
    id: AccountId,
    /// In canonical form
    identifier: &'a str,
    name: Option<&'a str>,
    roles: &'a [String],
    #[schema(value_type = String, format = DateTime)]
    created_at: Moment,
}

impl<'a> From<&'a Account> for AccountShape<'a> {
    fn from(account: &'a Account) -> Self {
        Self {
            id: account.id,
            identifier: account.identifier.as_str(),
            name: account.name.as_ref().map(Name::as_str),
            roles: account.roles.as_slice(),
            created_at: Moment(account.created_at),
        }
    }
}

/// A session: one sign-in on one device.
#[derive(Serialize, ToSchema)]
#[schema(title = "Session")]
pub(crate) struct SessionShape<'a> {
    /// Public: it names the session and proves nothing
    #[serde(serialize_with = "as_text")]
    #[schema(value_type = String)]
    id: SessionId,
    #[schema(example = "cookie")]
    carrier: &'static str,
    #[schema(value_type = String, format = DateTime)]
    created_at: Moment,
    /// When it ends unless it is used before
    #[schema(value_type = String, format = DateTime)]
    expires_at: Moment,
    #[schema(value_type = String, format = DateTime)]
    seen_at: Moment,
    device: Device<'a>,
}

/// From where a session began.
#[derive(Serialize, ToSchema)]
struct Device<'a> {
    /// What the browser said it was
    agent: Option<&'a str>,
    #[serde(serialize_with = "as_text")]
    #[schema(value_type = String)]
    address: IpAddr,
}

impl<'a> From<&'a Session> for SessionShape<'a> {
    fn from(session: &'a Session) -> Self {
        Self {
            id: session.id,
            carrier: session.carrier.as_str(),
            created_at: Moment(session.created_at),
            expires_at: Moment(session.expires_at()),
            seen_at: Moment(session.seen_at),
            device: Device { agent: session.client.agent.as_deref(), address: session.client.address },
        }
    }
}

/// A time in an answer: RFC 3339 in UTC, to the microsecond.
pub(crate) struct Moment(pub(crate) Time);

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&rfc3339(self.0))
    }
}

/// RFC 3339 in UTC, to the microsecond.
pub fn rfc3339(time: Time) -> String {
    let mut text = String::new();
    write_rfc3339(time, &mut text);
    text
}

/// The same, behind what `text` has already.
pub(crate) fn write_rfc3339(time: Time, text: impl jiff::fmt::Write) {
    const PRINTER: DateTimePrinter = DateTimePrinter::new();
    let timestamp = jiff::Timestamp::from_microsecond(time.as_micros()).unwrap_or(jiff::Timestamp::MAX);
    // Memory takes every write.
    let _ = PRINTER.print_timestamp(&timestamp, text);
}

fn as_text<T: Display, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

/// Who is signed in, and what their client needs to act for them. Which of the optional members are there, the carrier decides.
#[derive(Serialize, ToSchema)]
pub(crate) struct SignedInShape<'a> {
    account: AccountShape<'a>,
    session: SessionShape<'a>,
    /// To be sent as `X-CSRF-Token`; for pages to hold in memory. Carriers `cookie` and `token_cookies`
    #[serde(skip_serializing_if = "Option::is_none")]
    csrf_token: Option<String>,
    #[serde(flatten)]
    tokens: TokensShape<'a>,
}

/// Tokens that have just been handed out.
#[derive(Default, Serialize, ToSchema)]
struct TokensShape<'a> {
    /// Carrier `bearer`
    #[serde(skip_serializing_if = "Option::is_none")]
    access_token: Option<&'a str>,
    /// `Bearer`
    #[serde(skip_serializing_if = "Option::is_none")]
    token_type: Option<&'static str>,
    /// Seconds until the access token expires. Carriers `token_cookies` and `bearer`
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_in: Option<u64>,
    /// Carrier `bearer`
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a str>,
}

impl<'a> TokensShape<'a> {
    fn of(begun: &'a SignIn) -> Self {
        let Handed::Tokens(tokens) = &begun.handed else { return Self::default() };
        let in_body = begun.session.carrier == Carrier::Bearer;
        Self {
            access_token: in_body.then_some(&tokens.access.text),
            token_type: in_body.then_some("Bearer"),
            expires_in: Some(tokens.access.expires_in.as_secs()),
            refresh_token: in_body.then_some(&tokens.refresh),
        }
    }
}

impl App {
    /// What there is to say about a session, and the tokens that its client is given.
    fn shape<'a>(&self, begun: &'a SignIn) -> SignedInShape<'a> {
        let (account, session) = (&*begun.account, &begun.session);
        let csrf_token = (session.carrier != Carrier::Bearer).then(|| self.csrf_token(session.id));
        let tokens = TokensShape::of(begun);
        SignedInShape { account: account.into(), session: session.into(), csrf_token, tokens }
    }

    /// The text of a session's CSRF token.
    pub(crate) fn csrf_token(&self, session: SessionId) -> String {
        self.guard.csrf_token(session).reveal().to_owned()
    }

    /// 201, for a session that has just begun. Cookies of another carrier, which the request may hold from before, are taken away.
    pub(crate) fn hand_out(&self, begun: &SignIn, headers: &HeaderMap) -> Response {
        let stale = stale_cookies(begun.session.carrier, headers);
        let stale = AppendHeaders(stale.into_iter().map(|cookie| (SET_COOKIE, cookie)));
        let mut answer = (stale, self.hand_on(begun, headers)).into_response();
        *answer.status_mut() = StatusCode::CREATED;
        answer
    }

    /// 200, for a session that goes on: cookies or tokens, by its carrier. Spare refresh tokens that the request showed have done their duty.
    pub(crate) fn hand_on(&self, refreshed: &SignIn, headers: &HeaderMap) -> Response {
        let mut cookies = cookies_of(refreshed);
        if refreshed.session.carrier != Carrier::Bearer {
            cookies.extend(cookies::clear_spares(headers));
        }
        let cookies = AppendHeaders(cookies.into_iter().map(|cookie| (SET_COOKIE, cookie)));
        (cookies, json(&self.shape(refreshed))).into_response()
    }
}

/// About how long an answer is.
pub(crate) const USUAL_BYTES: usize = 768;
/// How many headers an answer has in the end, about.
pub(crate) const USUAL_HEADERS: usize = 12;

/// 200 with `shape` as JSON, written into one buffer that need not grow.
pub(crate) fn json<T: Serialize>(shape: &T) -> Response {
    let mut body = Vec::with_capacity(USUAL_BYTES);
    // Strings, numbers and lists of them always serialise, and memory takes every write.
    let _ = serde_json::to_writer(&mut body, shape);
    of_json(body)
}

/// 200 with this JSON.
pub(crate) fn of_json(body: impl Into<Body>) -> Response {
    let mut answer = Response::new(body.into());
    let headers = answer.headers_mut();
    headers.reserve(USUAL_HEADERS);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer
}

/// The cookies that carry a session. The browser keeps them as long as what they hold can last at most; whether it still does, the server knows.
pub(crate) fn cookies_of(begun: &SignIn) -> Vec<HeaderValue> {
    let whole_life = begun.session.ends_at.since(begun.session.seen_at);
    match &begun.handed {
        Handed::SessionToken(token) => {
            vec![cookies::set(cookies::SESSION, &token.reveal(), SameSite::Lax, Some(whole_life))]
        }
        Handed::Tokens(tokens) if begun.session.carrier == Carrier::TokenCookies => {
            let Tokens { access: AccessToken { text, expires_in }, refresh, branch } = tokens;
            let access = cookies::set(cookies::ACCESS, text, SameSite::Lax, Some(*expires_in));
            let newest = cookies::set(cookies::REFRESH, refresh, SameSite::Strict, Some(whole_life));
            // A sign-in hands out the only token of its generation: no answer is on its way beside it.
            let races = begun.session.ratchet.generation > 0;
            let spare = races.then(|| cookies::set_spare(*branch, refresh, whole_life));
            [access, newest].into_iter().chain(spare).collect()
        }
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
