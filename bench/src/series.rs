//! What was measured, round by round: medians, spreads, and the ratio of two things measured by turns.

use std::time::Duration;

/// One figure of each round, in the order of the rounds.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Series(Vec<f64>);

impl Series {
    /// The figure of one more round.
    pub(crate) fn push(&mut self, figure: f64) {
        self.0.push(figure);
    }

    /// Whether there was no round.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Round by round, what `of` makes of the figure.
    pub(crate) fn map(&self, of: impl Fn(f64) -> f64) -> Self {
        self.0.iter().copied().map(of).collect()
    }

    /// The figure in the middle.
    pub(crate) fn median(&self) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
    }

    /// The least and the greatest figure.
    pub(crate) fn spread(&self) -> (f64, f64) {
        let least = self.0.iter().copied().fold(f64::INFINITY, f64::min);
        let most = self.0.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        (least, most)
    }

    /// Round by round the sum of both.
    pub(crate) fn plus(&self, other: &Self) -> Self {
        self.0.iter().zip(&other.0).map(|(one, two)| one + two).collect()
    }

    /// How many times the figure of `other` each figure is, in the same round: what slows the whole machine down slows both.
    pub(crate) fn over(&self, other: &Self) -> Self {
        self.0.iter().zip(&other.0).map(|(ours, theirs)| ours / theirs).collect()
    }
}

impl FromIterator<f64> for Series {
    fn from_iter<T: IntoIterator<Item = f64>>(figures: T) -> Self {
        Self(figures.into_iter().collect())
    }
}

/// The time that `percent` of all `times` keep within.
pub(crate) fn percentile(times: &mut [Duration], percent: usize) -> Duration {
    times.sort_unstable();
    let rank = (times.len() * percent).div_ceil(100);
    times.get(rank.saturating_sub(1)).copied().unwrap_or_default()
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "these figures are read or chosen, not computed")]
mod tests {
    use super::*;

    #[test]
    fn a_median_stands_in_the_middle() {
        assert_eq!(Series::from_iter([9.0, 1.0, 5.0]).median(), 5.0);
        assert_eq!(Series::from_iter([9.0, 1.0, 5.0]).spread(), (1.0, 9.0));
        assert!(Series::default().median().is_nan());
    }

    #[test]
    fn ratios_are_taken_round_by_round() {
        let (ours, theirs) = (Series::from_iter([1.0, 30.0]), Series::from_iter([2.0, 40.0]));
        assert_eq!(ours.over(&theirs), Series::from_iter([0.5, 0.75]));
    }

    #[test]
    fn a_percentile_is_a_time_that_was_measured() {
        let mut times: Vec<_> = (1..=200).rev().map(Duration::from_micros).collect();
        assert_eq!(percentile(&mut times, 50), Duration::from_micros(100));
        assert_eq!(percentile(&mut times, 99), Duration::from_micros(198));
        assert_eq!(percentile(&mut [Duration::from_micros(7)], 99), Duration::from_micros(7));
        assert_eq!(percentile(&mut [], 99), Duration::ZERO);
    }
}
