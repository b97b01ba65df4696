//! `permit …`: what the operator does with policies.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use bitjang_permit::{BadPolicies, Cases, Outcome, Rules, Sources};
use clap::Subcommand;
use comfy_table::Table;
use comfy_table::presets::UTF8_BORDERS_ONLY;

#[derive(Subcommand)]
pub(super) enum PermitCommand {
    /// Have every case beside the policies decided; exits with 1 if one is not as expected, with 2 if the policies or the cases cannot be used
    Test {
        /// The folder of *.cedar, *.cedarschema and *.cases.toml
        #[arg(default_value = "policies")]
        folder: PathBuf,
    },
}

/// The exit code for what cannot be used at all.
const UNUSABLE: u8 = 2;

/// Carries out the command. Needs no configuration and no store.
pub(super) fn permit(command: &PermitCommand) -> anyhow::Result<ExitCode> {
    let PermitCommand::Test { folder } = command;
    match outcomes(folder) {
        Ok(outcomes) => told(&outcomes),
        Err(error) => {
            anstream::eprintln!("{error:#}");
            Ok(ExitCode::from(UNUSABLE))
        }
    }
}

fn outcomes(folder: &Path) -> anyhow::Result<Vec<Outcome>> {
    let sources =
        Sources::in_folder(folder).with_context(|| format!("{} cannot be read", folder.display()))?;
    let in_folder =
        |faults: BadPolicies| anyhow::anyhow!("{faults}").context(format!("in {}", folder.display()));
    let rules = Rules::parse(&sources).map_err(in_folder)?;
    Ok(Cases::parse(&sources).map_err(in_folder)?.run(&rules))
}

fn told(outcomes: &[Outcome]) -> anyhow::Result<ExitCode> {
    let mut table = Table::new();
    table.load_style(UTF8_BORDERS_ONLY).set_header(["", "case", "decided", "file"]);
    for Outcome { file, it, as_expected, decided } in outcomes {
        table.add_row([if *as_expected { "✓" } else { "✗" }, it, decided, file]);
    }
    let missed = outcomes.iter().filter(|outcome| !outcome.as_expected).count();
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}\n{} cases, {missed} not as expected", table.trim_fmt(), outcomes.len())?;
    Ok(if missed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
