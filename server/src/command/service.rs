//! `service …`: what the operator does with programs that may ask about anybody.

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::bail;
use bitjang::config::Config;
use bitjang::control::{Answer, Command};
use clap::Subcommand;
use comfy_table::Table;
use comfy_table::presets::UTF8_BORDERS_ONLY;

use super::office::Office;

#[derive(Subcommand)]
pub(super) enum ServiceCommand {
    /// Make a credential, and show its token, once
    Add {
        /// What to call the service: of `a-z 0-9 _ - .`
        name: String,
    },
    /// List services by name
    List,
    /// Remove a credential: its token is worth nothing from then on
    Remove {
        /// Which
        name: String,
    },
}

/// Carries out the command, here or at the server that runs.
pub(super) async fn service(command: ServiceCommand, config: &Config) -> anyhow::Result<ExitCode> {
    let office = Office::open(config).await?;
    let done = office.ask(command.into()).await;
    office.close().await;
    let text = told(done?)?;
    writeln!(std::io::stdout().lock(), "{text}")?;
    Ok(ExitCode::SUCCESS)
}

impl From<ServiceCommand> for Command {
    fn from(command: ServiceCommand) -> Self {
        match command {
            ServiceCommand::Add { name } => Self::AddService { name },
            ServiceCommand::List => Self::ListServices,
            ServiceCommand::Remove { name } => Self::RemoveService { name },
        }
    }
}

fn told(answer: Answer) -> anyhow::Result<String> {
    Ok(match answer {
        Answer::ServiceAdded { token } => {
            // On its own, so that `bitjang service add NAME > file` holds the token and nothing else.
            anstream::eprintln!("This is shown once; send it as `Authorization: Bearer …`.");
            token.reveal().to_owned()
        }
        Answer::Services { services } => {
            let mut table = Table::new();
            table.load_style(UTF8_BORDERS_ONLY).set_header(["name", "created at"]);
            for service in &services {
                table.add_row([&service.name, &service.created_at]);
            }
            table.trim_fmt()
        }
        Answer::ServiceRemoved => "It is removed.".to_owned(),
        other => bail!("the server answered something else: {other:?}"),
    })
}
