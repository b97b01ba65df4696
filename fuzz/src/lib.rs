//! What reads other people's bytes, under fuzz: each target takes any bytes, and panics where something that must hold of all bytes does not.
//!
//! The tests run each target over its kept corpus and seeded mutations of it; `cargo xtask prove fuzz` runs the same functions under libFuzzer.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a panic is what a fuzzer looks for"
)]

mod calls;
mod configuration;
mod cookies;
mod feed;
mod identifier;
mod mutation;
mod opaque;
mod origin;
mod policies;
mod store_url;

// Access tokens against `jsonwebtoken`: as the tests of core hold it.
#[path = "../../core/tests/token/oracle.rs"]
mod oracle;
#[expect(dead_code, reason = "the tests use more of it")]
#[path = "../../core/tests/token/support.rs"]
mod support;

pub use mutation::Mutator;

/// Something that reads bytes.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name, and that of the folder of its corpus.
    pub name: &'static str,
    /// Reads these bytes, and panics where it should not have read them like that.
    pub probe: fn(&[u8]),
    /// How many mutations the tests try: as many as take it a second or two.
    pub runs: usize,
}

impl Target {
    /// Every one of them.
    pub const ALL: [Self; 12] = [
        Self { name: "access_token", probe: oracle::probe, runs: 400 },
        Self { name: "calls", probe: calls::probe, runs: 1_500 },
        Self { name: "configuration", probe: configuration::probe, runs: 2_000 },
        Self { name: "cookies", probe: cookies::probe, runs: 20_000 },
        Self { name: "feed", probe: feed::probe, runs: 10_000 },
        Self { name: "identifier", probe: identifier::probe, runs: 20_000 },
        Self { name: "origin", probe: origin::probe, runs: 20_000 },
        Self { name: "policies", probe: policies::probe, runs: 200 },
        Self { name: "questions", probe: calls::probe_questions, runs: 1_000 },
        Self { name: "refresh_token", probe: opaque::probe_refresh, runs: 10_000 },
        Self { name: "session_token", probe: opaque::probe_session, runs: 10_000 },
        Self { name: "store_url", probe: store_url::probe, runs: 10_000 },
    ];

    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|target| target.name == name)
    }
}
