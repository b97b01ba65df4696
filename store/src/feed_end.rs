//! Where the feed of revocations ends at present, for those who wait for it to go on.

use bitjang_core::Failure;
use bitjang_core::revocation::Position;
use tokio::sync::watch;

/// The position of the last entry that is kept; 0 when none is.
///
/// It goes back when the last entry is forgotten: whoever waits, having read nothing yet, must not be told for ever of an entry that is not there.
#[derive(Default)]
pub(crate) struct FeedEnd(watch::Sender<Position>);

impl FeedEnd {
    /// The feed ends at `position`.
    pub(crate) fn at(position: Position) -> Self {
        Self(watch::Sender::new(position))
    }

    /// From now on it ends at `position`. Whoever waits for that is woken before this returns.
    pub(crate) fn move_to(&self, position: Position) {
        self.0.send_if_modified(|end| std::mem::replace(end, position) != position);
    }

    /// Returns when it ends beyond `after`.
    pub(crate) async fn passes(&self, after: Position) -> Result<(), Failure> {
        let passed = self.0.subscribe().wait_for(|end| *end > after).await.map(drop);
        passed.map_err(|gone| Failure::new("wait for a revocation", gone))
    }
}
