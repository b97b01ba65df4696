//! Cookie headers against the `cookie` crate: the value that we read it reads too, and of two values we read none.

use bitjang_guard::cookies::{self, ALL, Found};
use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};

/// Each line is a header.
pub(crate) fn probe(bytes: &[u8]) {
    let lines = bytes.split(|byte| *byte == b'\n');
    let headers: HeaderMap =
        lines.filter_map(|line| Some((COOKIE, HeaderValue::from_bytes(line).ok()?))).collect();
    for (name, _) in ALL {
        let ours = cookies::find(&headers, name);
        if let Found::One(value) = ours {
            let theirs = theirs(&headers, name);
            assert!(theirs.iter().any(|theirs| theirs == trimmed(value)), "{name}={value}, but {theirs:?}");
        }
    }
    let found = ALL.iter().filter(|(name, _)| cookies::find(&headers, name) != Found::Nothing).count();
    assert_eq!(cookies::any(&headers), found > 0);
    let cleared: Vec<_> = cookies::clear_all(&headers).collect();
    assert!(cleared.len() >= found && cleared.len() <= found + 64, "{cleared:?}");
    assert!(
        cleared.iter().all(|header| header.to_str().is_ok_and(|text| text.starts_with("__Host-bitjang")))
    );
}

/// Every value of this name, as the other implementation has it.
fn theirs(headers: &HeaderMap, name: &str) -> Vec<String> {
    let texts = headers.get_all(COOKIE).iter().map(|header| String::from_utf8_lossy(header.as_bytes()));
    let values = texts.flat_map(|text| {
        let pairs = cookie::Cookie::split_parse(text.into_owned()).flatten();
        pairs
            .filter(|pair| pair.name() == name)
            .map(|pair| trimmed(pair.value()).to_owned())
            .collect::<Vec<_>>()
    });
    values.collect()
}

/// The other implementation forgives white space around a value, which no token of ours has.
fn trimmed(value: &str) -> &str {
    value.trim()
}
