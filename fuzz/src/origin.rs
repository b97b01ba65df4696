//! `Origin` and Fetch Metadata against the `url` crate: a page is ours only where a browser could have said so of a page of ours.

use std::sync::LazyLock;

use bitjang_guard::{Origin, Origins, Provenance};
use http::header::ORIGIN;
use http::{HeaderMap, HeaderName, HeaderValue};
use url::Url;

const OWN: &str = "https://id.example.org";
const FRIEND: &str = "https://friend.example.org";
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

static ORIGINS: LazyLock<Origins> =
    LazyLock::new(|| Origins::new(&OWN.parse().unwrap(), &[FRIEND.parse().unwrap()]));

/// Lines beginning with `s` are values of `Sec-Fetch-Site`, all others of `Origin`.
pub(crate) fn probe(bytes: &[u8]) {
    let mut headers = HeaderMap::new();
    for line in bytes.split(|byte| *byte == b'\n') {
        let (name, value) = line.strip_prefix(b"s").map_or((ORIGIN, line), |value| (FETCH_SITE, value));
        if let Ok(value) = HeaderValue::from_bytes(value) {
            headers.append(name, value);
        }
    }
    let [site, origin] = [FETCH_SITE, ORIGIN].map(|name| headers.get_all(name).iter().collect::<Vec<_>>());
    let same = |named: &str| origin.len() == 1 && is_origin(origin[0], named);
    match ORIGINS.provenance(&headers) {
        Provenance::Own => match site.as_slice() {
            [] => assert!(same(OWN), "{headers:?}"),
            site => assert!(
                site.len() == 1 && ["same-origin", "none"].iter().any(|own| site[0] == own),
                "{headers:?}"
            ),
        },
        Provenance::Trusted => assert!(same(FRIEND) && site.len() <= 1, "{headers:?}"),
        Provenance::Untold => assert!(site.is_empty() && origin.is_empty(), "{headers:?}"),
        Provenance::Foreign => {}
    }
    assert_eq!(ORIGINS.reader(&headers).is_some(), same(FRIEND) && origin[0] == FRIEND);
    if let Ok(Ok(origin)) = str::from_utf8(bytes).map(str::parse::<Origin>) {
        assert_eq!(origin.to_string().parse::<Origin>().unwrap().to_string(), origin.to_string());
    }
}

fn is_origin(value: &HeaderValue, named: &str) -> bool {
    let url = value.to_str().ok().and_then(|text| Url::parse(text).ok());
    url.is_some_and(|url| url.origin() == Url::parse(named).unwrap().origin())
}
