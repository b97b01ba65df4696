//! What the tests need of the machine: looked for, installed where that is possible, else named exactly.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::shell::{Shell, command, output};

/// The oldest Node.js that the client's tests run on, and the one that is fetched where an older one is found.
const OLDEST_NODE: u32 = 22;
const FETCHED_NODE: u32 = 24;

/// Makes sure of the Rust component `component`, by the program that it brings.
pub(crate) fn component(shell: &Shell, component: &str, proof: &str) -> Result<()> {
    if output(proof).is_some() {
        return Ok(());
    }
    println!("{component} is missing: installing it");
    shell
        .run(&format!("rustup component add {component}"))
        .with_context(|| format!("install the Rust component {component}, then run this again"))
}

/// Makes sure of a C compiler, which SQLite and the cryptography are built with.
pub(crate) fn compiler(shell: &Shell) -> Result<()> {
    if output("cc --version").is_some() { Ok(()) } else { packages(shell, &["build-essential"]) }
}

/// Makes sure of curl, which runs what the README shows.
pub(crate) fn curl(shell: &Shell) -> Result<()> {
    if output("curl --version").is_some() { Ok(()) } else { packages(shell, &["curl"]) }
}

/// Makes sure of valgrind, which counts instructions.
pub(crate) fn valgrind(shell: &Shell) -> Result<()> {
    if output("valgrind --version").is_some() { Ok(()) } else { packages(shell, &["valgrind"]) }
}

/// Makes sure of PostgreSQL's programs, with which tests start servers of their own.
pub(crate) fn postgres(shell: &Shell) -> Result<()> {
    let mut versions = Path::new("/usr/lib/postgresql").read_dir().into_iter().flatten().flatten();
    let is_here = versions.any(|version| version.path().join("bin/initdb").exists());
    if is_here { Ok(()) } else { packages(shell, &["postgresql"]) }
}

/// Makes sure of Redis's programs, with which tests start servers of their own.
pub(crate) fn redis(shell: &Shell) -> Result<()> {
    let is_here = output("redis-server --version").is_some() && output("redis-cli --version").is_some();
    if is_here { Ok(()) } else { packages(shell, &["redis-server"]) }
}

/// Makes sure of Python and of its virtual environments, which Debian packages apart.
pub(crate) fn python(shell: &Shell) -> Result<()> {
    if output("python3 -m ensurepip --version").is_some() {
        Ok(())
    } else {
        packages(shell, &["python3", "python3-venv"])
    }
}

/// Makes sure of Caddy, which judges its own configuration.
pub(crate) fn caddy(shell: &Shell) -> Result<()> {
    if output("caddy version").is_some() { Ok(()) } else { packages(shell, &["caddy"]) }
}

/// Makes sure of systemd's programs, which judge units; nothing is started with them.
pub(crate) fn systemd(shell: &Shell) -> Result<()> {
    if output("systemd-analyze --version").is_some() { Ok(()) } else { packages(shell, &["systemd"]) }
}

/// Makes sure of libfaketime, which shows servers of the tests another time of day.
pub(crate) fn faketime(shell: &Shell) -> Result<()> {
    let mut folders = Path::new("/usr/lib").read_dir().into_iter().flatten().flatten();
    let is_here = folders.any(|folder| folder.path().join("faketime/libfaketimeMT.so.1").exists());
    if is_here { Ok(()) } else { packages(shell, &["faketime"]) }
}

/// Makes sure of Schemathesis in `target/schemathesis`, of the very versions that the repository names.
pub(crate) fn schemathesis(shell: &Shell) -> Result<()> {
    let folder = shell.root().join("target/schemathesis");
    let wanted = shell.root().join("server/tests/binary/document/requirements.txt");
    let installed = folder.join("installed.txt");
    let versions = std::fs::read_to_string(&wanted)?;
    if std::fs::read_to_string(&installed).is_ok_and(|installed| installed == versions) {
        return Ok(());
    }
    // Debian packages the part that puts pip into a new environment by itself.
    if output("python3 -m ensurepip --version").is_none() {
        packages(shell, &["python3", "python3-venv"])?;
    }
    println!("installing Schemathesis into {}", folder.display());
    let mut venv = command("python3 -m venv --clear")?;
    shell
        .run_command(venv.arg(&folder))
        .context("install Python 3.11 or newer with venv, then run this again")?;
    let mut pip = Command::new(folder.join("bin/python"));
    pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--require-hashes",
        "--requirement",
    ]);
    shell.run_command(pip.arg(&wanted))?;
    Ok(std::fs::write(installed, versions)?)
}

