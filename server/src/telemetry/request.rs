//! What is noted of each request: its route, never its path or query; its id; how long it took.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use pin_project_lite::pin_project;
use tower::{Layer, Service};
use tracing::Span;

use super::Telemetry;
use super::metrics::{Route, Served};

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Measures each request, and puts its id into the log and into `X-Request-Id`.
///
/// A service of its own and no middleware function: that would cost every request four more allocations.
#[derive(Clone)]
pub struct Observe {
    telemetry: Arc<Telemetry>,
    route: Route,
}

impl Observe {
    /// Tells `telemetry` of what a router serves.
    pub fn new(telemetry: Arc<Telemetry>) -> Self {
        Self { telemetry, route: Route::Unmatched }
    }

    /// The same, of what serves this one route without a router.
    #[must_use]
    pub fn of(self, route: &'static str) -> Self {
        Self { route: Route::Known(route), ..self }
    }
}

impl<S> Layer<S> for Observe {
    type Service = Observed<S>;

    fn layer(&self, inner: S) -> Observed<S> {
        Observed { inner, observe: self.clone() }
    }
}

/// A service that is observed.
#[derive(Clone)]
pub struct Observed<S> {
    inner: S,
    observe: Observe,
}

impl<S> Service<Request> for Observed<S>
where
    S: Service<Request, Response = Response, Error = Infallible>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Answering<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let noted = Noted::of(&request, &self.observe);
        let answer = noted.span.in_scope(|| self.inner.call(request));
        Answering { answer, noted, telemetry: Arc::clone(&self.observe.telemetry) }
    }
}

pin_project! {
    /// An answer on its way.
    pub struct Answering<F> {
        #[pin]
        answer: F,
        noted: Noted,
        telemetry: Arc<Telemetry>,
    }
}

impl<F: Future<Output = Result<Response, Infallible>>> Future for Answering<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let Ok(response) = ready!(this.noted.span.in_scope(|| this.answer.poll(context)));
        Poll::Ready(Ok(this.noted.answered(response, this.telemetry)))
    }
}

/// What is known of a request when it comes.
struct Noted {
    began: Instant,
    method: &'static str,
    route: Route,
    id: HeaderValue,
    reads: bool,
    span: Span,
}

impl Noted {
    fn of(request: &Request, observe: &Observe) -> Self {
        #[expect(clippy::disallowed_methods, reason = "a duration for the operator, not a time for a rule")]
        let began = Instant::now();
        let method = method(request.method());
        let matched = request.extensions().get::<MatchedPath>();
        let route = matched.map_or_else(|| observe.route.clone(), |path| Route::Matched(path.clone()));
        let id = trace_id(request.headers()).unwrap_or_else(|| observe.telemetry.name_request());
        // What only reads is most of the load and writes no line unless it fails: a span for it would be made and thrown away.
        let reads = request.method().is_safe();
        let span = if reads {
            tracing::debug_span!("request", id = text(&id), method, route = route.as_str())
        } else {
            tracing::error_span!("request", id = text(&id), method, route = route.as_str())
        };
        Self { began, method, route, id, reads, span }
    }

    fn answered(&mut self, mut response: Response, telemetry: &Telemetry) -> Response {
        let (took, status) = (self.began.elapsed(), response.status());
        let (id, method, route) = (text(&self.id), self.method, self.route.as_str());
        if self.reads && status.is_server_error() {
            tracing::warn!(id, method, route, status = status.as_u16(), "not answered as asked");
        }
        tracing::debug!(parent: &self.span, status = status.as_u16(), micros = took.as_micros(), "answered");
        telemetry
            .served(&Served { method, route: self.route.clone(), status: class(status) }, took.as_secs_f64());
        response.headers_mut().insert(X_REQUEST_ID, self.id.clone());
        response
    }
}

/// The text of an id, which is hexadecimal digits.
fn text(id: &HeaderValue) -> &str {
    id.to_str().unwrap_or_default()
}

/// The trace id of `traceparent` (W3C Trace Context, section 3.2.2), if it is one.
fn trace_id(headers: &HeaderMap) -> Option<HeaderValue> {
    let mut parts = headers.get("traceparent")?.to_str().ok()?.split('-');
    let (version, id) = (parts.next()?, parts.next()?);
    let hex = |text: &str| text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    let good =
        version.len() == 2 && id.len() == 32 && hex(version) && hex(id) && id.bytes().any(|b| b != b'0');
    good.then(|| HeaderValue::from_str(id).ok()).flatten()
}

/// The method, as one of a few: anybody can invent more, and each would be a time series.
fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::PATCH => "PATCH",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

fn class(status: StatusCode) -> &'static str {
    match status.as_u16() {
        ..=199 => "1xx",
        200..=299 => "2xx",
        300..=399 => "3xx",
        400..=499 => "4xx",
        _ => "5xx",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_well_formed_trace_id_gets_into_the_log() {
        let id = |value: &str| {
            trace_id(&HeaderMap::from_iter([("traceparent".parse().unwrap(), value.parse().unwrap())]))
        };
        let good = "0af7651916cd43dd8448eb211c80319c";
        assert_eq!(id(&format!("00-{good}-b7ad6b7169203331-01")).unwrap(), good);
        for bad in [
            "",
            "00",
            "00-",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0AF7651916CD43DD8448EB211C80319C-0-0",
            "00-evil\"-x",
        ] {
            assert_eq!(id(bad), None, "{bad}");
        }
    }
}
