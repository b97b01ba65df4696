//! The programs that are measured: started on a free port, ended by their handle, however the measurement ends.

use std::fs::File;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use bitjang_core::token::Algorithm;

use crate::client::{Client, get};
use crate::clock::now;
use crate::hello::Serving;

/// How long a program may take to answer.
const READY_WITHIN: Duration = Duration::from_secs(60);
const GLANCE: Duration = Duration::from_micros(500);

/// What people use in Node.js, in this repository.
const NODE_PEERS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/peers/node");

/// The folder of the built programs.
pub(crate) struct Programs(PathBuf);

impl Programs {
    /// The programs in `folder`.
    pub(crate) fn new(folder: &Path) -> Result<Self> {
        Ok(Self(folder.canonicalize().with_context(|| format!("there is no {}", folder.display()))?))
    }

    /// The program called `name`; an error that says how to build it if it is not there.
    pub(crate) fn path(&self, name: &str) -> Result<PathBuf> {
        let path = self.0.join(name);
        if path.is_file() {
            Ok(path)
        } else {
            bail!("{} is not built: run `cargo xtask bench`", path.display())
        }
    }

    /// Bitjang on the embedded store in `folder`.
    pub(crate) fn bitjang(&self, folder: &Path) -> Result<Running> {
        self.bitjang_on(folder, &[("URL", &format!("embedded:{}", folder.join("data").display()))])
    }

    /// Bitjang with these keys of `store`, under its defaults but for the limits on guessing: everybody here comes from one address.
    pub(crate) fn bitjang_on(&self, folder: &Path, store: &[(&str, &str)]) -> Result<Running> {
        let mut command = Command::new(self.path("bitjang")?);
        let port = free_port()?;
        command.arg("serve").current_dir(folder);
        command.env("BITJANG_LISTEN", format!("127.0.0.1:{port}"));
        command.env("BITJANG_PUBLIC_URL", issuer(port));
        for (key, value) in store {
            command.env(format!("BITJANG_STORE__{key}"), value);
        }
        for limit in ["PAIR", "ACCOUNT", "ADDRESS"] {
            command.env(format!("BITJANG_LIMITS__{limit}_ATTEMPTS"), "1000000");
        }
        Running::start(command, port, folder.join("bitjang.log"))
    }

    /// An app that checks tokens and remembers so many of them.
    pub(crate) fn app(&self, algorithm: Algorithm, remembered: usize, folder: &Path) -> Result<Running> {
        let (mut command, port) = (Command::new(self.path("bitjang-bench")?), free_port()?);
        let remembered = remembered.to_string();
        command.args([
            "app",
            "--port",
            &port.to_string(),
            "--algorithm",
            algorithm.as_str(),
            "--remembered",
            &remembered,
        ]);
        Running::start(command, port, folder.join("app.log"))
    }

    /// What people use in axum.
    pub(crate) fn peer(&self, kind: &str, store: &str, folder: &Path) -> Result<Running> {
        let (mut command, port) =
            (Command::new(self.path("../peers/release/bitjang-bench-peers")?), free_port()?);
        command.args(["--port", &port.to_string(), "--kind", kind, "--store", store]);
        Running::start(command, port, folder.join("peer.log"))
    }

    /// What people use in Node.js.
    pub(crate) fn node(script: &str, arguments: &[&str], folder: &Path) -> Result<Running> {
        let (mut command, port) = (Command::new("node"), free_port()?);
        command.arg(Path::new(NODE_PEERS).join(script)).arg(port.to_string()).args(arguments);
        command.env("NODE_ENV", "production");
        Running::start(command, port, folder.join("node.log"))
    }

    /// Hello-world, in a process of its own as Bitjang is.
    pub(crate) fn hello(&self, serving: Serving, folder: &Path) -> Result<Running> {
        let mut command = Command::new(self.path("bitjang-bench")?);
        let port = free_port()?;
        command.args(["hello", "--port", &port.to_string(), "--serving", serving.name()]);
        Running::start(command, port, folder.join("hello.log"))
    }
}

/// A program that runs, and ends when this is dropped.
pub(crate) struct Running {
    child: Child,
    began_at: Instant,
    /// Where it listens.
    pub(crate) port: u16,
    log: PathBuf,
}

impl Running {
    fn start(mut command: Command, port: u16, log: PathBuf) -> Result<Self> {
        // What the caller's shell has set must not change what is measured.
        for (name, _) in
            std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("BITJANG_"))
        {
            if !command.get_envs().any(|(own, _)| own == name) {
                command.env_remove(name);
            }
        }
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(File::create(&log)?);
        let began_at = now();
        let child = command.spawn().with_context(|| format!("cannot start {command:?}"))?;
        Ok(Self { child, began_at, port, log })
    }

    /// Waits until `path` answers 200: how long that took from the start of the process.
    pub(crate) fn ready(&mut self, path: &str) -> Result<Duration> {
        self.answering_with(path, |status| status == 200)
    }

    /// Waits until `path` answers anything: how long that took.
    pub(crate) fn answering(&mut self, path: &str) -> Result<Duration> {
        self.answering_with(path, |_| true)
    }

    fn answering_with(&mut self, path: &str, is_ready: impl Fn(u16) -> bool) -> Result<Duration> {
        let request = get(path, None);
        while self.began_at.elapsed() < READY_WITHIN {
            if Client::connect(self.port).and_then(|mut client| client.ask(&request)).is_ok_and(&is_ready) {
                return Ok(self.began_at.elapsed());
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("it ended with {status} before it was ready:\n{}", std::fs::read_to_string(&self.log)?);
            }
            std::thread::sleep(GLANCE);
        }
        bail!("it was not ready within {READY_WITHIN:?}:\n{}", std::fs::read_to_string(&self.log)?)
    }

    /// How long it has been on a processor since it started, in all its threads (`utime` and `stime` of proc(5), in hundredths of a second).
    pub(crate) fn busy(&self) -> Result<Duration> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        // The name, in parentheses, may hold anything.
        let fields = stat.rsplit_once(')').context("no stat")?.1.split_whitespace();
        let ticks: u64 = fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
        Ok(Duration::from_millis(10 * ticks))
    }

    /// How much memory it holds now, in MiB (`VmRSS` of proc(5)).
    pub(crate) fn memory_mib(&self) -> Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
        let kib: u32 = resident.trim().trim_end_matches(" kB").parse()?;
        Ok(f64::from(kib) / 1_024.0)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail only when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What the server on this port calls itself.
pub(crate) fn issuer(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}
