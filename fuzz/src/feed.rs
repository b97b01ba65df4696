//! The feed of revocations as a verifier reads it, against `serde_json`: the same however the bytes are cut, and nothing is read out of what is not there.

use bitjang_guard::verifier::testing::heard;
use serde_json::Value;

pub(crate) fn probe(bytes: &[u8]) {
    let whole = heard(&[bytes]);
    let size = bytes.first().map_or(1, |byte| usize::from(*byte % 16) + 1);
    let pieces: Vec<_> = bytes.chunks(size).collect();
    assert_eq!(heard(&pieces), whole, "in pieces of {size}");
    let Ok(events) = whole else { return };
    // What is no text may stand behind the last whole event.
    let text = String::from_utf8_lossy(bytes);
    let data = text.lines().filter_map(|line| line.strip_prefix("data:"));
    let theirs = data.filter_map(|data| serde_json::from_str::<Value>(data).ok());
    let theirs = theirs.filter(|data| data["position"].is_string()).count();
    assert!(events.len() <= theirs, "{events:?}");
}
