//! The parts of an RFC 3339 time, for a page that has to write it out in words.

use serde::Serialize;

/// A minute in UTC. The clock's parts keep their leading zero.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Moment {
    year: u16,
    month: u8,
    day: u8,
    hour: String,
    minute: String,
}

/// The minute of an RFC 3339 time in UTC (`2026-11-23T06:38:12Z`); nothing if it is none.
pub(super) fn moment(time: &str) -> Option<Moment> {
    let (date, clock) = time.strip_suffix('Z')?.split_once('T')?;
    let [year, month, day] = three(date, '-')?;
    let [hour, minute, _] = three(clock, ':')?;
    Some(Moment {
        year: year.parse().ok()?,
        month: month.parse().ok().filter(|month| (1..=12).contains(month))?,
        day: day.parse().ok()?,
        hour: two_digits(hour)?,
        minute: two_digits(minute)?,
    })
}

fn three(text: &str, between: char) -> Option<[&str; 3]> {
    let mut parts = text.splitn(3, between);
    Some([parts.next()?, parts.next()?, parts.next()?])
}

fn two_digits(text: &str) -> Option<String> {
    let value: u8 = text.parse().ok()?;
    Some(format!("{value:02}"))
}

#[cfg(test)]
mod tests {
    use super::moment;

    #[test]
    fn a_time_is_taken_apart_to_the_minute() {
        let parts = moment("2026-11-03T06:08:12.345678Z").unwrap();
        assert_eq!((parts.year, parts.month, parts.day), (2026, 11, 3));
        assert_eq!((parts.hour.as_str(), parts.minute.as_str()), ("06", "08"));
    }

    #[test]
    fn what_is_no_time_in_utc_has_no_parts() {
        for time in
            ["", "Z", "T", "yesterday", "2026-11-03", "2026-13-03T06:08:12Z", "2026-11-03T06:08:12+09:00"]
        {
            assert_eq!(moment(time), None, "{time}");
        }
    }
}
