//! The task that follows the feed: reads on from a little before where it was, believes nothing that makes no sense, and never gives up.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bitjang_core::revocation::Bookmark;

use super::backoff::Backoff;
use super::freshness::Anchor;
use super::keys::chain;
use super::source::{Heard, Lost};
use super::{Moment, Shared};

/// How long to wait for a feed to open, and for the next word: a feed has a heartbeat every two seconds.
const SILENCE: Duration = Duration::from_secs(5);
const SHORTEST_WAIT: Duration = Duration::from_millis(50);
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// Follows the feed, for ever.
pub(super) async fn follow(shared: Arc<Shared>) {
    let mut backoff = Backoff::new(SHORTEST_WAIT, LONGEST_WAIT);
    let mut trail = Trail::default();
    loop {
        let lost = Reading::new(&shared, &mut trail, &mut backoff).exhaust().await;
        tracing::warn!(why = %chain(&lost), "the revocation feed was lost");
        match lost {
            Lost::Lie(_) => {
                trail = Trail::default();
                shared.health.send_modify(|health| health.distrusted += 1);
            }
            Lost::Late => trail.shorten(),
            Lost::Broken(_) | Lost::Silent => {}
        }
        tokio::time::sleep(backoff.next()).await;
    }
}

/// One reading of the feed.
struct Reading<'f> {
    shared: &'f Shared,
    trail: &'f mut Trail,
    backoff: &'f mut Backoff,
    /// When it was asked for.
    asked: Duration,
    /// Beyond what.
    after: Bookmark,
    /// How far it came: nowhere yet, since a feed that begins anew begins at its start.
    place: Bookmark,
    anchor: Option<Anchor>,
}

impl<'f> Reading<'f> {
    fn new(shared: &'f Shared, trail: &'f mut Trail, backoff: &'f mut Backoff) -> Self {
        let asked = shared.clocks.now().steady;
        let after = trail.resume(asked);
        Self { shared, trail, backoff, asked, after, place: Bookmark::START, anchor: None }
    }

    async fn exhaust(mut self) -> Lost {
        match self.read().await {
            Ok(never) => match never {},
            Err(lost) => lost,
        }
    }

    async fn read(&mut self) -> Result<std::convert::Infallible, Lost> {
        let opening = self.shared.source.feed(self.after);
        let mut feed = tokio::time::timeout(SILENCE, opening).await.map_err(|_| Lost::Silent)??;
        self.shared.health.send_modify(|health| health.connections += 1);
        loop {
            let heard = tokio::time::timeout(SILENCE, feed.next()).await.map_err(|_| Lost::Silent)??;
            self.take(heard)?;
        }
    }

    fn take(&mut self, heard: Heard) -> Result<(), Lost> {
        let (now, place) = (self.shared.clocks.now(), heard.place());
        let position = place.position();
        if position < self.place.position() {
            return Err(Lost::Lie("its position goes back"));
        }
        self.place = place;
        match heard {
            Heard::Entry { revocation, .. } => {
                let added = self.shared.view.add(&revocation, now);
                let entries = added.map_err(|_| Lost::Lie("it has too many entries"))?;
                self.trail.pass(place);
                self.shared
                    .health
                    .send_modify(|health| (health.entries, health.position) = (entries, position));
                Ok(())
            }
            Heard::Heartbeat { now: sent, .. } => self.beat(sent, now),
        }
    }

    fn beat(&mut self, sent: bitjang_core::Time, now: Moment) -> Result<(), Lost> {
        let asked = self.asked;
        let as_of = self.anchor.get_or_insert_with(|| Anchor::cast(asked, sent)).proven(sent, now.steady);
        self.shared.view.prove(as_of, now);
        if self.trail.mark(now.steady, self.place) {
            self.shared.view.forget(now);
        }
        self.shared.health.send_modify(|health| {
            (health.heartbeats, health.position) = (health.heartbeats + 1, self.place.position());
        });
        if now.steady.saturating_sub(as_of) > self.shared.max_staleness / 2 {
            // Held back on its way, or the server's clock was set: a new connection tells.
            return Err(Lost::Late);
        }
        self.backoff.reset();
        Ok(())
    }
}

/// Where the feed was at which time: entries that became visible out of order are not missed by whoever reads on from before them.
#[derive(Debug, Default)]
struct Trail {
    marks: VecDeque<(Duration, Bookmark)>,
    /// Where to read on once, instead.
    near: Option<Bookmark>,
    /// How many entries were passed.
    passed: usize,
    /// The last two places that lay [`FEW`] entries apart.
    steps: [Bookmark; 2],
}

/// How far back to begin when reading on.
const OVERLAP: Duration = Duration::from_secs(60);
/// How far apart the marks are.
const STEP: Duration = Duration::from_secs(15);
/// How many entries back to begin, at least, where a minute's worth is too much.
const FEW: usize = 1_000;

impl Trail {
    /// Notes that an entry was read.
    fn pass(&mut self, place: Bookmark) {
        self.passed += 1;
        if self.passed.is_multiple_of(FEW) {
            let [_, last] = self.steps;
            self.steps = [last, place];
        }
    }

    /// Notes where the feed is now; says whether that was worth a mark.
    fn mark(&mut self, now: Duration, place: Bookmark) -> bool {
        let worth = self.marks.back().is_none_or(|(last, _)| now.saturating_sub(*last) >= STEP);
        if worth {
            self.marks.push_back((now, place));
            self.prune(now);
        }
        worth
    }

    /// Where to read on: where the feed was a while ago, at the beginning if there is no such place.
    fn resume(&mut self, now: Duration) -> Bookmark {
        self.prune(now);
        if let Some(near) = self.near.take() {
            return near;
        }
        let old = self.marks.front().filter(|(at, _)| now.saturating_sub(*at) >= OVERLAP);
        old.map_or(Bookmark::START, |(_, place)| *place)
    }

    /// Begins nearer to the end the next time: reading all of it took so long that it was late before it was whole.
    fn shorten(&mut self) {
        let [near, _] = self.steps;
        self.near = Some(near);
    }

    /// Keeps one mark that is old enough, and those that are not yet.
    fn prune(&mut self, now: Duration) {
        while self.marks.get(1).is_some_and(|(at, _)| now.saturating_sub(*at) >= OVERLAP) {
            self.marks.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(position: u64) -> Bookmark {
        format!("{position}-AAAAAAAAAAA").parse().unwrap()
    }

    #[test]
    fn reading_goes_on_from_where_the_feed_was_a_minute_ago() {
        let s = Duration::from_secs;
        let mut trail = Trail::default();
        assert_eq!(trail.resume(s(0)), Bookmark::START);
        for second in (0..200).step_by(2) {
            trail.mark(s(second), place(second + 1));
        }
        let resumed = trail.resume(s(200)).position().0;
        assert!((120..=140).contains(&resumed), "{resumed}");
        assert!(trail.marks.len() < 8);
    }

    #[test]
    fn what_was_late_is_read_on_from_nearby_once() {
        let mut trail = Trail::default();
        for position in 1..5_500 {
            trail.pass(place(position));
        }
        trail.mark(Duration::ZERO, place(5_499));
        trail.shorten();
        assert_eq!(trail.resume(Duration::from_secs(9)), place(4_000));
        assert_eq!(trail.resume(Duration::from_secs(9)), Bookmark::START);
    }
}
