//! How far a server's clock is ahead of the database's: told in the name of the connection by which it follows the feed, where whoever surveys the database, and every operator
//! with `psql`, can read it for as long as that server is there.

use bitjang_core::Time;

/// In tenths of a second; negative where the clock is behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ahead(i64);

/// What a name is continued with.
const MARK: &str = ", clock ";

impl Ahead {
    /// How far `ours` is ahead of `theirs`, read at the same moment.
    pub(super) fn of(ours: Time, theirs: Time) -> Self {
        let micros = ours.as_micros().saturating_sub(theirs.as_micros());
        // To the nearest tenth.
        Self(micros.saturating_add(50_000).div_euclid(100_000))
    }

    /// In milliseconds.
    pub fn as_millis(self) -> i64 {
        self.0.saturating_mul(100)
    }

    /// What a connection called `name` is called from now on.
    pub(super) fn after(self, name: &str) -> String {
        let sign = if self.0 < 0 { '-' } else { '+' };
        let tenths = self.0.unsigned_abs();
        format!("{name}{MARK}{sign}{}.{} s", tenths / 10, tenths % 10)
    }

    /// What the name of a connection says, if it says so.
    pub(super) fn told_by(name: &str) -> Option<Self> {
        let (whole, tenth) = name.rsplit_once(MARK)?.1.strip_suffix(" s")?.split_once('.')?;
        format!("{whole}{tenth}").parse().ok().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_name_tells_is_what_was_told() {
        for (micros, name) in [
            (0, "bitjang, clock +0.0 s"),
            (90_040_000, "bitjang, clock +90.0 s"),
            (-90_060_000, "bitjang, clock -90.1 s"),
            (-300_000, "bitjang, clock -0.3 s"),
        ] {
            let ahead = Ahead::of(Time::from_micros(micros), Time::from_micros(0));
            assert_eq!((ahead.after("bitjang").as_str(), Ahead::told_by(name)), (name, Some(ahead)));
        }
    }

    #[test]
    fn other_names_tell_nothing() {
        for name in
            ["bitjang", "", "psql", "bitjang, clock  s", "bitjang, clock +1 s", "bitjang, clock x.y s"]
        {
            assert_eq!(Ahead::told_by(name), None, "{name}");
        }
    }
}
