//! The step that looks at `deploy/`: units, image, compose file and chart, each by the linter of its kind, and the settings of all by `bitjang check`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::machine;
use crate::shell::{Shell, command};

/// How exposed the unit may be, in tenths of `systemd-analyze security`'s points: 100 is a service that may do everything.
const EXPOSED: u8 = 15;

/// The oldest Kubernetes that the chart is for, and the newest whose schema is at hand.
const KUBERNETES: &str = "-k 1.30 -k 1.37";

/// Checks everything; `bitjang` is the server's program.
pub(crate) fn check(shell: &Shell, bitjang: &Path) -> Result<()> {
    let lint = Lint { shell, programs: tools(shell)? };
    lint.run("yamllint --strict --config-file deploy/lint/yamllint.yaml deploy")?;
    lint.run("hadolint deploy/docker/Dockerfile")?;
    lint.run("check-jsonschema --builtin-schema vendor.compose-spec deploy/compose.yaml")?;
    let rendered = chart(&lint)?;
    let mut settings = lint.command("python deploy/lint/settings.py")?;
    shell.run_command(settings.arg(bitjang).arg("deploy").arg(rendered))?;
    proxy(shell)?;
    unit(shell, bitjang)
}

/// The linters, in a Python environment of their own.
struct Lint<'s> {
    shell: &'s Shell,
    programs: PathBuf,
}

impl Lint<'_> {
    fn run(&self, line: &str) -> Result<()> {
        self.shell.run_command(&mut self.command(line)?)
    }

    /// The command that `line` spells, its first word being one of the linters.
    fn command(&self, line: &str) -> Result<Command> {
        command(&format!("{}/{line}", self.programs.display()))
    }
}

/// Installs what `deploy/lint/requirements.txt` pins, unless that has been done; the folder of its programs.
fn tools(shell: &Shell) -> Result<PathBuf> {
    let folder = shell.root().join("target/deploy/venv");
    let (wanted, installed) = (shell.root().join("deploy/lint/requirements.txt"), folder.join("installed"));
    let programs = folder.join("bin");
    if fs::read(&installed).ok() == Some(fs::read(&wanted)?) {
        return Ok(programs);
    }
    machine::python(shell)?;
    shell.run_command(command("python3 -m venv --clear")?.arg(&folder))?;
    let mut pip = Command::new(programs.join("pip"));
    pip.args([
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--require-hashes",
        "--only-binary=:all:",
    ]);
    shell.run_command(pip.arg("--requirement").arg(&wanted))?;
    fs::copy(wanted, installed)?;
    Ok(programs)
}

/// Lints and renders the chart, and holds what came out against the schemas of Kubernetes; the folder that it is in.
fn chart(lint: &Lint<'_>) -> Result<PathBuf> {
    let folder = lint.shell.root().join("target/deploy/rendered");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    let mut render = lint.command("python deploy/lint/chart.py deploy/helm/bitjang")?;
    lint.shell.run_command(render.arg(&folder))?;
    lint.run("yamllint --strict --config-file deploy/lint/yamllint.yaml target/deploy/rendered")?;
    let mut validate = lint.command(&format!("kubernetes-validate --strict --quiet {KUBERNETES}"))?;
    for rendered in folder.read_dir()? {
        let files = rendered?.path().read_dir()?.map(|file| Ok(file?.path()));
        let files: Vec<_> = files.collect::<Result<_>>()?;
        validate.args(files.iter().filter(|file| file.extension().is_some_and(|yaml| yaml == "yaml")));
    }
    lint.shell.run_command(&mut validate)?;
    Ok(folder)
}

fn proxy(shell: &Shell) -> Result<()> {
    machine::caddy(shell)?;
    shell.run("caddy validate --adapter caddyfile --config deploy/Caddyfile")
}

/// Looks at the unit as it is installed, but with a program that is here, and with what it is given for PostgreSQL.
fn unit(shell: &Shell, bitjang: &Path) -> Result<()> {
    machine::systemd(shell)?;
    let folder = shell.root().join("target/deploy/units");
    let unit = folder.join("bitjang.service");
    let more = folder.join("bitjang.service.d");
    fs::create_dir_all(&more)?;
    let text = fs::read_to_string(shell.root().join("deploy/systemd/bitjang.service"))?;
    let here = bitjang.to_str().context("a path that is no text")?;
    fs::write(&unit, text.replace("/usr/local/bin/bitjang", here))?;
    fs::copy(shell.root().join("deploy/systemd/postgres.conf"), more.join("postgres.conf"))?;
    no_complaint(command("systemd-analyze verify --man=no")?.arg(&unit))?;
    let threshold = format!("--threshold={EXPOSED}");
    let mut security = command("systemd-analyze security --offline=yes --no-pager")?;
    shell.run_command(security.arg(threshold).arg(&unit))
}

/// Runs a linter that says what is wrong and succeeds all the same.
fn no_complaint(command: &mut Command) -> Result<()> {
    let output = command.output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    // It also has things to say of other units of this machine.
    let complaints: Vec<_> = said.lines().filter(|line| line.contains("bitjang")).collect();
    if output.status.success() && complaints.is_empty() { Ok(()) } else { bail!("{}", complaints.join("\n")) }
}
