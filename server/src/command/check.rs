//! `check`: explains the configuration.

use std::io::Write as _;
use std::process::ExitCode;

use bitjang::config::{Config, Read};

/// Prints every value with its origin, then what is wrong.
pub(super) fn check(read: &Read) -> anyhow::Result<ExitCode> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", read.explain().trim_fmt())?;
    match read.config().map(Config::rules) {
        Ok(Err(key_file)) => {
            writeln!(out, "✗ {:#}", anyhow::Error::from(key_file))?;
            Ok(ExitCode::FAILURE)
        }
        Ok(Ok(_)) => {
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
