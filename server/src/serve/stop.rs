//! The word to stop: said once, heard by everything that runs.

use tokio::sync::watch;

/// Says stop.
#[derive(Debug)]
pub struct Stopper(watch::Sender<bool>);

/// Hears stop.
#[derive(Clone, Debug)]
pub struct Stop(watch::Receiver<bool>);

impl Stopper {
    /// Somebody to say stop, and somebody to hear it.
    pub fn new() -> (Self, Stop) {
        let (stopper, stop) = watch::channel(false);
        (Self(stopper), Stop(stop))
    }

    /// Says stop, to everybody who listens or will.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl From<Stop> for watch::Receiver<bool> {
    fn from(stop: Stop) -> Self {
        stop.0
    }
}

impl Stop {
    /// Waits until somebody says stop, or nobody is left who could.
    pub async fn asked(&mut self) {
        // An error means that the stopper is gone: there is nothing more to wait for.
        let _ = self.0.wait_for(|stop| *stop).await;
    }
}
