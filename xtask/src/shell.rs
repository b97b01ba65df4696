//! Runs programs in the repository, and leaves none of them behind: not after a failure, not after Ctrl-C.

use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio, exit};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// How long a program may take to end after it was asked to.
const GRACE: Duration = Duration::from_secs(5);
const GLANCE: Duration = Duration::from_millis(50);

/// Where programs run, and which one runs now.
pub(crate) struct Shell {
    root: PathBuf,
    running: Arc<Mutex<Option<Pid>>>,
}

impl Shell {
    /// A shell in the folder `root`. From now on Ctrl-C, a hang-up or a polite kill end what runs, then us.
    pub(crate) fn new(root: &Path) -> Result<Self> {
        let running = Arc::default();
        end_with_us(Arc::clone(&running))?;
        Ok(Self { root: root.to_owned(), running })
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Runs `line`, words parted by blanks, in the root folder, and shows what it prints. A failing program is an error.
    pub(crate) fn run(&self, line: &str) -> Result<()> {
        self.run_command(&mut command(line)?)
    }

    /// Runs `command` in a process group of its own, so that all its children can be ended with it.
    pub(crate) fn run_command(&self, command: &mut Command) -> Result<()> {
        let line = shown(command);
        println!("$ {line}");
        if command.get_current_dir().is_none() {
            command.current_dir(&self.root);
        }
        let mut child = self.start(command).with_context(|| format!("cannot start `{line}`"))?;
        let group = Pid::from_child(&child);
        let status = child.wait();
        self.running.lock().unwrap_or_else(PoisonError::into_inner).take();
        end(group);
        match status? {
            status if status.success() => Ok(()),
            status => bail!("`{line}` ended with {status}"),
        }
    }

    /// Started and noted under one lock: a signal in between would miss the child.
    fn start(&self, command: &mut Command) -> std::io::Result<Child> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let child = command.stdin(Stdio::null()).process_group(0).spawn()?;
        *running = Some(Pid::from_child(&child));
        Ok(child)
    }
}

/// The command that `line` spells, words parted by blanks.
pub(crate) fn command(line: &str) -> Result<Command> {
    let mut words = line.split_whitespace();
    let mut command = Command::new(words.next().context("an empty command line")?);
    command.args(words);
    Ok(command)
}

/// What `line` prints, where it can be run and succeeds.
pub(crate) fn output(line: &str) -> Option<String> {
    let output = command(line).ok()?.stdin(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

fn end_with_us(running: Arc<Mutex<Option<Pid>>>) -> Result<()> {
    let mut signals = Signals::new([SIGHUP, SIGINT, SIGTERM])?;
    thread::spawn(move || {
        if let Some(signal) = signals.forever().next() {
            // The lock is kept to the end, so that nothing new starts.
            let running = running.lock().unwrap_or_else(PoisonError::into_inner);
            running.map(end);
            exit(128 + signal);
        }
    });
    Ok(())
}

/// Asks all processes of `group` to end, waits, and kills those that did not.
fn end(group: Pid) {
    // An error means that the group is empty: nothing was left behind.
    if kill_process_group(group, Signal::TERM).is_err() {
        return;
    }
    for _ in 0..GRACE.as_millis() / GLANCE.as_millis() {
        if test_kill_process_group(group).is_err() {
            return;
        }
        thread::sleep(GLANCE);
    }
    kill_process_group(group, Signal::KILL).ok();
}
