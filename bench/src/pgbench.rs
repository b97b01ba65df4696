//! PostgreSQL measured by its own tool.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

const CLIENTS: &str = "64";

/// A script of `pgbench` for a database.
pub(crate) struct Pgbench {
    address: String,
    script: PathBuf,
}

/// What it came to.
#[derive(Debug, PartialEq)]
pub(crate) struct Ran {
    pub(crate) transactions: u64,
    /// In each second, without the time to connect.
    pub(crate) rate: f64,
}

impl Pgbench {
    /// Keeps `text` in `folder`.
    pub(crate) fn new(address: &str, folder: &Path, text: &str) -> Result<Self> {
        let script = folder.join("pgbench.sql");
        fs::write(&script, text)?;
        Ok(Self { address: address.to_owned(), script })
    }

    /// 64 clients run the script again and again, prepared, for so long; whole seconds, one at least.
    pub(crate) fn run(&self, span: Duration) -> Result<Ran> {
        let seconds = span.as_secs_f64().ceil().max(1.0).to_string();
        let mut pgbench = Command::new(program());
        pgbench
            .args(["-n", "-M", "prepared", "-c", CLIENTS, "-j", "2", "-T", &seconds, "-D", "turn=0", "-f"]);
        let output = pgbench.arg(&self.script).arg(&self.address).stdin(Stdio::null()).output();
        let output = output.context("pgbench cannot be started")?;
        let told = String::from_utf8_lossy(&output.stdout);
        ensure!(output.status.success(), "pgbench: {}", String::from_utf8_lossy(&output.stderr));
        read(&told)
    }
}

fn read(told: &str) -> Result<Ran> {
    let of = |name: &str| {
        let value = told.lines().find_map(|line| line.strip_prefix(name));
        let first = value.and_then(|value| value.split_whitespace().next());
        first.with_context(|| format!("pgbench does not tell \"{name}\":\n{told}"))
    };
    let failed = of("number of failed transactions:").unwrap_or("0");
    ensure!(failed == "0", "{failed} transactions failed");
    Ok(Ran {
        transactions: of("number of transactions actually processed:")?.parse()?,
        rate: of("tps =")?.parse()?,
    })
}

/// Where Debian keeps it, beside PostgreSQL's other programs; else wherever it is.
fn program() -> OsString {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let found =
        versions.map(|version| version.path().join("bin/pgbench")).filter(|program| program.exists()).max();
    found.map_or_else(|| "pgbench".into(), PathBuf::into_os_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_read() {
        let told = "number of transactions actually processed: 300\nnumber of failed transactions: 0 (0.000%)\ntps = 99.5 (without initial connection time)\n";
        let ran = read(told).unwrap();
        assert_eq!((ran.transactions, ran.rate), (300, 99.5));
        assert!(read(&told.replace(": 0 (", ": 2 (")).is_err());
        assert!(read("").is_err());
    }
}
