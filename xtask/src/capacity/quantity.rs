//! Numbers as people read them: two digits that matter, and a word for the thousands.

/// A number, such as `170 k`; thousands are written out up to 9,999.
pub(crate) fn number(value: f64) -> String {
    match value {
        v if v < 9_999.5 => digits(v),
        v => scaled(v / 1e3, &["k", "M", "G", "T"]),
    }
}

/// A number of bytes, such as `1.7 GB`.
pub(crate) fn bytes(value: f64) -> String {
    scaled(value, &["B", "kB", "MB", "GB", "TB", "PB"])
}

/// A value of the first unit, in the unit that makes it less than a thousand.
fn scaled(value: f64, units: &[&str]) -> String {
    match units {
        [_, larger @ ..] if value >= 999.5 && !larger.is_empty() => scaled(value / 1e3, larger),
        [unit, ..] => format!("{} {unit}", digits(value)),
        [] => digits(value),
    }
}

fn digits(value: f64) -> String {
    match value {
        v if v == 0.0 || v >= 99.5 => format!("{v:.0}"),
        v if v >= 9.95 => trimmed(&format!("{v:.1}")),
        v if v >= 0.0995 => trimmed(&format!("{v:.2}")),
        v if v >= 0.001 => trimmed(&format!("{v:.4}")),
        v => format!("{v:.0e}"),
    }
}

/// Without zeros at the end that say nothing.
fn trimmed(text: &str) -> String {
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        for (value, shown) in [
            (0.0, "0"),
            (0.5, "0.5"),
            (0.00002, "2e-5"),
            (0.0231, "0.0231"),
            (1.0, "1"),
            (9.26, "9.26"),
            (47.0, "47"),
            (300.0, "300"),
            (1_667.0, "1667"),
            (10_000.0, "10 k"),
            (166_667.0, "167 k"),
            (4_630_000.0, "4.63 M"),
            (2.5e9, "2.5 G"),
        ] {
            assert_eq!(number(value), shown);
        }
        for (value, shown) in [(47.5, "47.5 B"), (1_914.0, "1.91 kB"), (2e12, "2 TB"), (999.9, "1 kB")] {
            assert_eq!(bytes(value), shown);
        }
    }
}
