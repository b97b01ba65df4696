//! The languages that the pages speak, and which of them a visitor gets.

/// A language of the hosted pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Language {
    /// English, which is also the answer when nothing better is asked for.
    #[default]
    En,
    /// Korean.
    Ko,
}

impl Language {
    /// Every language there is.
    pub const ALL: [Self; 2] = [Self::En, Self::Ko];

    /// What the visitor just asked for (`?lang=`), else what was asked for before (a cookie), else what the
    /// browser prefers (`Accept-Language`, RFC 9110 section 12.5.4), else English.
    ///
    /// Values that are no language of ours are passed over, never refused.
    pub fn choose(query: Option<&str>, cookie: Option<&str>, accept_language: Option<&str>) -> Self {
        query
            .and_then(Self::from_tag)
            .or_else(|| cookie.and_then(Self::from_tag))
            .or_else(|| accept_language.and_then(preferred))
            .unwrap_or_default()
    }

    /// The BCP 47 tag: `en` or `ko`.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ko => "ko",
        }
    }

    /// The language of a BCP 47 tag, by its primary subtag: `ko-KR` is Korean.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.trim().split(['-', '_']).next()?;
        Self::ALL.into_iter().find(|language| primary.eq_ignore_ascii_case(language.tag()))
    }

    /// What its speakers call it.
    pub(super) const fn endonym(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::Ko => "한국어",
        }
    }
}

/// The language with the highest weight; the first of equals.
fn preferred(accept_language: &str) -> Option<Language> {
    let mut best = None;
    for (language, weight) in accept_language.split(',').filter_map(weighted) {
        if weight > best.map_or(0, |(_, weight)| weight) {
            best = Some((language, weight));
        }
    }
    best.map(|(language, _)| language)
}

/// One range of the header and its weight in thousandths; `*` stands for the default.
fn weighted(range: &str) -> Option<(Language, u16)> {
    let (tag, parameters) = range.split_once(';').unwrap_or((range, "q=1"));
    let language = if tag.trim() == "*" { Language::default() } else { Language::from_tag(tag)? };
    let weight = parameters.trim().strip_prefix(['q', 'Q'])?.trim_start().strip_prefix('=')?;
    Some((language, thousandths(weight.trim())?))
}

/// A quality value (RFC 9110 section 12.4.2): `0.8` is 800.
fn thousandths(weight: &str) -> Option<u16> {
    let (whole, fraction) = weight.split_once('.').unwrap_or((weight, ""));
    let well_formed = fraction.len() <= 3 && fraction.bytes().all(|digit| digit.is_ascii_digit());
    let weight = match whole {
        "0" if well_formed => format!("{fraction:0<3}").parse().ok()?,
        "1" if well_formed => 1000,
        _ => return None,
    };
    Some(weight)
}

#[cfg(test)]
mod tests {
    use super::Language::{self, En, Ko};

    #[test]
    fn the_query_beats_the_cookie_and_the_cookie_beats_the_browser() {
        assert_eq!(Language::choose(Some("ko"), Some("en"), Some("en")), Ko);
        assert_eq!(Language::choose(None, Some("ko"), Some("en")), Ko);
        assert_eq!(Language::choose(None, None, Some("ko")), Ko);
        assert_eq!(Language::choose(None, None, None), En);
    }

    #[test]
    fn an_unknown_language_is_passed_over() {
        assert_eq!(Language::choose(Some("xx"), Some("\"><script>"), Some("fr, ko;q=0.1")), Ko);
        assert_eq!(Language::choose(Some(""), Some(""), Some("")), En);
    }

    #[test]
    fn the_browser_gets_the_language_it_prefers() {
        for (header, wanted) in ACCEPT_LANGUAGE {
            assert_eq!(Language::choose(None, None, Some(header)), wanted, "{header}");
        }
    }

    const ACCEPT_LANGUAGE: [(&str, Language); 17] = [
        ("ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7", Ko),
        ("en-US,en;q=0.9,ko;q=0.8", En),
        ("en;q=0.5,ko", Ko),
        ("en;q=0.5 , ko ; q=0.6", Ko),
        ("EN;Q=0.2, KO-kr;Q=0.201", Ko),
        ("ko,en", Ko),
        ("en,ko", En),
        ("ko;q=0", En),
        ("ko;q=0.000, en;q=0.001", En),
        ("fr, de;q=0.9", En),
        ("fr, *;q=0.5, ko;q=0.4", En),
        ("*, ko", En),
        ("ko;q=1.000, en;q=0.999", Ko),
        ("en;q=0.1234, ko;q=0.1", Ko),
        ("en;q=abc, ko;q=0.1", Ko),
        ("kok, korean", En),
        (";;;,,q=,=;q=1", En),
    ];
}
