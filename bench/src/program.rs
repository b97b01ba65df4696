//! The programs that are measured: started on a free port, ended by their handle, however the measurement ends.

use std::fs::File;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::client::{Client, get};
use crate::clock::now;
use crate::hello::Serving;

/// How long a program may take to answer.
const READY_WITHIN: Duration = Duration::from_secs(20);
const GLANCE: Duration = Duration::from_micros(500);

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

    /// Bitjang on the store in `folder`, under its defaults but for the limits on guessing: everybody here comes from one address.
    pub(crate) fn bitjang(&self, folder: &Path) -> Result<Running> {
        let mut command = Command::new(self.path("bitjang")?);
        let port = free_port()?;
        command.arg("serve").current_dir(folder);
        command.env("BITJANG_LISTEN", format!("127.0.0.1:{port}"));
        command.env("BITJANG_PUBLIC_URL", issuer(port));
        command.env("BITJANG_STORE__URL", format!("embedded:{}", folder.join("data").display()));
        for limit in ["PAIR", "ACCOUNT", "ADDRESS"] {
            command.env(format!("BITJANG_LIMITS__{limit}_ATTEMPTS"), "1000000");
        }
        Running::start(command, port, folder.join("bitjang.log"))
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
        let request = get(path, None);
        while self.began_at.elapsed() < READY_WITHIN {
            if Client::connect(self.port)
                .and_then(|mut client| client.ask(&request))
                .is_ok_and(|status| status == 200)
            {
                return Ok(self.began_at.elapsed());
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("it ended with {status} before it was ready:\n{}", std::fs::read_to_string(&self.log)?);
            }
            std::thread::sleep(GLANCE);
        }
        bail!("it was not ready within {READY_WITHIN:?}:\n{}", std::fs::read_to_string(&self.log)?)
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
