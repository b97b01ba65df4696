//! Which pages of other origins may read our answers (CORS; Fetch Standard, section 3.2): those that the operator trusts, and no other learns even that there are any.

use std::convert::Infallible;
use std::task::{Context, Poll};

use axum_core::extract::Request;
use axum_core::response::{IntoResponse as _, Response};
use futures_util::future::BoxFuture;
use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_METHOD, VARY,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use tower::{Layer, Service};

use crate::Guard;

/// What a preflight is told beside the origin. Two hours is the longest that Chromium remembers it.
const PREFLIGHT: [(HeaderName, &str); 3] = [
    (ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, PUT, PATCH, DELETE"),
    (ACCESS_CONTROL_ALLOW_HEADERS, "accept-language, authorization, content-type, x-csrf-token"),
    (ACCESS_CONTROL_MAX_AGE, "7200"),
];

/// What a page may read of an answer's headers beyond the few that are always allowed.
const EXPOSED: &str = "retry-after, x-request-id";

/// Lets the pages of trusted origins read the answers of a service, and answers their preflights. See [`Guard::cors`].
#[derive(Clone)]
pub struct Cors {
    guard: Guard,
}

impl Cors {
    pub(crate) fn new(guard: Guard) -> Self {
        Self { guard }
    }

    /// Lets the page that `asked` read `answer`, if it may: what the layer does, for a service without layers.
    pub fn share(&self, asked: &HeaderMap, answer: &mut HeaderMap) {
        share(answer, self.guard.origins().reader(asked));
    }
}

/// Whether a browser asks before it sends what a page wants sent (Fetch Standard, section 3.2.2).
fn is_preflight(method: &Method, headers: &HeaderMap) -> bool {
    method == Method::OPTIONS && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

fn preflight(reader: &HeaderValue) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    headers.extend(PREFLIGHT.map(|(name, value)| (name, HeaderValue::from_static(value))));
    share(headers, Some(reader));
    response
}

/// Lets `reader` read an answer, if there is one.
fn share(answer: &mut HeaderMap, reader: Option<&HeaderValue>) {
    // What is there for everybody stays so: a browser reads no answer that names two readers.
    if answer.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN) {
        return;
    }
    // Also where nobody asks: a cache must not hand that answer to a page that does.
    answer.append(VARY, HeaderValue::from_static("origin"));
    if let Some(reader) = reader {
        answer.insert(ACCESS_CONTROL_ALLOW_ORIGIN, reader.clone());
        answer.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        answer.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
    }
}

impl<S> Layer<S> for Cors {
    type Service = Shared<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Shared { inner, guard: self.guard.clone() }
    }
}

/// A service whose answers are shared with trusted origins.
#[derive(Clone)]
pub struct Shared<S> {
    inner: S,
    guard: Guard,
}

impl<S> Service<Request> for Shared<S>
where
    S: Service<Request, Response = Response, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let reader = self.guard.origins().reader(request.headers()).cloned();
        match reader {
            Some(reader) if is_preflight(request.method(), request.headers()) => {
                Box::pin(std::future::ready(Ok(preflight(&reader))))
            }
            reader => {
                let answer = self.inner.call(request);
                Box::pin(async move {
                    let mut response = answer.await?;
                    share(response.headers_mut(), reader.as_ref());
                    Ok(response)
                })
            }
        }
    }
}
