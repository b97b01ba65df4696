//! The metrics: a registry of its own for each server, no global state, and never an account in a label.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::MatchedPath;
use bitjang_core::session::EndedWhy;
use bitjang_core::{Entropy, Event, Events};
use bitjang_permit::Decision;
use http::HeaderValue;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

/// Hears of events and requests, and counts them.
#[derive(Debug)]
pub struct Telemetry {
    registry: Registry,
    sign_ins: Family<Outcome, Counter>,
    sign_ups: Family<Outcome, Counter>,
    refreshes: Family<Outcome, Counter>,
    ended: Family<Why, Counter>,
    decisions: Family<Decided, Counter>,
    requests: Family<Served, Histogram>,
    connections: Gauge,
    queue: Gauge,
    capacity: Gauge,
    run: u64,
    requests_named: AtomicU64,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    result: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Why {
    why: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Decided {
    decision: &'static str,
    reason: &'static str,
}

/// One request, as far as it is told apart from others.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Served {
    pub(super) method: &'static str,
    pub(super) route: Route,
    pub(super) status: &'static str,
}

/// The route that a request took, as the router spells it: never a path, which anybody can invent more of.
#[derive(Clone, Debug)]
pub(super) enum Route {
    /// One of the router's.
    Matched(MatchedPath),
    /// One that is served without the router.
    Known(&'static str),
    /// None.
    Unmatched,
}

impl Route {
    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::Matched(path) => path.as_str(),
            Self::Known(route) => route,
            Self::Unmatched => "unmatched",
        }
    }
}

impl PartialEq for Route {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Route {}

impl Hash for Route {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl EncodeLabelValue for Route {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> fmt::Result {
        self.as_str().encode(encoder)
    }
}

/// An open connection; dropped when it ends.
#[derive(Debug)]
pub struct Open(Gauge);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// Writes `number` in hexadecimal digits.
fn hex(number: u128, digits: &mut [u8; 32]) {
    let mut left = number;
    for digit in digits.iter_mut().rev() {
        let nibble = (left & 0xF) as u8;
        *digit = if nibble < 10 { b'0' + nibble } else { b'a' - 10 + nibble };
        left >>= 4;
    }
}

/// From a tenth of a millisecond to three seconds.
fn durations() -> Histogram {
    Histogram::new(exponential_buckets(0.000_1, 2.0, 16))
}

impl Telemetry {
    /// Nothing counted yet.
    pub fn new(entropy: &dyn Entropy) -> Self {
        // From half a millisecond to sixteen seconds.
        let mut telemetry = Self {
            registry: Registry::default(),
            sign_ins: Family::default(),
            sign_ups: Family::default(),
            refreshes: Family::default(),
            ended: Family::default(),
            decisions: Family::default(),
            requests: Family::new_with_constructor(durations),
            connections: Gauge::default(),
            queue: Gauge::default(),
            capacity: Gauge::default(),
            run: u64::from_le_bytes(entropy.bytes()),
            requests_named: AtomicU64::new(0),
        };
        telemetry.register();
        telemetry
    }

    fn register(&mut self) {
        let registry = self.registry.sub_registry_with_prefix("bitjang");
        registry.register("sign_ins", "Sign-ins by result", self.sign_ins.clone());
        registry.register("sign_ups", "Sign-ups by result", self.sign_ups.clone());
        registry.register(
            "refreshes",
            "Refreshes by decision; theft is counted by the sessions it ends",
            self.refreshes.clone(),
        );
        registry.register("sessions_ended", "Times that sessions were ended, by reason", self.ended.clone());
        registry.register(
            "decisions",
            "Decisions that were asked for over HTTP, by answer and reason",
            self.decisions.clone(),
        );
        registry.register("request_seconds", "Time to answer a request", self.requests.clone());
        registry.register("open_connections", "Connections that are open", self.connections.clone());
        registry.register("hashing_queue_depth", "Passwords that wait to be hashed", self.queue.clone());
        registry.register(
            "hashing_queue_capacity",
            "Passwords that may wait to be hashed",
            self.capacity.clone(),
        );
        let version = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "What is running", version);
    }

    /// Counts a connection for as long as what this returns lives.
    pub fn connection_opened(&self) -> Open {
        self.connections.inc();
        Open(self.connections.clone())
    }

    /// Takes note of how many passwords wait to be hashed, of how many that may.
    pub fn hashing(&self, waiting: usize, capacity: usize) {
        self.queue.set(i64::try_from(waiting).unwrap_or(i64::MAX));
        self.capacity.set(i64::try_from(capacity).unwrap_or(i64::MAX));
    }

