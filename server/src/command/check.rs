//! `check`: explains the configuration.

use std::io::Write as _;
use std::process::ExitCode;

use bitjang::config::Read;

/// Prints every value with its origin, then what is wrong.
pub(super) fn check(read: &Read) -> anyhow::Result<ExitCode> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", read.explain().trim_fmt())?;
    if read.speaks_of_tokens() {
        writeln!(
            out,
            "! tokens.* is checked, but takes no effect yet: this version issues no access tokens."
        )?;
    }
    match read.config() {
        Ok(_) => {
            writeln!(out, "✓ The configuration is good.")?;
            Ok(ExitCode::SUCCESS)
        }
        Err(complaints) => {
            for line in complaints.to_string().lines() {
                writeln!(out, "✗ {line}")?;
            }
            Ok(ExitCode::FAILURE)
        }
    }
}
