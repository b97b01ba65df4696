//! The sweeper: removes what ended long ago, a little at a time, and looks after the signing keys.

use std::time::Duration;

use bitjang_core::{Auth, Operator};
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use crate::serve::Stop;

const EVERY: Duration = Duration::from_secs(60);

/// How many records one step removes: few enough that nobody notices.
const STEP: usize = 256;

/// Sweeps every minute until `stop`.
pub(crate) async fn sweep(auth: Auth, mut stop: Stop) {
    let mut minutes = interval_at(Instant::now() + EVERY, EVERY);
    minutes.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.asked() => return,
            _ = minutes.tick() => {}
        }
        tokio::select! {
            () = stop.asked() => return,
            () = in_steps(&auth) => {}
        }
        if let Err(error) = auth.renew_keys(Operator::at_the_console()).await {
            tracing::error!(%error, "the signing keys stay as they are for now");
        }
    }
}

async fn in_steps(auth: &Auth) {
    loop {
        match auth.sweep(Operator::at_the_console(), STEP).await {
            Ok(0) => return,
            Ok(_) => tokio::task::yield_now().await,
            Err(error) => {
                tracing::warn!(%error, "what has ended is not cleaned up for now");
                return;
            }
        }
    }
}
