//! The commands: what they are called, and what each is given.

mod account;
mod beside;
mod check;
mod doctor;
mod flags;
mod healthy;
mod import;
mod keys;
mod moving;
mod office;
mod password;
mod permit;
mod serve;
mod service;

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use bitjang::config::{Config, Read, Sources, environment};
use clap::{Parser, Subcommand};

use account::AccountCommand;
use beside::Given;
use flags::Flags;
use keys::KeysCommand;
use moving::StoreCommand;
use permit::PermitCommand;
use service::ServiceCommand;

/// Signs people in: accounts, sessions and sign-in pages for web apps.
#[derive(Parser)]
#[command(name = "bitjang", version, propagate_version = true)]
struct Cli {
    /// The configuration file [default: bitjang.toml, if there is one]
    #[arg(long, value_name = "PATH", env = "BITJANG_CONFIG", global = true)]
    config: Option<PathBuf>,
    #[command(flatten)]
    flags: Flags,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server
    Serve,
    /// Explain the configuration: every value, where it comes from, and what is wrong
    Check,
    /// Ask the server that runs with this configuration whether it is alive: for health checks
    Healthy,
    /// Look at the machine: store, disk, clock, limits, cost of a password
    Doctor,
    /// Make, list, lock, unlock and import accounts, also while the server runs
    #[command(subcommand)]
    Account(AccountCommand),
    /// Rotate the keys that sign access tokens, also while the server runs
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Make, list and remove credentials of services, which may ask about anybody, also while the server runs
    #[command(subcommand)]
    Service(ServiceCommand),
    /// Move everything to another store, while servers run and nobody is signed out
    #[command(subcommand)]
    Store(StoreCommand),
    /// Write a backup of the store into a new file, while servers run; no key is in it
    Backup {
        /// The file, or a folder to put it into
        path: PathBuf,
    },
    /// Fill the store at store.url, which must be empty, from a backup; signs everybody out
    Restore {
        /// The backup
        file: PathBuf,
    },
    /// Try policies on the cases beside them
    #[command(subcommand)]
    Permit(PermitCommand),
    /// Try it all out: a server, and a small community that uses it
    Demo(Given),
    /// See each scheme of signing in alive, and each attack on it
    Lab(Given),
}

/// Runs the command that the command line names.
pub(crate) fn run() -> ExitCode {
    let cli = Cli::parse();
    match carry_out(cli) {
        Ok(code) => code,
        // Whoever reads our output has read enough.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            anstream::eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn carry_out(cli: Cli) -> anyhow::Result<ExitCode> {
    match cli.command {
        Command::Demo(given) => match beside::become_program("bitjang-demo", given)? {},
        Command::Lab(given) => match beside::become_program("bitjang-lab", given)? {},
        command => here(Cli { command, ..cli }),
    }
}

/// After so many steps of tasks a thread looks who else has something to say. A step may be sixteen answers to somebody who has sent a thousand requests at once: with 61, which is
/// usual, everybody else waits for all thousand of them where there is one thread.
const LISTENS_AFTER: u32 = 16;

fn here(cli: Cli) -> anyhow::Result<ExitCode> {
    if let Command::Permit(command) = &cli.command {
        return permit::permit(command);
    }
    let read = Read::from(&Sources { flags: cli.flags.0, environment: environment(), file: cli.config });
    if let Command::Check = cli.command {
        return check::check(&read);
    }
    let config = read.into_config().context("the configuration is not good (`bitjang check` explains it)")?;
    if let Command::Healthy = cli.command {
        return healthy::healthy(&config);
    }
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.enable_all().event_interval(LISTENS_AFTER).build();
    let runtime = runtime.context("the runtime cannot be started")?;
    runtime.block_on(within(cli.command, config))
}

async fn within(command: Command, config: Config) -> anyhow::Result<ExitCode> {
    match command {
        Command::Serve => serve::serve(config).await,
        Command::Doctor => doctor::doctor(&config).await,
        Command::Account(command) => account::account(command, &config).await,
        Command::Keys(command) => keys::keys(command, &config).await,
        Command::Service(command) => service::service(command, &config).await,
        Command::Store(command) => moving::store(command, &config).await,
        Command::Backup { path } => moving::back_up(&path, &config).await,
        Command::Restore { file } => moving::restore(&file, &config).await,
        // These have been carried out already.
        Command::Check | Command::Healthy | Command::Permit(_) | Command::Demo(_) | Command::Lab(_) => {
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let broken = |error: &io::Error| error.kind() == io::ErrorKind::BrokenPipe;
    error.downcast_ref::<io::Error>().is_some_and(broken)
}