/// Makes sure of Chromium and of fonts that can show Korean, and answers where Chromium is.
pub(crate) fn chromium(shell: &Shell) -> Result<PathBuf> {
    if let Some(chosen) = std::env::var_os("CHROMIUM") {
        return Ok(chosen.into());
    }
    let chromium = Path::new("/usr/bin/chromium");
    let mut missing = Vec::new();
    if !chromium.exists() {
        missing.push("chromium");
    }
    if !has_korean_fonts() {
        missing.push("fonts-noto-cjk");
    }
    if !missing.is_empty() {
        packages(shell, &missing)?;
    }
    Ok(chromium.to_owned())
}

/// Makes sure of Node.js and npm, and answers the `PATH` on which the right ones are found first.
pub(crate) fn path_with_node(shell: &Shell) -> Result<OsString> {
    let mut missing = Vec::new();
    if output("node --version").is_none() {
        missing.push("nodejs");
    }
    if output("npm --version").is_none() {
        missing.push("npm");
    }
    if !missing.is_empty() {
        packages(shell, &missing)?;
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    match output("node --version").as_deref().and_then(major) {
        Some(version) if version >= OLDEST_NODE => Ok(path),
        _ => {
            let first = fetched_node(shell)?;
            Ok(std::env::join_paths(std::iter::once(first).chain(std::env::split_paths(&path)))?)
        }
    }
}

/// The folder of a newer Node.js than the machine's. Debian 12 packages 18, Debian 13 packages 20; the npm registry carries Node.js itself.
fn fetched_node(shell: &Shell) -> Result<PathBuf> {
    let folder = shell.root().join("target/node");
    let programs = folder.join("node_modules/node/bin");
    if !programs.join("node").exists() {
        println!("Node.js is older than {OLDEST_NODE}: fetching {FETCHED_NODE} into {}", folder.display());
        std::fs::create_dir_all(&folder)?;
        let mut npm = command("npm install --no-save --no-audit --no-fund --loglevel=error")?;
        npm.arg(format!("node@{FETCHED_NODE}")).current_dir(&folder);
        shell
            .run_command(&mut npm)
            .with_context(|| format!("install Node.js {OLDEST_NODE} or newer, then run this again"))?;
    }
    Ok(programs)
}

/// `v24.1.0` is 24.
fn major(version: &str) -> Option<u32> {
    version.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}

fn has_korean_fonts() -> bool {
    let listed = output("fc-list :lang=ko family").is_some_and(|fonts| !fonts.trim().is_empty());
    listed || Path::new("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc").exists()
}

/// Installs Debian packages, as root or by `sudo`.
fn packages(shell: &Shell, names: &[&str]) -> Result<()> {
    let names = names.join(" ");
    let by_hand = format!("apt-get install -y --no-install-recommends {names}");
    if output("apt-get --version").is_none() {
        bail!("missing: {names}. Install what your system calls these Debian packages, then run this again");
    }
    // -n: never wait for a password that nobody may be there to type.
    let sudo = match output("id -u").as_deref().map(str::trim) {
        Some("0") => "",
        _ if output("sudo -n true").is_some() => "sudo -n ",
        _ => bail!("missing: {names}. As root, run `{by_hand}`, then run this again"),
    };
    println!("missing: installing {names}");
    shell.run(&format!("{sudo}apt-get update -q"))?;
    shell
        .run(&format!("{sudo}{by_hand}"))
        .with_context(|| format!("as root, run `{by_hand}`, then run this again"))
}

/// Where cargo puts programs that are built for release: beside the folder of this one.
pub(crate) fn built_for_release() -> Result<PathBuf> {
    let this = std::env::current_exe()?;
    let target = this.parent().and_then(Path::parent).context("no target folder")?;
    Ok(target.join("release"))
}

/// What the machine is, in one line.
pub(crate) fn facts() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let processor = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name =
        processor.lines().find(|line| line.starts_with("model name")).and_then(|line| line.split_once(": "));
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split_whitespace().next().unwrap_or("?").to_owned();
    let name = name.map_or("an unknown processor", |(_, name)| name);
    format!(
        "Verifiers, whoever signs out and server together on {cores} cores of {name}, over loopback; load of the machine afterwards: {load}."
    )
}
