//! `serve`: runs the server until it is told to stop.

use std::process::ExitCode;

use anyhow::Context as _;
use bitjang::config::Config;
use bitjang::serve::Signals;
use bitjang::serve::notify::{self, Notice};
use bitjang::telemetry::log::{Sink, subscriber};
use bitjang::telemetry::panics;
use bitjang::{Bitjang, Listeners};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Serves; prints where, once it is ready.
pub(super) async fn serve(mut config: Config) -> anyhow::Result<ExitCode> {
    let (sink, scribe) = Sink::to(std::io::stderr()).context("the log cannot be started")?;
    tracing::subscriber::set_global_default(subscriber(config.log, sink))?;
    panics::are_logged();
    raise_open_files();
    let signals = Signals::listen().context("signals cannot be listened to")?;
    let listeners = Listeners::bind(&mut config).await?;
    let bitjang = Bitjang::open(&config).await?;
    let listeners = listeners.and_for_commands(&bitjang);
    listeners.announce(&config)?;
    tracing::info!(listen = %config.listen, store = %config.store, version = env!("CARGO_PKG_VERSION"), "ready");
    notify::tell(Notice::Ready);
    if !bitjang.serve_until(signals, listeners).await {
        // Whoever asks twice does not want to wait.
        return Ok(ExitCode::FAILURE);
    }
    tracing::info!("stopped");
    scribe.written();
    Ok(ExitCode::SUCCESS)
}

/// As many open files as the system lets us have: each connection is one, and the usual 1,024 are soon gone.
fn raise_open_files() {
    let limit = getrlimit(Resource::Nofile);
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }) {
        tracing::debug!(%error, "the limit on open files stays as it is");
    }
}
