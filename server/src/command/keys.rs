//! `keys …`: what the operator does with the keys that sign access tokens.

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::bail;
use bitjang::config::Config;
use bitjang::control::{Answer, Command, Desk as _, Remote};
use bitjang::{Bitjang, NotOpened};
use bitjang_core::Operator;
use bitjang_store::{FolderError, OpenError};
use clap::Subcommand;

#[derive(Subcommand)]
pub(super) enum KeysCommand {
    /// Make the next key; it is published at once, and signs once every verifier has heard of it
    Rotate,
}

/// Carries out the command, here or at the server that runs.
pub(super) async fn keys(command: KeysCommand, config: &Config) -> anyhow::Result<ExitCode> {
    let KeysCommand::Rotate = command;
    let (kid, signs_from) = match Bitjang::rotate_keys(config, Operator::at_the_console()).await {
        Ok((kid, signs_from)) => (kid, bitjang_web::rfc3339(signs_from)),
        Err(NotOpened::Store(OpenError::Folder(FolderError::InUse { folder }))) => {
            match Remote::holding(&folder).ask(Command::RotateKeys).await? {
                Answer::Rotated { kid, signs_from } => (kid, signs_from),
                Answer::Refused { why, .. } | Answer::Failed { why } => bail!("{why}"),
                other => bail!("the server answered something else: {other:?}"),
            }
        }
        Err(error) => return Err(error.into()),
    };
    writeln!(std::io::stdout(), "The key {kid} signs from {signs_from} on.")?;
    Ok(ExitCode::SUCCESS)
}
