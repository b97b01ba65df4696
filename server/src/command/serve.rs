//! `serve`: runs the server until it is told to stop.

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Context as _;
use bitjang::config::Config;
use bitjang::serve::{Patience, Stopper};
use bitjang::telemetry::log::{Sink, subscriber};
use bitjang::{Bitjang, Listeners};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Serves; prints where, once it is ready.
pub(super) async fn serve(mut config: Config) -> anyhow::Result<ExitCode> {
    let (sink, scribe) = Sink::to(std::io::stderr()).context("the log cannot be started")?;
    tracing::subscriber::set_global_default(subscriber(config.log, sink))?;
    raise_open_files();
    let mut signals = Signals::listen().context("signals cannot be listened to")?;
    let listeners = Listeners::bind(&mut config).await?;
    let bitjang = Bitjang::open(&config).await?;
    let listeners = listeners.and_for_commands(&bitjang);
    announce(&config)?;
    let (stopper, stop) = Stopper::new();
    let served = bitjang.serve(listeners, Patience::default(), stop);
    tokio::pin!(served);
    tokio::select! {
        () = &mut served => {}
        () = signals.next() => {
            tracing::info!("stopping: requests that are under way are finished first");
            stopper.stop();
            tokio::select! {
                () = served => {}
                // Whoever asks twice does not want to wait.
                () = signals.next() => return Ok(ExitCode::FAILURE),
            }
        }
    }
    tracing::info!("stopped");
    scribe.written();
    Ok(ExitCode::SUCCESS)
}

fn announce(config: &Config) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "Bitjang is ready at {}", config.public_url()?)?;
    if let Some(admin) = config.admin_listen {
        writeln!(out, "Metrics are at http://{admin}/metrics")?;
    }
    out.flush()?;
    tracing::info!(listen = %config.listen, store = %config.store, version = env!("CARGO_PKG_VERSION"), "ready");
    Ok(())
}

/// What the system sends to make us stop.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn listen() -> std::io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// As many open files as the system lets us have: each connection is one, and the usual 1,024 are soon gone.
fn raise_open_files() {
    let limit = getrlimit(Resource::Nofile);
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }) {
        tracing::debug!(%error, "the limit on open files stays as it is");
    }
}
