//! Clients that mean harm, at the real binary: it serves somebody else all the while, its memory stays bounded, and it gives back what it took.
#![expect(
    clippy::disallowed_methods,
    reason = "how long an attack goes on, and how long answers take, the clock of the machine says"
)]

mod flood;
mod healthy;
mod idle;
mod memory;
mod smuggled;
mod wire;

use std::env;
use std::time::{Duration, Instant};

use tempfile::{TempDir, tempdir};

use crate::process::{PASSWORD, Server, bitjang, good};

use healthy::Healthy;
use memory::Memory;

/// A server with one account on it, and what it was like before anybody came.
struct Besieged {
    server: Server,
    cookie: String,
    memory: Memory,
    _folder: TempDir,
}

impl Besieged {
    fn start() -> Self {
        let folder = tempdir().unwrap();
        let mut command = bitjang(folder.path(), &["serve"]);
        command.env("BITJANG_LOG__LEVEL", "warn");
        let server = Server::start_as(command);
        good(folder.path(), &["account", "add", "mina", "--password-stdin"], PASSWORD);
        let cookie = server.cookie_of("mina");
        let memory = Memory::of(server.id());
        Self { server, cookie, memory, _folder: folder }
    }

    fn healthy(&self) -> Healthy {
        Healthy::at(&self.server.address, &self.cookie)
    }

    /// Attacks for a while, while somebody healthy is served; then the attackers have gone, and the memory must come back.
    fn outlasts(&self, what: &str, mut attack: impl FnMut(&str) + Send) {
        let quiet = self.healthy().asks_for(a_while() / 3);
        let (begun, long) = (Instant::now(), a_while());
        let during = self.healthy().asks_while(|| {
            while begun.elapsed() < long {
                attack(&self.server.address);
            }
        });
        self.memory.is_bounded(what);
        assert!(self.server.get("/readyz").starts_with("HTTP/1.1 200 "), "{what}: it still serves");
        self.memory.is_given_back(what);
        healthy::note(what, quiet, during, &self.memory);
    }
}

/// How long attacks go on: a second, unless `BITJANG_TEST_SIEGE_SECONDS` says otherwise.
fn a_while() -> Duration {
    Duration::from_secs(env::var("BITJANG_TEST_SIEGE_SECONDS").map_or(1, |seconds| seconds.parse().unwrap()))
}
