//! The feed as one who tells it to others reads it: part by part, never going back.

use super::{Bookmark, Entry, Position, Revocations};
use crate::Failure;

/// How far a feed has been told.
#[derive(Clone, Copy, Debug)]
pub struct Tail {
    place: Bookmark,
    /// The last position that was told; 0 before anything was.
    told: Position,
}

impl Tail {
    /// Begins behind `place`, which may be of another feed: then at the start.
    pub fn beyond(place: Bookmark) -> Self {
        Self { place, told: Position::default() }
    }

    /// Up to where everything has been told.
    pub fn place(&self) -> Bookmark {
        self.place
    }

    /// The next entries, `at_most` so many. Nothing once the feed has gone back behind what was told: it is another by now, and has to be told from its start.
    pub async fn next(
        &mut self,
        feed: &dyn Revocations,
        at_most: usize,
    ) -> Result<Option<Vec<Entry>>, Failure> {
        let part = feed.read_on(self.place, at_most).await?;
        if part.entries.first().is_some_and(|first| first.position <= self.told) {
            return Ok(None);
        }
        let end = part.end();
        // Where all entries have been forgotten, there is nothing to tell, and no reason to go back.
        if end.position() >= self.told {
            (self.place, self.told) = (end, end.position());
        }
        Ok(Some(part.entries))
    }

    /// Returns when there is more to tell.
    pub async fn wait(&self, feed: &dyn Revocations) -> Result<(), Failure> {
        feed.wait(self.told).await
    }
}
