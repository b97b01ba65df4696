//! A Redis server for tests, and what can befall one.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::{certify, failed, succeed};

/// A Redis server that writes to its disk only when it is told to. Dropping it ends it and removes its folder.
pub struct Redis {
    folder: PathBuf,
    port: u16,
    keeper: Child,
}

/// Ends the server and removes its folder once nobody holds the other end of its input: also when that one was killed.
const KEEPER: &str =
    r#"trap "" INT TERM HUP; read -r _; kill -KILL "$(cat "$1/pid")" 2>/dev/null; rm -rf -- "$1""#;

/// How often and how far apart it is looked at while it starts.
const LOOKS: u32 = 1_000;
const APART: Duration = Duration::from_millis(10);

impl Redis {
    /// An empty server, with these settings beside the usual ones, such as `--maxmemory 2mb`.
    pub fn start(settings: &str) -> io::Result<Self> {
        Self::start_in(folder()?, settings)
    }

    /// A server that speaks TLS too, as `localhost`: its address there, and the file of the certificate that proves it.
    pub fn start_encrypted() -> io::Result<(Self, String, PathBuf)> {
        let (folder, port) = (folder()?, free_port()?);
        let certificate = certify(Command::new("openssl"), &folder)?;
        let (key, proof) = (folder.join("server.key"), certificate.display().to_string());
        let settings = format!(
            "--tls-port {port} --tls-cert-file {proof} --tls-key-file {} --tls-ca-cert-file {proof} --tls-auth-clients no",
            key.display()
        );
        let address = format!("rediss://localhost:{port}/?timeout_ms=10000");
        Ok((Self::start_in(folder, &settings)?, address, certificate))
    }

    /// A node that is in no cluster yet.
    pub(super) fn start_node() -> io::Result<Self> {
        let bus = free_port()?;
        Self::start(&format!("--cluster-enabled yes --cluster-node-timeout 1000 --cluster-port {bus}"))
    }

    fn start_in(folder: PathBuf, settings: &str) -> io::Result<Self> {
        let mut keeper = Command::new("sh");
        keeper.args(["-c", KEEPER, "sh"]).arg(&folder).stdin(Stdio::piped()).stderr(Stdio::null());
        let keeper = keeper.spawn()?;
        let server = Self { folder, port: free_port()?, keeper };
        fs::write(server.file("options"), settings)?;
        server.start_again()?;
        Ok(server)
    }

    /// Its address, with more patience than a busy machine needs to answer.
    pub fn address(&self) -> String {
        format!("redis://127.0.0.1:{}/?timeout_ms=10000", self.port)
    }

    /// Its host and port.
    pub(super) fn place(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Its address, with the usual patience.
    pub fn hasty_address(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Starts it, on the same port, with what it had on its disk; returns when it answers.
    pub fn start_again(&self) -> io::Result<()> {
        let settings = fs::read_to_string(self.file("options"))?;
        let mut redis = Command::new("redis-server");
        redis.args([
            "--daemonize",
            "yes",
            "--save",
            "",
            "--bind",
            "127.0.0.1",
            "--port",
            &self.port.to_string(),
        ]);
        redis.arg("--dir").arg(&self.folder).arg("--pidfile").arg(self.file("pid"));
        redis.arg("--logfile").arg(self.file("log")).args(settings.split_whitespace());
        succeed(&mut redis).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => failed("Redis is missing: install the Debian package redis-server"),
            _ => error,
        })?;
        for _ in 0..LOOKS {
            if self.answers().unwrap_or(false) {
                return Ok(());
            }
            std::thread::sleep(APART);
        }
        Err(failed(fs::read_to_string(self.file("log")).unwrap_or_default()))
    }

    fn answers(&self) -> io::Result<bool> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.write_all(b"PING\r\n")?;
        let mut answer = [0; 5];
        stream.read_exact(&mut answer)?;
        Ok(&answer == b"+PONG")
    }

    /// What a command prints.
    pub fn run(&self, command: &[&str]) -> io::Result<String> {
        let mut cli = Command::new("redis-cli");
        succeed(cli.args(["-h", "127.0.0.1", "-p", &self.port.to_string()]).args(command))
    }

    /// Takes it down without warning. What it had not been told to save is gone.
    pub fn kill(&self) -> io::Result<()> {
        self.signal(Signal::KILL)?;
        for _ in 0..LOOKS {
            if self.answers().is_err() {
                return Ok(());
            }
            std::thread::sleep(APART);
        }
        Err(failed("it does not end"))
    }

    /// Halts it, so that connections stay open and nobody answers.
    pub fn pause(&self) -> io::Result<()> {
        self.signal(Signal::STOP)
    }

    /// Lets it go on.
    pub fn resume(&self) -> io::Result<()> {
        self.signal(Signal::CONT)
    }

    fn signal(&self, signal: Signal) -> io::Result<()> {
        let pid = fs::read_to_string(self.file("pid"))?;
        let pid = pid.trim().parse().ok().and_then(Pid::from_raw).ok_or_else(|| failed("no process"))?;
        Ok(kill_process(pid, signal)?)
    }

    /// Writes all that it holds to its disk, where it stays until the server is started again with it.
    pub fn save(&self) -> io::Result<()> {
        self.run(&["SAVE"]).map(drop)
    }

    fn file(&self, name: &str) -> PathBuf {
        Path::new(&self.folder).join(name)
    }
}

fn folder() -> io::Result<PathBuf> {
    Ok(tempfile::Builder::new().prefix("bitjang-redis-").tempdir()?.keep())
}

fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

impl Drop for Redis {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        // An error means that it has ended already.
        let _ended = self.keeper.wait();
    }
}
