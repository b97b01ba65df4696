//! On what was measured: the machine, what else ran on it, and the versions of all that took part.

use std::fs::read_to_string;
use std::process::Command;

/// What is known of the machine, a name and a text each; what cannot be learnt is said to be unknown.
pub(crate) fn describe() -> Vec<(&'static str, String)> {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let processor = field("/proc/cpuinfo", "model name");
    vec![
        ("processor", format!("{cores} cores of {processor}")),
        ("memory", field("/proc/meminfo", "MemTotal")),
        ("kernel", first_line("/proc/sys/kernel/osrelease")),
        ("compiler", printed("rustc", &["--version"])),
        ("PostgreSQL", printed("psql", &["--version"])),
        ("Redis", printed("redis-server", &["--version"])),
        ("Node.js", printed("node", &["--version"])),
        ("peers", format!("{}; {}", wanted(AXUM_PEERS), wanted(NODE_PEERS))),
        ("commit", printed("git", &["describe", "--always", "--dirty"])),
    ]
}

const AXUM_PEERS: &str = include_str!("../peers/axum/Cargo.lock");
const NODE_PEERS: &str = include_str!("../peers/node/package.json");
const PEERS: [&str; 10] = [
    "axum",
    "axum-login",
    "tower-sessions",
    "password-auth",
    "jsonwebtoken",
    "better-auth",
    "connect-redis",
    "express",
    "express-session",
    "jose",
];

/// Those of the peers that a list of dependencies names, with their versions.
fn wanted(list: &str) -> String {
    let version = |name: &str| {
        let locked = list.split_once(&format!("name = \"{name}\"\nversion = \""));
        let (_, rest) = locked.or_else(|| list.split_once(&format!("\"{name}\": \"")))?;
        Some(format!("{name} {}", rest.split('"').next()?))
    };
    PEERS.iter().filter_map(|name| version(name)).collect::<Vec<_>>().join(", ")
}

/// How many programs wanted to run in the last 1, 5 and 15 minutes (proc(5)); ours among them.
pub(crate) fn load() -> String {
    first_line("/proc/loadavg").split(' ').take(3).collect::<Vec<_>>().join(", ")
}

fn field(file: &str, name: &str) -> String {
    let text = read_to_string(file).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.split_once(':'));
    line.map_or(unknown(), |(_, value)| value.trim().to_owned())
}

fn first_line(file: &str) -> String {
    read_to_string(file).ok().and_then(|text| text.lines().next().map(str::to_owned)).unwrap_or_else(unknown)
}

/// The first line that a program prints.
fn printed(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().ok();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    text.and_then(|text| text.lines().next().map(|line| line.trim().to_owned())).unwrap_or_else(unknown)
}

fn unknown() -> String {
    "unknown".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_peer_has_a_version() {
        let told = format!("{}, {}", wanted(AXUM_PEERS), wanted(NODE_PEERS));
        assert_eq!(told.split(", ").count(), PEERS.len(), "{told}");
        assert!(told.split(", ").all(|peer| peer.contains(' ') && peer.contains('.')), "{told}");
    }
}
