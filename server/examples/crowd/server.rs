//! The server that the crowd follows: a process of its own, asked over HTTP, watched through /proc.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const WHO: (&str, &str) = ("mina", "turnips resent accordions");

/// A server on a folder of its own; killed when dropped.
pub(crate) struct Server {
    child: Child,
    /// Where it is found, which is also what it calls itself.
    pub(crate) site: String,
    _folder: TempDir,
}

impl Server {
    /// Starts the program, with cheap passwords.
    pub(crate) fn start(program: &str) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let program = fs::canonicalize(program)?;
        let mut command = Command::new(program);
        command.arg("serve").current_dir(&folder).stdout(Stdio::piped()).stderr(Stdio::null());
        command.env("BITJANG_LISTEN", "127.0.0.1:0");
        command.env("BITJANG_PASSWORD__MEMORY_KIB", "8").env("BITJANG_PASSWORD__ITERATIONS", "1");
        let mut child = command.spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().context("no output")?).read_line(&mut line)?;
        let site = line.trim().strip_prefix("Bitjang is ready at ").context(line.clone())?.to_owned();
        Ok(Self { child, site, _folder: folder })
    }

    /// The access tokens of so many sessions of one account.
    pub(crate) async fn sessions(&self, number: usize) -> Result<Vec<String>> {
        let (identifier, password) = WHO;
        let body = json!({"identifier": identifier, "password": password, "carrier": "bearer"}).to_string();
        self.send("POST /v1/accounts", "", &body).await?;
        let mut tokens = Vec::with_capacity(number);
        for _ in 0..number {
            let answer = self.send("POST /v1/session", "", &body).await?;
            let (_, json) = answer.split_once("\r\n\r\n").context("no body")?;
            let token = serde_json::from_str::<Value>(json)?;
            tokens
                .push(token.get("access_token").and_then(Value::as_str).context(answer.clone())?.to_owned());
        }
        Ok(tokens)
    }

    /// Ends the session of an access token.
    pub(crate) async fn sign_out(&self, token: &str) -> Result<()> {
        let answer =
            self.send("DELETE /v1/session", &format!("Authorization: Bearer {token}\r\n"), "").await?;
        ensure!(answer.starts_with("HTTP/1.1 204 "), "{answer}");
        Ok(())
    }

    async fn send(&self, line: &str, headers: &str, body: &str) -> Result<String> {
        let mut stream = TcpStream::connect(self.address()).await?;
        let length = body.len();
        let request = format!(
            "{line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        stream.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        Ok(answer)
    }

    fn address(&self) -> String {
        self.site.replace("http://localhost", "127.0.0.1")
    }

    /// Follows the feed as bytes, from now on.
    pub(crate) async fn listen_in(&self) -> Result<Bytes> {
        let mut stream = TcpStream::connect(self.address()).await?;
        stream
            .write_all(
                b"GET /v1/revocations HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n",
            )
            .await?;
        let bytes = Bytes::default();
        let heard = Arc::clone(&bytes.0);
        tokio::spawn(async move {
            let mut buffer = [0; 4096];
            while let Ok(length @ 1..) = stream.read(&mut buffer).await {
                let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
                heard.extend_from_slice(buffer.get(..length).unwrap_or_default());
            }
        });
        Ok(bytes)
    }

    /// What it has used so far.
    pub(crate) fn used(&self) -> Result<Used> {
        let id = self.child.id();
        let status = fs::read_to_string(format!("/proc/{id}/status"))?;
        let kib = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
        let stat = fs::read_to_string(format!("/proc/{id}/stat"))?;
        // Behind the name, which may hold anything but this: fields 14 and 15, in hundredths of a second (proc_pid_stat(5)).
        let (_, fields) = stat.rsplit_once(')').context("no name")?;
        let ticks = fields.split_whitespace().skip(11).take(2).map(str::parse::<f64>);
        let ticks = ticks.sum::<Result<f64, _>>()?;
        Ok(Used { mib: kib.trim().trim_end_matches(" kB").parse::<f64>()? / 1024.0, cores: ticks / 100.0 })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = (self.child.kill(), self.child.wait());
    }
}

/// Memory, and time of processors: in seconds since the start, or, over a span, in cores.
pub(crate) struct Used {
    pub(crate) mib: f64,
    pub(crate) cores: f64,
}

impl Used {
    /// What was used in `span`, which began with `before`.
    pub(crate) fn since(&self, before: &Self, span: Duration) -> Self {
        Self { mib: self.mib, cores: (self.cores - before.cores) / span.as_secs_f64() }
    }
}

/// What one follower was sent.
#[derive(Default)]
pub(crate) struct Bytes(Arc<Mutex<Vec<u8>>>);

impl Bytes {
    /// How many bytes an event of this name takes, with what frames it; the mean.
    pub(crate) fn of(&self, name: &str) -> usize {
        let heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let text = String::from_utf8_lossy(&heard);
        let events = text.split("event: ").filter(|event| event.starts_with(name));
        let (number, bytes) =
            events.fold((0, 0), |(number, bytes), event| (number + 1, bytes + "event: ".len() + event.len()));
        bytes / std::cmp::max(1, number)
    }
}
