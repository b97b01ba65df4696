//! SIGTERM and SIGINT, which end the server, one with and one without delay, and SIGHUP, which has it read its policies again.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// What the system sends to tell us something.
#[derive(Debug)]
pub struct Signals {
    hangup: Signal,
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Listens from now on.
    pub fn listen() -> io::Result<Self> {
        Ok(Self {
            hangup: signal(SignalKind::hangup())?,
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Waits for the next one.
    pub async fn next(&mut self) -> Told {
        tokio::select! {
            _ = self.terminate.recv() => Told::Leave,
            _ = self.interrupt.recv() => Told::Stop,
            _ = self.hangup.recv() => Told::ReadAgain,
        }
    }

    /// Waits for SIGTERM or SIGINT.
    pub async fn stop(&mut self) {
        while self.next().await == Told::ReadAgain {}
    }
}

/// What a signal means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// Send everybody elsewhere, then stop.
    Leave,
    /// Stop.
    Stop,
    /// Read the policies again.
    ReadAgain,
}
