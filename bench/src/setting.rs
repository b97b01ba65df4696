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
        ("wrk", printed("wrk", &["-v"])),
        ("commit", printed("git", &["describe", "--always", "--dirty"])),
    ]
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

/// The first line that a program prints; `wrk -v` fails when it has printed its version.
fn printed(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().ok();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    text.and_then(|text| text.lines().next().map(|line| line.trim().to_owned())).unwrap_or_else(unknown)
}

fn unknown() -> String {
    "unknown".to_owned()
}