    /// Counts a decision.
    pub fn decided(&self, decision: &Decision) {
        let answer = if decision.allowed { "allow" } else { "deny" };
        self.decisions.get_or_create(&Decided { decision: answer, reason: decision.reason.code() }).inc();
    }

    /// A name for a request that no other has, in this run or another: for finding lines in the log, not a secret.
    pub(super) fn name_request(&self) -> HeaderValue {
        let number = self.requests_named.fetch_add(1, Ordering::Relaxed);
        let mut name = [0; 32];
        hex(u128::from(self.run) << 64 | u128::from(number), &mut name);
        HeaderValue::from_bytes(&name).unwrap_or(HeaderValue::from_static(""))
    }

    pub(super) fn served(&self, request: &Served, seconds: f64) {
        self.requests.get_or_create(request).observe(seconds);
    }

    /// All metrics in the `OpenMetrics` text format.
    pub fn exposition(&self) -> Result<String, fmt::Error> {
        let mut exposition = String::new();
        text::encode(&mut exposition, &self.registry)?;
        Ok(exposition)
    }

    fn count(&self, event: &Event) {
        let outcome = |family: &Family<Outcome, Counter>, result| {
            family.get_or_create(&Outcome { result }).inc();
        };
        match event {
            Event::SignedUp(_) => outcome(&self.sign_ups, "ok"),
            Event::SignedIn(..) => outcome(&self.sign_ins, "ok"),
            Event::SignUpRefused(code) => outcome(&self.sign_ups, code),
            Event::SignInRefused(code) => outcome(&self.sign_ins, code),
            Event::SessionEnded(_, why) | Event::SessionsEnded(_, why) => {
                self.ended.get_or_create(&Why { why: why.as_str() }).inc();
            }
            Event::Turned(_) => outcome(&self.refreshes, "turn"),
            Event::TurnedAgain(_) => outcome(&self.refreshes, "again"),
            Event::PasswordUpgraded(_) | Event::PasswordUnusable(_) | Event::PutOff(_) => {}
        }
    }
}

impl Events for Telemetry {
    fn record(&self, event: &Event) {
        self.count(event);
        match event {
            Event::SignedUp(account) => tracing::info!(%account, "signed up"),
            Event::SignedIn(account, session) => tracing::info!(%account, %session, "signed in"),
            Event::SignUpRefused(code) => tracing::info!(code, "sign-up refused"),
            Event::SignInRefused(code) => tracing::info!(code, "sign-in refused"),
            Event::Turned(session) => tracing::debug!(%session, "refreshed"),
            Event::TurnedAgain(session) => tracing::debug!(%session, "refreshed again"),
            Event::SessionEnded(session, why @ (EndedWhy::TokenFork | EndedWhy::TokenReuse)) => {
                tracing::warn!(%session, why = why.as_str(), "a stolen refresh token: the session has ended");
            }
            Event::SessionEnded(session, why) => {
                tracing::info!(%session, why = why.as_str(), "session ended");
            }
            Event::SessionsEnded(account, why) => {
                tracing::info!(%account, why = why.as_str(), "sessions ended");
            }
            Event::PasswordUpgraded(account) => tracing::info!(%account, "password hash upgraded"),
            Event::PasswordUnusable(account) => {
                tracing::warn!(%account, "password hash cannot be read; nobody can sign in to this account");
            }
            Event::PutOff(what) => tracing::warn!(what, "put off"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::SystemEntropy;

    #[test]
    fn a_refused_sign_up_is_not_counted_as_a_sign_in() {
        let telemetry = Telemetry::new(&SystemEntropy);
        telemetry.record(&Event::SignUpRefused("too_many_attempts"));
        telemetry.record(&Event::SignInRefused("bad_credentials"));
        let exposition = telemetry.exposition().unwrap();
        assert!(
            exposition.contains("bitjang_sign_ups_total{result=\"too_many_attempts\"} 1"),
            "{exposition}"
        );
        assert!(exposition.contains("bitjang_sign_ins_total{result=\"bad_credentials\"} 1"), "{exposition}");
    }

    #[test]
    fn a_connection_is_counted_while_it_is_open() {
        let telemetry = Telemetry::new(&SystemEntropy);
        let open = telemetry.connection_opened();
        assert_eq!(telemetry.connections.get(), 1);
        drop(open);
        assert_eq!(telemetry.connections.get(), 0);
    }
}
