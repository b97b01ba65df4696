//! The word to leave, and then the word to stop: each said once, heard by everything that runs.

use tokio::sync::watch;

/// Says leave and stop.
#[derive(Debug)]
pub struct Stopper {
    leave: watch::Sender<bool>,
    stop: watch::Sender<bool>,
}

/// Hears leave and stop.
#[derive(Clone, Debug)]
pub struct Stop {
    leave: watch::Receiver<bool>,
    stop: watch::Receiver<bool>,
}

impl Stopper {
    /// Somebody to say so, and somebody to hear it.
    pub fn new() -> (Self, Stop) {
        let ((say_leave, leave), (say_stop, stop)) = (watch::channel(false), watch::channel(false));
        (Self { leave: say_leave, stop: say_stop }, Stop { leave, stop })
    }

    /// Says that the server is about to stop. It still serves, but sends everybody elsewhere.
    pub fn leave(&self) {
        self.leave.send_replace(true);
    }

    /// Says stop, to everybody who listens or will.
    pub fn stop(&self) {
        self.leave();
        self.stop.send_replace(true);
    }
}

impl From<Stop> for watch::Receiver<bool> {
    fn from(stop: Stop) -> Self {
        stop.stop
    }
}

impl Stop {
    /// Waits until somebody says stop, or nobody is left who could.
    pub async fn asked(&mut self) {
        // An error means that the stopper is gone: there is nothing more to wait for.
        let _ = self.stop.wait_for(|stop| *stop).await;
    }

    /// Whether the server is about to stop.
    pub fn is_near(&self) -> bool {
        *self.leave.borrow()
    }
}
