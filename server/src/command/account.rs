//! `account …`: what the operator does with accounts.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use bitjang::config::Config;
use bitjang::control::{Answer, Command, Person};
use clap::Subcommand;
use comfy_table::Table;
use comfy_table::presets::UTF8_BORDERS_ONLY;

use super::import;
use super::office::Office;
use super::password::{self, From};

#[derive(Subcommand)]
pub(super) enum AccountCommand {
    /// Make an account; asks for its password
    Add {
        /// A user name or e-mail address
        identifier: String,
        /// What to call it
        #[arg(long)]
        name: Option<String>,
        /// What it is trusted with; may be given several times
        #[arg(long = "role")]
        roles: Vec<String>,
        /// Read the password from standard input
        #[arg(long)]
        password_stdin: bool,
    },
    /// List accounts in order of creation
    List {
        /// One JSON object per line
        #[arg(long)]
        json: bool,
    },
    /// Lock an account: its sessions end, and nobody signs in to it
    Disable {
        /// Whose
        identifier: String,
    },
    /// End all sessions of an account, or of everybody; who knows the password may sign in again
    SignOut {
        /// Whose
        #[arg(required_unless_present = "all", conflicts_with = "all")]
        identifier: Option<String>,
        /// Everybody's
        #[arg(long)]
        all: bool,
    },
    /// Unlock an account; sessions that ended stay ended
    Enable {
        /// Whose
        identifier: String,
    },
    /// Give an account these roles and no others
    Roles {
        /// Whose
        identifier: String,
        /// Which; none takes all away
        roles: Vec<String>,
    },
    /// Make accounts that had a password elsewhere, from a file of JSON lines
    ///
    /// Each line is an object of `identifier`, `password_hash` (Argon2, bcrypt, scrypt or PBKDF2) and perhaps `name` and `roles`. Running it again is
    /// safe.
    Import {
        /// The file
        file: PathBuf,
        /// Where to write the lines that made no account, with the reason, as JSON lines
        #[arg(long, value_name = "FILE")]
        rejects: Option<PathBuf>,
    },
}

/// Carries out the command, here or at the server that runs.
pub(super) async fn account(command: AccountCommand, config: &Config) -> anyhow::Result<ExitCode> {
    // Ask before the store is held: a person takes their time.
    let command = match command {
        AccountCommand::Add { identifier, name, roles, password_stdin } => {
            let password = password::read(if password_stdin { From::Input } else { From::Terminal })?;
            Prepared::Change(Command::Add { identifier, name, password, roles })
        }
        AccountCommand::Disable { identifier } => Prepared::Change(Command::Disable { identifier }),
        AccountCommand::SignOut { identifier: Some(identifier), .. } => {
            Prepared::Change(Command::EndSessions { identifier })
        }
        AccountCommand::SignOut { identifier: None, .. } => Prepared::SignEverybodyOut,
        AccountCommand::Enable { identifier } => Prepared::Change(Command::Enable { identifier }),
        AccountCommand::Roles { identifier, roles } => Prepared::Change(Command::Roles { identifier, roles }),
        AccountCommand::List { json } => Prepared::List(if json { json_lines } else { table }),
        AccountCommand::Import { file, rejects } => {
            Prepared::Import(import::Plan::new(&file, rejects.as_deref())?)
        }
    };
    let office = Office::open(config).await?;
    let done = command.carry_out(&office).await;
    office.close().await;
    done
}

enum Prepared {
    Change(Command),
    SignEverybodyOut,
    List(fn(&[Person]) -> anyhow::Result<String>),
    Import(import::Plan),
}

impl Prepared {
    async fn carry_out(self, office: &Office) -> anyhow::Result<ExitCode> {
        match self {
            Self::Change(command) => print(&table(&[office.change(command).await?])?)?,
            Self::SignEverybodyOut => sign_everybody_out(office).await?,
            Self::List(format) => list(office, format).await?,
            Self::Import(plan) => return plan.run(office).await,
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Ends everybody's sessions, account by account: running it again after it broke off is safe.
async fn sign_everybody_out(office: &Office) -> anyhow::Result<()> {
    let (mut after, mut number) = (None, 0);
    while let Some(accounts) = page(office, &mut after).await? {
        for Person { identifier, .. } in accounts {
            office.change(Command::EndSessions { identifier }).await?;
            number += 1;
        }
    }
    print(&format!("The sessions of {number} accounts have ended."))
}

/// Prints page by page, so that a long list needs no more memory than a short one.
async fn list(office: &Office, format: fn(&[Person]) -> anyhow::Result<String>) -> anyhow::Result<()> {
    let mut after = None;
    while let Some(accounts) = page(office, &mut after).await? {
        print(&format(&accounts)?)?;
    }
    if after.is_none() {
        anstream::eprintln!("There are no accounts yet.");
    }
    Ok(())
}

/// The page of accounts behind the one with the id `after`, which moves on; nothing behind the last.
async fn page(office: &Office, after: &mut Option<String>) -> anyhow::Result<Option<Vec<Person>>> {
    let Answer::Accounts { accounts } = office.ask(Command::List { after: after.clone() }).await? else {
        anyhow::bail!("the server answered something else");
    };
    let Some(last) = accounts.last() else { return Ok(None) };
    *after = Some(last.id.clone());
    Ok(Some(accounts))
}

fn print(text: &str) -> anyhow::Result<()> {
    Ok(writeln!(std::io::stdout().lock(), "{text}")?)
}

fn json_lines(accounts: &[Person]) -> anyhow::Result<String> {
    let lines: Vec<String> = accounts.iter().map(serde_json::to_string).collect::<Result<_, _>>()?;
    Ok(lines.join("\n"))
}

#[expect(clippy::unnecessary_wraps, reason = "the other format can fail")]
fn table(accounts: &[Person]) -> anyhow::Result<String> {
    let mut table = Table::new();
    table.load_style(UTF8_BORDERS_ONLY).set_header(["identifier", "name", "roles", "state", "created at"]);
    for person in accounts {
        let name = person.name.as_deref().unwrap_or_default();
        table.add_row([&person.identifier, name, &person.roles.join(" "), &person.state, &person.created_at]);
    }
    Ok(table.trim_fmt())
}
