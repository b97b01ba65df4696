//! What machines ask: is the process alive, can it serve, how is it doing?

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use bitjang_core::Failure;
use bitjang_guard::Problem;
use bitjang_store::{Condition, Health};
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use serde::Serialize;

use crate::hashing::Pool;
use crate::serve::Stop;
use crate::telemetry::Telemetry;

/// Whoever asks wants to know soon: a store that takes longer cannot serve either.
const SOON: Duration = Duration::from_secs(2);

/// What `OpenMetrics` text is called.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What there is to ask.
#[derive(Clone)]
pub(crate) struct Probe {
    pub(crate) store: Arc<dyn Health>,
    pub(crate) pool: Arc<Pool>,
    pub(crate) queue: usize,
    pub(crate) telemetry: Arc<Telemetry>,
    /// A server that is about to stop is not ready for more.
    pub(crate) stop: Stop,
}

#[derive(Serialize)]
struct Status {
    status: &'static str,
}

const OK: Status = Status { status: "ok" };

/// `/healthz` and `/readyz`.
pub(crate) fn router(probe: Probe) -> Router {
    Router::new().route("/healthz", get(healthz)).route("/readyz", get(readyz)).with_state(probe)
}

/// The same, and `/metrics`.
pub(crate) fn admin_router(probe: Probe) -> Router {
    let metrics = Router::new().route("/metrics", get(metrics)).with_state(probe.clone());
    router(probe).merge(metrics).fallback(async || Problem::not_found())
}

async fn healthz() -> impl IntoResponse {
    // It may be framed by nobody, and do the rest: it is data, and whoever opens it in a browser is its operator or a test.
    ([(CACHE_CONTROL, "no-store"), (CONTENT_SECURITY_POLICY, "frame-ancestors 'none'")], Json(OK))
}

async fn readyz(State(probe): State<Probe>) -> Result<impl IntoResponse, Problem> {
    if probe.stop.is_near() {
        return Err(Problem::unavailable().because("it is about to stop").retry_after(SOON));
    }
    match tokio::time::timeout(SOON, probe.store.ping()).await {
        Ok(answer) => match answer? {
            Condition::InUse => Ok(healthz().await),
            // Where to is nobody's business here: whoever runs the server is told by its next start.
            Condition::Left => {
                Err(Problem::unavailable().because("its store has been moved").retry_after(SOON))
            }
        },
        Err(late) => Err(Failure::new("reach the store", late).into()),
    }
}

async fn metrics(State(probe): State<Probe>) -> Result<Response, Problem> {
    probe.telemetry.hashing(probe.pool.waiting(), probe.queue);
    let exposition =
        probe.telemetry.exposition().map_err(|error| Failure::new("write the metrics", error))?;
    Ok(([(CONTENT_TYPE, OPEN_METRICS), (CACHE_CONTROL, "no-store")], exposition).into_response())
}
