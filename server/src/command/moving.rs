//! `store …`, `backup` and `restore`: what the operator does with all records at once.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use bitjang::config::Config;
use bitjang::world::SystemClock;
use bitjang_core::Clock as _;
use bitjang_store::StoreUrl;
use bitjang_store::moving::{self, Counted, Step};
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use tokio::time::Instant;

#[derive(Subcommand)]
pub(super) enum StoreCommand {
    /// Move everything to an empty store, while servers run; run again, it goes on where it was
    ///
    /// Nobody is signed out. Servers write nothing for a moment at the end, and no more from then on: set store.url to the new address, stop them all, and start them anew.
    Move(Box<Addresses>),
    /// Take the store at store.url, which was moved away, into use again, as it was then; signs everybody out
    Reopen,
}

/// From where to where.
#[derive(Args)]
pub(super) struct Addresses {
    /// The store to move [default: store.url]
    #[arg(long, value_name = "URL")]
    from: Option<StoreUrl>,
    /// Where to: `embedded:<folder>` or `postgres://…`, empty
    #[arg(long, value_name = "URL", required_unless_present = "to_file", conflicts_with = "to_file")]
    to: Option<StoreUrl>,
    /// The same, read from a file, since every user of this machine can read a command line
    #[arg(long, value_name = "PATH")]
    to_file: Option<PathBuf>,
}

/// Carries out the command.
pub(super) async fn store(command: StoreCommand, config: &Config) -> anyhow::Result<ExitCode> {
    match command {
        StoreCommand::Move(addresses) => move_store(*addresses, config).await,
        StoreCommand::Reopen => reopen(config).await,
    }
}

async fn move_store(addresses: Addresses, config: &Config) -> anyhow::Result<ExitCode> {
    let from = addresses.from.as_ref().unwrap_or(&config.store).clone();
    let to = addresses.to()?;
    let (mut show, mut pause) = (Show::new(), Pause::default());
    let moved = moving::move_store(&from, &to, &mut |step| {
        show.step(step);
        pause.step(step);
    })
    .await;
    show.end();
    let counted = moved?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "Everything is at {to}, read back and compared:\n{}", listed(&counted))?;
    writeln!(out, "Servers on {from} wrote nothing for {}, and write no more from now on.", pause.told())?;
    writeln!(
        out,
        "Next: set store.url to the new address, stop every server that runs on the old one, and only then start them anew."
    )?;
    Ok(ExitCode::SUCCESS)
}

impl Addresses {
    fn to(self) -> anyhow::Result<StoreUrl> {
        let Some(path) = self.to_file else {
            return self.to.context("give --to or --to-file");
        };
        let text = fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
        // Never the text itself, which may hold a password.
        text.trim().parse().with_context(|| format!("{} holds no address of a store", path.display()))
    }
}

async fn reopen(config: &Config) -> anyhow::Result<ExitCode> {
    moving::revive(&config.store).await?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{} is in use again, as it was when it was moved away. {}", config.store, SIGNED_OUT)?;
    own_key(config, &mut out)?;
    Ok(ExitCode::SUCCESS)
}

/// Writes a backup of the store into `path`, or into a new file in it.
pub(super) async fn back_up(path: &Path, config: &Config) -> anyhow::Result<ExitCode> {
    let file = if path.is_dir() { path.join(named_by_now()) } else { path.to_owned() };
    let mut show = Show::new();
    let counted = moving::back_up(&config.store, &file, &mut |step| show.step(step)).await;
    show.end();
    let counted = counted?;
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "{} holds what was in {} at one moment:\n{}",
        file.display(),
        config.store,
        listed(&counted)
    )?;
    writeln!(out, "No key is in it; password hashes are. Restoring it signs everybody out.")?;
    Ok(ExitCode::SUCCESS)
}

fn named_by_now() -> String {
    let now: String =
        bitjang_web::rfc3339(SystemClock.now()).chars().filter(|c| !"-:".contains(*c)).collect();
    format!("bitjang-{}Z.backup", now.split(['.', 'Z']).next().unwrap_or_default())
}

/// Fills the empty store at store.url from a backup.
pub(super) async fn restore(file: &Path, config: &Config) -> anyhow::Result<ExitCode> {
    let mut show = Show::new();
    let counted = moving::restore(file, &config.store, &mut |step| show.step(step)).await;
    show.end();
    let counted = counted?;
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "{} holds what is in {}, read back and compared:\n{}",
        config.store,
        file.display(),
        listed(&counted)
    )?;
    writeln!(out, "{SIGNED_OUT}")?;
    writeln!(
        out,
        "What changed since the backup is undone: passwords, roles, locked accounts (`account list`), services that were removed (`service list`)."
    )?;
    own_key(config, &mut out)?;
    Ok(ExitCode::SUCCESS)
}

/// Why, and how: the epoch of every account is raised, and the servers make new keys.
const SIGNED_OUT: &str = "Everybody is signed out: no session, refresh token or access token of before is good any more, since nobody knows which of them had ended.";

/// The one thing that is not in the store.
fn own_key(config: &Config, out: &mut impl std::io::Write) -> anyhow::Result<()> {
    if config.tokens.key_file.is_some() {
        writeln!(
            out,
            "The key in tokens.key_file is the same as before: put a new one there, or access tokens of the last {} s still pass at other apps.",
            config.tokens.access.as_secs()
        )?;
    }
    Ok(())
}

/// A line for each kind of record: how many, and the beginning of their checksum.
fn listed(counted: &[Counted]) -> String {
    let line = |counted: &Counted| {
        let Counted { kind, rows, .. } = counted;
        format!("  {kind:<18} {rows:>12}  sha256 {}…", counted.checksum())
    };
    counted.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// How long nobody could write.
#[derive(Default)]
struct Pause {
    began: Option<Instant>,
    took: Option<std::time::Duration>,
}

impl Pause {
    fn step(&mut self, step: Step) {
        match step {
            Step::Paused => self.began = Some(Instant::now()),
            Step::Retired => self.took = self.began.map(|began| began.elapsed()),
            Step::Counted(_) | Step::Pass | Step::Copying { .. } => {}
        }
    }

    fn told(&self) -> String {
        self.took.map_or_else(|| "a moment".to_owned(), |took| format!("{:.1} s", took.as_secs_f64()))
    }
}

/// The progress, for whoever looks at a terminal; nothing otherwise.
struct Show {
    bar: ProgressBar,
    rows: BTreeMap<&'static str, u64>,
}

impl Show {
    fn new() -> Self {
        let style = ProgressStyle::with_template("{bar:40} {percent:>3} %  {pos} of {len} {msg}, {eta} left");
        let bar = ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self { bar, rows: BTreeMap::new() }
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Counted(rows) => self.bar.set_length(rows),
            Step::Pass => self.rows.clear(),
            Step::Copying { kind, rows } => {
                self.rows.insert(kind, rows);
                self.bar.set_message(kind);
                self.bar.set_position(self.rows.values().sum());
            }
            Step::Paused => self.bar.println("writes are paused; what has changed meanwhile is taken over"),
            Step::Retired => {}
        }
    }

    fn end(&self) {
        self.bar.finish_and_clear();
    }
}
