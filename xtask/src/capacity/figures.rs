//! What the model is given: what people do, what was measured, what is built in; each with its source.

/// A number, what it is of, and who says so.
pub(crate) struct Figure {
    pub(crate) value: f64,
    pub(crate) what: &'static str,
    pub(crate) source: &'static str,
}

const fn figure(value: f64, what: &'static str, source: &'static str) -> Figure {
    Figure { value, what, source }
}

const ASSUMED: &str = "assumed; put your own here";
const DEFAULT: &str = "default";
const CROWD: &str = "`cargo xtask feed`, below";
const SIZES: &str = "`store/examples/sizes.rs`, above";

pub(crate) static SESSIONS: Figure = figure(2.0, "sessions that an account has", ASSUMED);
pub(crate) static IN_USE: Figure = figure(0.05, "of the accounts, in use at the busiest time", ASSUMED);
pub(crate) static REQUESTS: Figure = figure(0.1, "requests a second of an account in use", ASSUMED);
pub(crate) static SIGN_INS: Figure = figure(0.2, "sign-ins a day of an account", ASSUMED);
pub(crate) static ENDS: Figure = figure(0.1, "sessions ended a day of an account", ASSUMED);
pub(crate) static PEAK: Figure = figure(4.0, "times the mean, at the busiest time", ASSUMED);
pub(crate) static ACCESS: Figure = figure(300.0, "seconds of an access token's life", DEFAULT);
pub(crate) static HELD: Figure = figure(
    660.0,
    "seconds that a verifier holds a revocation",
    "the life of a token, five minutes for clocks that differ, and a minute for the verifier's own",
);
pub(crate) static HEARTBEATS: Figure = figure(0.5, "heartbeats a second", "built in");
pub(crate) static REVOCATION_MEMORY: Figure =
    figure(57.0, "bytes of a revocation in memory, at most", "`core/src/revocation/set.rs`");
pub(crate) static ENTRY: Figure = figure(187.0, "bytes of an entry of the feed", CROWD);
pub(crate) static HEARTBEAT: Figure = figure(95.0, "bytes of a heartbeat", CROWD);
pub(crate) static TOLD: Figure = figure(
    20.0,
    "µs of a core for telling one verifier of one revocation, at most: those that come together are told together",
    CROWD,
);
pub(crate) static FOLLOWED: Figure =
    figure(40.0, "µs of a core a second for a verifier that follows, when nothing happens", CROWD);
pub(crate) static BY_A_VERIFIER: Figure = figure(1_000.0, "requests a second behind one verifier", ASSUMED);
pub(crate) static PASSWORDS: Figure =
    figure(47.0, "passwords a second and core (19 MiB, 2 passes)", "`cargo xtask bench`: 94 on two cores");
pub(crate) static REFRESH: Figure = figure(
    100.0,
    "µs of a core for a refresh",
    "assumed: HTTP takes 13 µs ([decision 26](decisions/0026-figures-that-were-not-reached.md)), a signature 6 µs, three statements the rest",
);
pub(crate) static CORES: Figure = figure(8.0, "cores of a server", ASSUMED);
pub(crate) static FILLED: Figure = figure(0.5, "of everything, filled at the busiest time", ASSUMED);
pub(crate) static CONNECTIONS: Figure = figure(10_000.0, "connections that a server takes", "built in");
pub(crate) static EMBEDDED_WRITES: Figure = figure(
    33_000.0,
    "durable compare-and-sets a second of the embedded store, by 64 tasks",
    "`store/examples/group_commit.rs` on two cores and a quick disk",
);
pub(crate) static POSTGRES_WRITES: Figure = figure(
    10_000.0,
    "durable compare-and-sets a second of PostgreSQL with a synchronous standby, by 64 clients",
    "a single-row UPDATE on two cores and a quick disk; 19,000 without the standby",
);
pub(crate) static SIGN_IN_WRITES: Figure =
    figure(4.0, "statements that write, of a sign-in", "the table above");
pub(crate) static END_WRITES: Figure = figure(2.0, "statements that write, of a sign-out", "the table above");
pub(crate) static SHARD: Figure =
    figure(2e12, "bytes of a database that can still be restored in hours", ASSUMED);
pub(crate) static EMBEDDED_ACCOUNT: Figure = figure(244.0, "bytes of an account, embedded", SIZES);
pub(crate) static EMBEDDED_SESSION: Figure = figure(335.0, "bytes of a session, embedded", SIZES);
pub(crate) static POSTGRES_ACCOUNT: Figure = figure(358.0, "bytes of an account, PostgreSQL", SIZES);
pub(crate) static POSTGRES_SESSION: Figure = figure(464.0, "bytes of a session, PostgreSQL", SIZES);
pub(crate) static REMEMBERED: Figure = figure(773.0, "bytes of a session and its account in memory", SIZES);
pub(crate) static MEMORY: Figure = figure(
    1_073_741_824.0,
    "bytes of records that a server keeps in memory",
    "default where there are 8 GiB or more",
);

/// All of them, in the order in which they are shown.
pub(crate) static ALL: [&Figure; 31] = [
    &SESSIONS,
    &IN_USE,
    &REQUESTS,
    &SIGN_INS,
    &ENDS,
    &PEAK,
    &BY_A_VERIFIER,
    &CORES,
    &FILLED,
    &SHARD,
    &ACCESS,
    &HELD,
    &HEARTBEATS,
    &CONNECTIONS,
    &MEMORY,
    &REVOCATION_MEMORY,
    &ENTRY,
    &HEARTBEAT,
    &TOLD,
    &FOLLOWED,
    &PASSWORDS,
    &REFRESH,
    &EMBEDDED_WRITES,
    &POSTGRES_WRITES,
    &SIGN_IN_WRITES,
    &END_WRITES,
    &EMBEDDED_ACCOUNT,
    &EMBEDDED_SESSION,
    &POSTGRES_ACCOUNT,
    &POSTGRES_SESSION,
    &REMEMBERED,
];
