//! Where a person goes after signing in: a place on this site, whatever the link that brought them says.

/// A path of this site, with its query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ReturnTo(String);

impl ReturnTo {
    /// Takes a path that a browser will look for on this site; anything that could lead elsewhere is dropped (open redirect).
    pub(super) fn new(text: &str) -> Option<Self> {
        let plain = text.len() <= 2_048 && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
        (plain && text.starts_with('/') && !text.starts_with("//")).then(|| Self(text.to_owned()))
    }

    /// The path as text.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::ReturnTo;

    #[test]
    fn only_places_on_this_site_are_returned_to() {
        for good in ["/", "/account", "/a/b?c=d&e=%2F#f", "/@x", "/a//b"] {
            assert_eq!(ReturnTo::new(good).as_ref().map(ReturnTo::as_str), Some(good));
        }
        let long = format!("/{}", "a".repeat(2_048));
        let bad = [
            "",
            "account",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\/evil.example",
            "/\t/evil.example",
            " /account",
            "/a b",
            "https://evil.example",
            "javascript:alert(1)",
            "/\r\nSet-Cookie: a=b",
            "/한글",
            &long,
        ];
        for bad in bad {
            assert_eq!(ReturnTo::new(bad), None, "{bad:?}");
        }
    }
}
