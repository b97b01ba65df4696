//! Tells the store what the clock of this process shows, so that `doctor` can see whether those of all servers agree.

use std::sync::Arc;
use std::time::Duration;

use bitjang_store::Health;

use crate::serve::Stop;
use crate::world::SystemClock;

const EVERY: Duration = Duration::from_secs(10);

/// Compares clocks until `stop`.
pub(crate) async fn compare(store: Arc<dyn Health>, mut stop: Stop) {
    let compare = async {
        loop {
            if let Err(error) = store.compare_clocks(&SystemClock).await {
                tracing::debug!(%error, "clocks are not compared for now");
            }
            tokio::time::sleep(EVERY).await;
        }
    };
    tokio::select! {
        () = stop.asked() => {}
        () = compare => {}
    }
}
