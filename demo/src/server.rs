//! The Bitjang server beside the community: a process of its own, started here and ended here, and its operator's commands.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context as _, Result, bail};
use async_trait::async_trait;
use bitjang_core::Failure;
use bitjang_permit::May;
use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdout, Command};

use crate::app::Office;
use crate::bitjang::Account;
use crate::community::Member;
use crate::rules::GiveRoles;

/// The program and the folder that its data is in: enough to give it commands, also while it runs.
#[derive(Clone, Debug)]
pub struct Program {
    path: PathBuf,
    folder: PathBuf,
}

/// A server that runs.
#[derive(Debug)]
pub struct Server {
    child: Child,
    /// Held, so that nothing it says later finds nobody.
    _output: BufReader<ChildStdout>,
    /// Where it listens; only this machine reaches it.
    pub address: SocketAddr,
}

impl Program {
    /// The program that started this one, or the one beside it, with its data in `folder`.
    pub fn find(folder: &Path) -> Result<Self> {
        let path = match std::env::var_os("BITJANG_PROGRAM") {
            Some(path) => path.into(),
            None => std::env::current_exe()?.with_file_name("bitjang"),
        };
        if !path.is_file() {
            bail!("{} is not there: build it, or name it in BITJANG_PROGRAM", path.display());
        }
        Ok(Self { path, folder: folder.to_owned() })
    }

    /// Starts the server for people who open `public_url`, and waits until it is ready.
    pub async fn serve(&self, public_url: &str) -> Result<Server> {
        // The issuer's name is its address, and it is needed before the server listens.
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let mut command = self.command(&["serve"]);
        command.env("BITJANG_LISTEN", address.to_string()).env("BITJANG_PUBLIC_URL", public_url);
        command.env("BITJANG_TOKENS__ISSUER", issuer(address)).env("BITJANG_TOKENS__AUDIENCE", public_url);
        command.env("BITJANG_TRUSTED_PROXIES", "127.0.0.1/32").env("BITJANG_LOG__LEVEL", "warn");
        // A group of its own: Ctrl-C is for us, and we tell it.
        command.process_group(0).kill_on_drop(true).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().with_context(|| format!("{} cannot be run", self.path.display()))?;
        let mut output = BufReader::new(child.stdout.take().context("the server has no output")?);
        let mut line = String::new();
        output.read_line(&mut line).await?;
        if !line.contains("is ready") {
            bail!("the Bitjang server did not start: {}", child.wait().await?);
        }
        Ok(Server { child, _output: output, address })
    }

    /// Makes an account.
    pub async fn add(&self, identifier: &str, name: &str, roles: &[&str], password: &str) -> Result<()> {
        let mut arguments = vec!["account", "add", identifier, "--name", name, "--password-stdin"];
        arguments.extend(roles.iter().flat_map(|role| ["--role", role]));
        self.run(&arguments, password).await.map(|_| ())
    }

    /// Everybody who has an account, in the order in which they came.
    pub async fn members(&self) -> Result<Vec<Member>> {
        let lines = self.run(&["account", "list", "--json"], "").await?;
        lines.lines().map(|line| serde_json::from_str::<Account>(line)?.member()).collect()
    }

    /// Runs a command to its end; what it says.
    async fn run(&self, arguments: &[&str], input: &str) -> Result<String> {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        let mut given = child.stdin.take().context("the command takes no input")?;
        given.write_all(input.as_bytes()).await?;
        drop(given);
        let output = child.wait_with_output().await?;
        if !output.status.success() {
            bail!("{}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(String::from_utf8(output.stdout)?)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.path);
        // Whatever is configured around us is for another server.
        for (name, _) in
            std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("BITJANG_"))
        {
            command.env_remove(name);
        }
        let store = format!("embedded:{}", self.folder.join("bitjang").display());
        command.args(arguments).current_dir(&self.folder).env("BITJANG_STORE__URL", store);
        // Nobody balances here.
        command.env("BITJANG_LINGER_SECONDS", "0");
        command
    }
}

/// What the server at this address calls itself in tokens: also where a verifier finds it.
pub fn issuer(address: SocketAddr) -> String {
    format!("http://{address}")
}

impl Server {
    /// Asks it to stop, and waits until it has.
    pub async fn stop(mut self) -> Result<()> {
        if let Some(pid) = self.child.id().and_then(|id| Pid::from_raw(id.cast_signed())) {
            kill_process(pid, Signal::TERM)?;
        }
        self.child.wait().await?;
        Ok(())
    }
}

#[async_trait]
impl Office for Program {
    async fn give_roles(
        &self,
        _: May<GiveRoles, Member>,
        member: &Member,
        roles: &[String],
    ) -> Result<(), Failure> {
        // After `--`, so that nobody's identifier is taken for a flag.
        let mut arguments = vec!["account", "roles", "--", &member.identifier];
        arguments.extend(roles.iter().map(String::as_str));
        let given = self.run(&arguments, "").await;
        given.map(|_| ()).map_err(|error| Failure::new("give roles", error))
    }
}
