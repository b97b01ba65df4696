//! The load on a server that only reads: wrk, as fast as it goes.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

const SCRIPT: &str = include_str!("../wrk/cookie.lua");
const CONNECTIONS: usize = 64;
const THREADS: usize = 2;

/// Which cookie a request carries.
#[derive(Clone, Copy)]
pub(crate) enum Pick {
    /// Any of all.
    Random,
    /// Always the same, as a header that wrk makes itself: no script runs.
    Fixed,
}

/// What is asked for, by the same rules of every server.
pub(crate) struct Load {
    script: PathBuf,
    cookies: PathBuf,
    first: String,
}

impl Load {
    /// A load with the cookies of the file `cookies`.
    pub(crate) fn new(cookies: &Path) -> Result<Self> {
        let script = cookies.with_file_name("cookie.lua");
        std::fs::write(&script, SCRIPT)?;
        let first = std::fs::read_to_string(cookies)?.lines().next().context("no cookies")?.to_owned();
        Ok(Self { script, cookies: cookies.to_owned(), first })
    }

    /// Asks `port` for `GET /v1/session` for so long: how many answers there were in each second. Any answer but 200 is an error.
    pub(crate) fn run(&self, port: u16, pick: Pick, span: Duration) -> Result<f64> {
        let mut wrk = Command::new("wrk");
        wrk.arg(format!("-t{THREADS}")).arg(format!("-c{CONNECTIONS}")).arg(format!("-d{}s", span.as_secs()));
        let url = format!("http://127.0.0.1:{port}/v1/session");
        match pick {
            Pick::Random => wrk.arg("-s").arg(&self.script).arg(url).arg("--").arg(&self.cookies),
            Pick::Fixed => {
                wrk.arg("-H").arg("Host: localhost").arg("-H").arg(format!("Cookie: {}", self.first)).arg(url)
            }
        };
        let output = wrk.stdin(Stdio::null()).output().context("wrk cannot be started")?;
        let told = String::from_utf8_lossy(&output.stdout);
        ensure!(output.status.success(), "wrk: {}", String::from_utf8_lossy(&output.stderr));
        requests_per_second(&told)
    }
}

/// What wrk has printed.
fn requests_per_second(told: &str) -> Result<f64> {
    let of = |name: &str| told.lines().find_map(|line| line.trim().strip_prefix(name)).map(str::trim);
    ensure!(of("Non-2xx or 3xx responses:").is_none(), "some requests were refused:\n{told}");
    let errors = of("Socket errors:");
    ensure!(errors.is_none(), "some requests were not answered:\n{told}");
    Ok(of("Requests/sec:").with_context(|| format!("wrk told nothing:\n{told}"))?.parse()?)
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "these figures are read or chosen, not computed")]
mod tests {
    use super::*;

    const TOLD: &str = "Running 1s test @ http://127.0.0.1:1/v1/session\n  2 threads and 64 connections\n  120 requests in 1.00s, 1MB read\n";

    #[test]
    fn the_rate_is_read() {
        assert_eq!(
            requests_per_second(&format!("{TOLD}Requests/sec:  41234.56\nTransfer/sec: 1MB\n")).unwrap(),
            41_234.56
        );
    }

    #[test]
    fn a_load_that_was_not_served_is_no_measurement() {
        for fault in [
            "",
            "  Non-2xx or 3xx responses: 3\nRequests/sec: 5.0\n",
            "  Socket errors: connect 0, read 3\nRequests/sec: 5.0\n",
        ] {
            assert!(requests_per_second(&format!("{TOLD}{fault}")).is_err(), "{fault:?}");
        }
    }
}
