//! What a value must look like: one small parser per kind, each saying what is wrong and how to put it right.

use std::fmt::Display;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use bitjang_core::key::SealingKey;
use bitjang_guard::{BadOrigin, Origin};
use ipnet::IpNet;

/// An address and a port.
pub(super) fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "is not an address and port like 127.0.0.1:8080 or [::1]:8080".to_owned())
}

/// A number within `range`.
pub(super) fn number<N>(range: RangeInclusive<N>) -> impl Fn(&str) -> Result<N, String>
where
    N: FromStr + PartialOrd + Display,
{
    move |text| match text.parse() {
        Ok(number) if range.contains(&number) => Ok(number),
        _ => Err(format!("is not a whole number from {} to {}", range.start(), range.end())),
    }
}

/// A whole number of seconds within `range`.
pub(super) fn seconds(range: RangeInclusive<u64>) -> impl Fn(&str) -> Result<Duration, String> {
    let number = number(range);
    move |text| number(text).map(Duration::from_secs)
}

/// One of a few words.
pub(super) fn word<T: Copy>(words: &'static [(&'static str, T)]) -> impl Fn(&str) -> Result<T, String> {
    move |text| {
        let known = || words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
        let found = words.iter().find(|(word, _)| *word == text);
        found.map(|(_, meaning)| *meaning).ok_or_else(|| format!("is none of {}", known()))
    }
}

/// Text that says something.
pub(super) fn text(text: &str) -> Result<String, String> {
    if text.trim().is_empty() { Err("is empty".to_owned()) } else { Ok(text.to_owned()) }
}

/// A party to access tokens. Its name is in each of them, and so in a cookie.
pub(super) fn party(name: &str) -> Result<String, String> {
    if name.len() > 270 { Err("is longer than 270 bytes".to_owned()) } else { text(name) }
}

/// A key that encrypts others.
pub(super) fn sealing_key(text: &str) -> Result<SealingKey, String> {
    SealingKey::from_base64(text).map_err(|why| format!("cannot be used: {why}"))
}

/// A network, or a single address.
pub(super) fn network(text: &str) -> Result<IpNet, String> {
    text.parse()
        .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
        .map_err(|_| "is not a network like 10.0.0.0/8 or an address".to_owned())
}

/// An origin (RFC 6454): scheme, host and port. Plain http only where nobody can listen in: on this machine.
pub(super) fn origin(text: &str) -> Result<Origin, String> {
    let origin: Origin = text.parse().map_err(|wrong: BadOrigin| format!("is {wrong}"))?;
    if !origin.is_https() && !origin.is_loopback() {
        return Err("is plain http, over which anybody on the way can take a session; use https (http is for localhost alone)".to_owned());
    }
    Ok(origin)
}

/// An origin that is spelled exactly as browsers spell it in `Origin`.
pub(super) fn exact_origin(text: &str) -> Result<Origin, String> {
    let origin = origin(text)?;
    if origin.to_string() == text {
        Ok(origin)
    } else {
        Err(format!("is not how browsers spell it; write {origin}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_this_machine_alone() {
        for good in [
            "http://localhost:8080",
            "http://shop.localhost",
            "http://127.0.0.2:1",
            "http://[::1]:8080",
            "https://example.org",
        ] {
            assert!(origin(good).is_ok(), "{good}");
        }
        for bad in [
            "http://example.org",
            "http://localhost.example.org",
            "http://10.0.0.1",
            "http://notlocalhost",
            "http://0.0.0.0:80",
        ] {
            assert!(origin(bad).unwrap_err().contains("plain http"), "{bad}");
        }
    }

    #[test]
    fn an_origin_is_nothing_more() {
        for bad in [
            "https://a.org/x",
            "https://a.org/?q",
            "https://a.org/#f",
            "https://u@a.org",
            "https://u:p@a.org",
            "ftp://a.org",
            "a.org",
            "",
        ] {
            assert!(origin(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_trusted_origin_is_spelled_as_browsers_do() {
        assert!(exact_origin("https://app.example.org").is_ok());
        for bad in ["https://App.example.org", "https://app.example.org/", "https://app.example.org:443"] {
            assert!(exact_origin(bad).unwrap_err().ends_with("write https://app.example.org"), "{bad}");
        }
    }

    #[test]
    fn a_network_is_a_range_or_one_address() {
        assert_eq!(network("10.0.0.1").unwrap().to_string(), "10.0.0.1/32");
        assert!(network("10.0.0.0/8").is_ok());
        assert!(network("10.0.0.0/40").is_err());
    }
}
