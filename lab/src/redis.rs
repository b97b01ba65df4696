//! A real Redis as the session DB, where the machine has one: a process and a folder of its own, which can be stopped.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;

use crate::clock::moment;

const PROGRAM: &str = "redis-server";
const READY_WITHIN: Duration = Duration::from_secs(10);
const GLANCE: Duration = Duration::from_millis(2);
/// Longer than anything that is kept in it.
const LONGEST: usize = 4_096;

/// The process. It ends, and its folder goes, when this is dropped.
pub(crate) struct Redis {
    folder: tempfile::TempDir,
    child: Mutex<Option<Child>>,
}

impl Redis {
    /// Starts one and waits until it answers; nothing where the machine has none.
    pub(crate) async fn start() -> Result<Option<Self>> {
        let folder = tempfile::Builder::new().prefix("bitjang-lab-redis-").tempdir()?;
        let redis = Self { folder, child: Mutex::default() };
        Ok(redis.run().await?.then_some(redis))
    }

    /// Starts the process on the folder as it is, and answers whether the machine has such a program.
    pub(crate) async fn run(&self) -> Result<bool> {
        match self.command().spawn() {
            Ok(child) => *self.child() = Some(child),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(error).context("cannot start redis-server"),
        }
        let began = moment();
        while began.elapsed() < READY_WITHIN {
            if self.ask(&["PING"]).await.is_ok() {
                return Ok(true);
            }
            tokio::time::sleep(GLANCE).await;
        }
        bail!("redis-server was not ready within {READY_WITHIN:?}")
    }

    /// `kill -9`.
    pub(crate) fn kill(&self) {
        if let Some(mut child) = self.child().take() {
            // Both fail only when it has ended already.
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// One command on a connection of its own: what it answers, or nothing for what it does not know.
    ///
    /// <https://redis.io/docs/latest/develop/reference/protocol-spec/>
    pub(crate) async fn ask(&self, command: &[&str]) -> Result<Option<String>> {
        let mut asked = format!("*{}\r\n", command.len());
        asked.extend(command.iter().map(|word| format!("${}\r\n{word}\r\n", word.len())));
        let mut stream = BufReader::new(UnixStream::connect(self.socket()).await?);
        stream.write_all(asked.as_bytes()).await?;
        let mut line = String::new();
        stream.read_line(&mut line).await?;
        match line.trim_end().split_at_checked(1) {
            Some(("$", "-1")) => Ok(None),
            Some(("$", length)) => {
                let length = length.parse()?;
                ensure!(length <= LONGEST, "Redis answers with {length} bytes");
                let mut value = vec![0; length];
                stream.read_exact(&mut value).await?;
                Ok(Some(String::from_utf8(value)?))
            }
            Some(("+" | ":", said)) => Ok(Some(said.to_owned())),
            _ => bail!("Redis answers {line:?}"),
        }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(PROGRAM);
        // Reachable through a file in its folder alone; each change is on disk before it is answered.
        command.args(["--port", "0", "--unixsocket", "redis.sock", "--save", "", "--appendonly", "yes"]);
        command.current_dir(self.folder.path());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("redis.sock")
    }

    fn child(&self) -> MutexGuard<'_, Option<Child>> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.kill();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_was_kept_outlives_a_kill() -> Result<()> {
        let redis = Redis::start().await?.context("install the Debian package redis-server")?;
        redis.ask(&["SET", "session", "alice\r\nand more"]).await?;
        redis.kill();
        assert!(redis.ask(&["GET", "session"]).await.is_err());
        assert!(redis.run().await?);
        assert_eq!(redis.ask(&["GET", "session"]).await?.as_deref(), Some("alice\r\nand more"));
        assert_eq!(redis.ask(&["GET", "another"]).await?, None);
        Ok(())
    }
}
