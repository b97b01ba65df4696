//! What a request presents to say who it is from, read without asking the store.

use bitjang_core::ratchet::Genuine;
use bitjang_core::{Proof, SessionToken};
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};

use crate::Guard;
use crate::cookies::{self, Found};

/// What a request presents. A bearer token is believed before any cookie: who sends one means it, a cookie comes along by itself.
pub(crate) enum Presented<'a> {
    /// A token in `Authorization`, or something in its place that is none.
    Bearer(Option<&'a str>),
    /// Cookies, or nothing.
    Cookies(Option<Cookies<'a>>),
}

/// At most one of each of our cookies.
#[derive(Clone, Copy)]
pub(crate) struct Cookies<'a> {
    session: Option<&'a str>,
    access: Option<&'a str>,
    refresh: Option<&'a str>,
}

impl<'a> Presented<'a> {
    pub(crate) fn of(headers: &'a HeaderMap) -> Self {
        let mut lines = headers.get_all(AUTHORIZATION).iter();
        match (lines.next(), lines.next()) {
            (Some(_), Some(_)) => Self::Bearer(None),
            (Some(line), None) if is_bearer(line) => Self::Bearer(token(line)),
            _ => Self::Cookies(Cookies::of(headers)),
        }
    }

    /// What proves who asks, for ordinary calls.
    pub(crate) fn proof(&self, guard: &Guard) -> Option<Proof> {
        match self {
            Self::Bearer(token) => guard.read_access((*token)?).map(Proof::Access),
            Self::Cookies(cookies) => cookies.as_ref()?.proof(guard),
        }
    }

    /// What proves who asks, also when an access token in a cookie has expired: the refresh cookie beside it does.
    pub(crate) fn lasting_proof(&self, guard: &Guard) -> Option<Proof> {
        self.proof(guard).or_else(|| self.refresh(guard).map(Proof::Refresh))
    }

    /// The token in the refresh cookie, if one of our servers minted it.
    pub(crate) fn refresh(&self, guard: &Guard) -> Option<Genuine> {
        match self {
            Self::Cookies(Some(Cookies { session: None, refresh: Some(token), .. })) => {
                guard.read_refresh(token)
            }
            Self::Bearer(_) | Self::Cookies(_) => None,
        }
    }
}

impl<'a> Cookies<'a> {
    /// Nothing if there are two of a name: somebody has tossed one in.
    fn of(headers: &'a HeaderMap) -> Option<Self> {
        let [session, access, refresh] = cookies::find_all(headers).map(|found| match found {
            Found::Nothing => Some(None),
            Found::One(value) => Some(Some(value)),
            Found::Confusing => None,
        });
        Some(Self { session: session?, access: access?, refresh: refresh? })
    }

    fn proof(&self, guard: &Guard) -> Option<Proof> {
        match (self.session, self.access) {
            (Some(token), _) => SessionToken::parse(token).map(Proof::SessionToken),
            (None, Some(token)) => guard.read_access(token).map(Proof::Access),
            (None, None) => None,
        }
    }
}

/// Whether these credentials are a bearer token (RFC 6750, section 2.1). Basic credentials are not: a browser sends them along by itself.
pub(crate) fn is_bearer(credentials: &HeaderValue) -> bool {
    credentials
        .as_bytes()
        .split_at_checked(7)
        .is_some_and(|(scheme, _)| scheme.eq_ignore_ascii_case(b"bearer "))
}

/// The token of such credentials, if it is text.
pub(crate) fn token(credentials: &HeaderValue) -> Option<&str> {
    credentials.to_str().ok()?.get(7..)
}
