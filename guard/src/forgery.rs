//! The layer against forged requests (CSRF): where from, which content type, which token.

use std::convert::Infallible;
use std::task::{Context, Poll};

use axum_core::extract::{FromRequestParts, Request};
use axum_core::response::{IntoResponse as _, Response};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING};
use http::request::Parts;
use http::{HeaderMap, HeaderValue};
use tower::{Layer, Service};

use crate::presented::Presented;
use crate::{Guard, Problem, Provenance, cookies};

/// The header that carries the CSRF token.
const TOKEN: &str = "x-csrf-token";

/// Proof, among a request's extensions, that it is not forged.
///
/// As an extractor it answers 403 `csrf_token` without that proof: for handlers of unsafe methods that act on a cookie, but take no [`SignedIn`](crate::SignedIn).
#[derive(Clone, Copy, Debug)]
pub struct Protected(());

impl<S: Sync> FromRequestParts<S> for Protected {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get().copied().ok_or(Problem::csrf_token())
    }
}

/// For whom a route acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// For whoever the cookie says: the full set of checks.
    SignedIn,
    /// For nobody yet, as a sign-in does: where from and content type.
    Anybody,
}

/// Puts the checks in front of a service. See [`Guard::protect`].
#[derive(Clone)]
pub struct Protect {
    guard: Guard,
    scope: Scope,
}

impl Protect {
    pub(crate) fn new(guard: Guard, scope: Scope) -> Self {
        Self { guard, scope }
    }

    /// Whether an unsafe request with these headers may go on, and whether it is then proven not to be forged.
    fn judge(&self, headers: &HeaderMap) -> Result<Option<Protected>, Problem> {
        // What a bearer token vouches for no other site can forge: it cannot know the token, and no cookie counts beside it.
        if matches!(Presented::of(headers), Presented::Bearer(_)) {
            return Ok(Some(Protected(())));
        }
        match self.guard.origins().provenance(headers) {
            Provenance::Foreign => Err(Problem::cross_site()),
            Provenance::Untold if self.scope == Scope::SignedIn && cookies::any(headers) => {
                Err(Problem::cross_site())
            }
            Provenance::Own | Provenance::Trusted | Provenance::Untold => match content(headers) {
                Content::Other => Err(Problem::unsupported_media_type()),
                // A form's token is a field, which the extractor of forms checks.
                Content::Form if !headers.contains_key(TOKEN) => Ok(None),
                Content::Nothing | Content::Json | Content::Form => self.judge_token(headers),
            },
        }
    }

    fn judge_token(&self, headers: &HeaderMap) -> Result<Option<Protected>, Problem> {
        // No token was asked for, so a handler behind this layer that acts for whoever is signed in stays locked.
        if self.scope == Scope::Anybody {
            return Ok(None);
        }
        // Without a session there is nothing to forge; the handler will say that nobody is signed in.
        let session = self.guard.lasting_proof(headers);
        let token = headers.get(TOKEN).and_then(|token| token.to_str().ok()).unwrap_or_default();
        match session {
            Some(session) if !self.guard.csrf().confirms(session.session(), token) => {
                Err(Problem::csrf_token())
            }
            _ => Ok(Some(Protected(()))),
        }
    }
}

/// What a request's body says it is. Only what a page cannot send across origins without being asked (JSON), or what is checked by field (forms), gets in.
enum Content {
    Nothing,
    Json,
    Form,
    Other,
}

fn content(headers: &HeaderMap) -> Content {
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    match (types.next().map(HeaderValue::as_bytes), types.next()) {
        (None, _) if has_body(headers) => Content::Other,
        (None, _) => Content::Nothing,
        (Some(value), None) if is_json(value) => Content::Json,
        (Some(value), None) if is_form(value) => Content::Form,
        _ => Content::Other,
    }
}

fn has_body(headers: &HeaderMap) -> bool {
    headers.contains_key(TRANSFER_ENCODING) || headers.get(CONTENT_LENGTH).is_some_and(|length| length != "0")
}

/// Whether a content type is JSON, in UTF-8 if it says so, and nothing else.
pub fn is_json(value: &[u8]) -> bool {
    is_type(value, b"application/json")
}

/// Whether a content type is that of an HTML form.
pub(crate) fn is_form(value: &[u8]) -> bool {
    is_type(value, b"application/x-www-form-urlencoded")
}

fn is_type(value: &[u8], wanted: &[u8]) -> bool {
    let mut parts = value.split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
    let essence = parts.next().is_some_and(|essence| essence.eq_ignore_ascii_case(wanted));
    essence
        && parts.next().is_none_or(|charset| charset.eq_ignore_ascii_case(b"charset=utf-8"))
        && parts.next().is_none()
}

impl<S> Layer<S> for Protect {
    type Service = Behind<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Behind { inner, protect: self.clone() }
    }
}

/// A service with the checks in front of it.
#[derive(Clone)]
pub struct Behind<S> {
    inner: S,
    protect: Protect,
}

impl<S> Service<Request> for Behind<S>
where
    S: Service<Request, Response = Response, Error = Infallible>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = futures_util::future::Either<std::future::Ready<Result<Response, Infallible>>, S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        use futures_util::future::Either;
        if request.method().is_safe() {
            return Either::Right(self.inner.call(request));
        }
        match self.protect.judge(request.headers()) {
            Err(problem) => Either::Left(std::future::ready(Ok(problem.into_response()))),
            Ok(proof) => {
                if let Some(proof) = proof {
                    request.extensions_mut().insert(proof);
                }
                Either::Right(self.inner.call(request))
            }
        }
    }
}
