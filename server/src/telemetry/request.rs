//! What is noted of each request: its route, never its path or query; its id; how long it took.

use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use tracing::Instrument as _;

use super::Telemetry;
use super::metrics::Served;

/// Middleware: measures the request, and puts its id into the log and into `X-Request-Id`.
pub async fn observe(State(telemetry): State<Arc<Telemetry>>, request: Request, next: Next) -> Response {
    #[expect(clippy::disallowed_methods, reason = "a duration for the operator, not a time for a rule")]
    let began = std::time::Instant::now();
    let method = method(request.method());
    let route = request.extensions().get::<MatchedPath>().map_or("unmatched", MatchedPath::as_str).to_owned();
    let id = trace_id(request.headers()).unwrap_or_else(|| telemetry.name_request());
    // What only reads is most of the load and writes no line unless it fails: a span for it would be made and thrown away.
    let reads = request.method().is_safe();
    let span = if reads {
        tracing::debug_span!("request", id, method, route)
    } else {
        tracing::error_span!("request", id, method, route)
    };
    let mut response = next.run(request).instrument(span.clone()).await;
    let took = began.elapsed();
    let status = response.status();
    if reads && status.is_server_error() {
        tracing::warn!(id, method, route, status = status.as_u16(), "not answered as asked");
    }
    tracing::debug!(parent: &span, status = status.as_u16(), micros = took.as_micros(), "answered");
    telemetry.served(&Served { method, route, status: class(status) }, took.as_secs_f64());
    if let Ok(id) = HeaderValue::try_from(id) {
        response.headers_mut().insert("x-request-id", id);
    }
    response
}

/// The trace id of `traceparent` (W3C Trace Context, section 3.2.2), if it is one.
fn trace_id(headers: &HeaderMap) -> Option<String> {
    let mut parts = headers.get("traceparent")?.to_str().ok()?.split('-');
    let (version, id) = (parts.next()?, parts.next()?);
    let hex = |text: &str| text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    let good =
        version.len() == 2 && id.len() == 32 && hex(version) && hex(id) && id.bytes().any(|b| b != b'0');
    good.then(|| id.to_owned())
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
        assert_eq!(id(&format!("00-{good}-b7ad6b7169203331-01")).as_deref(), Some(good));
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
