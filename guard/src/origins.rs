//! Where a request was sent from, as the browser tells it: Fetch Metadata, else `Origin`.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use http::header::ORIGIN;
use http::{HeaderMap, HeaderValue};
use url::{Host, Url};

/// Scheme, host and port of a site, as browsers write it in `Origin` (RFC 6454, section 6.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(Url);

/// A text that is not an origin such as `https://app.example.org`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadOrigin;

impl fmt::Display for BadOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not an origin: write scheme, host and perhaps port, as in https://app.example.org")
    }
}

impl std::error::Error for BadOrigin {}

impl FromStr for Origin {
    type Err = BadOrigin;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url = Url::parse(text).map_err(|_| BadOrigin)?;
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        let nobody = url.username().is_empty() && url.password().is_none();
        let web = matches!(url.scheme(), "http" | "https") && url.has_host();
        if bare && nobody && web { Ok(Self(url)) } else { Err(BadOrigin) }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.origin().ascii_serialization())
    }
}

impl Origin {
    /// Whether what is sent there stays on this machine: `localhost`, `*.localhost` (RFC 6761, section 6.3) or a loopback address.
    pub fn is_loopback(&self) -> bool {
        match self.0.host() {
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => IpAddr::V6(address).to_canonical().is_loopback(),
            None => false,
        }
    }

    /// Whether what is sent there is encrypted.
    pub fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// The other names this machine has for itself, with the same scheme and port.
    fn loopback_names(&self) -> Vec<String> {
        let port = self.0.port().map_or(String::new(), |port| format!(":{port}"));
        ["localhost", "127.0.0.1", "[::1]"].map(|host| format!("{}://{host}{port}", self.0.scheme())).to_vec()
    }
}

/// The origins whose pages may send requests.
#[derive(Clone, Debug)]
pub struct Origins {
    own: Vec<String>,
    trusted: Vec<String>,
}

/// Where a request was sent from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provenance {
    /// A page of ours.
    Own,
    /// A page of an origin that the operator trusts.
    Trusted,
    /// Another site's page, or something that hides where it is from.
    Foreign,
    /// It does not say: a program, or a browser from before 2020.
    Untold,
}

impl Origins {
    /// Pages of `own` may send everything; those of `trusted` as well.
    ///
    /// When `own` is a loopback address, its other names count as the same: whoever opens 127.0.0.1 instead of localhost is at home.
    pub fn new(own: &Origin, trusted: &[Origin]) -> Self {
        let mut names = vec![own.to_string()];
        if own.is_loopback() {
            names.extend(own.loopback_names());
        }
        Self { own: names, trusted: trusted.iter().map(Origin::to_string).collect() }
    }

    /// Where a request with these headers was sent from.
    pub fn provenance(&self, headers: &HeaderMap) -> Provenance {
        match (only(headers, "sec-fetch-site"), only(headers, ORIGIN.as_str())) {
            (Only::One("same-origin" | "none"), _) => Provenance::Own,
            // No script can set Sec-Fetch-Site, so it is believed over Origin; a trusted origin is still another site.
            (Only::One("same-site" | "cross-site"), Only::One(origin)) if self.is_trusted(origin) => {
                Provenance::Trusted
            }
            (Only::Nothing, Only::One(origin)) if self.own.iter().any(|own| own == origin) => Provenance::Own,
            (Only::Nothing, Only::One(origin)) if self.is_trusted(origin) => Provenance::Trusted,
            (Only::Nothing, Only::Nothing) => Provenance::Untold,
            _ => Provenance::Foreign,
        }
    }

    /// The trusted origin whose page sent a request with these headers, as the browser wrote it.
    pub fn reader<'a>(&self, headers: &'a HeaderMap) -> Option<&'a HeaderValue> {
        match only(headers, ORIGIN.as_str()) {
            Only::One(origin) if self.is_trusted(origin) => headers.get(ORIGIN),
            _ => None,
        }
    }

    /// Whether the operator trusts any origin but our own.
    pub fn trusts_any(&self) -> bool {
        !self.trusted.is_empty()
    }

    /// Whether the operator trusts this origin; exact, and `null` is nobody.
    pub fn is_trusted(&self, origin: &str) -> bool {
        self.trusted.iter().any(|trusted| trusted == origin)
    }
}

/// The value of a header that may stand once.
enum Only<'a> {
    Nothing,
    One(&'a str),
    Confusing,
}

fn only<'a>(headers: &'a HeaderMap, name: &str) -> Only<'a> {
    let mut values = headers.get_all(name).iter();
    match (values.next().map(|value| value.to_str()), values.next()) {
        (None, _) => Only::Nothing,
        (Some(Ok(value)), None) => Only::One(value),
        _ => Only::Confusing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderName;

    fn check(headers: &[(&'static str, &'static str)], expected: Provenance) {
        let own = "https://id.example.org".parse().unwrap();
        let origins = Origins::new(&own, &["https://app.example.org".parse().unwrap()]);
        let map = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect();
        assert_eq!(origins.provenance(&map), expected, "{headers:?}");
    }

    #[test]
    fn what_the_browser_says_decides() {
        for (headers, expected) in REQUESTS {
            check(headers, *expected);
        }
    }

    #[test]
    fn answers_are_read_by_trusted_origins_and_no_others() {
        let origins = Origins::new(
            &"https://id.example.org".parse().unwrap(),
            &["https://app.example.org".parse().unwrap(), "http://localhost:3000".parse().unwrap()],
        );
        let reader = |values: &[&'static str]| {
            let headers = values.iter().map(|value| (ORIGIN, HeaderValue::from_static(value))).collect();
            origins.reader(&headers).map(|reader| reader.to_str().unwrap().to_owned())
        };
        for trusted in ["https://app.example.org", "http://localhost:3000"] {
            assert_eq!(reader(&[trusted]).as_deref(), Some(trusted));
        }
        for other in STRANGERS {
            assert_eq!(reader(&[other]), None, "{other}");
        }
        assert_eq!(reader(&[]), None);
        assert_eq!(reader(&["https://app.example.org", "https://app.example.org"]), None);
    }

    const STRANGERS: [&str; 14] = [
        "",
        "*",
        "null",
        "https://id.example.org",
        "http://app.example.org",
        "https://app.example.org/",
        "https://app.example.org:443",
        "https://app.example.org:8443",
        "https://APP.example.org",
        "https://app.example.org.evil.example",
        "https://evil.example/https://app.example.org",
        "https://xapp.example.org",
        "https://x.app.example.org",
        "http://localhost:3001",
    ];

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        let origin = |text: &str| text.parse::<Origin>().map(|origin| origin.to_string());
        assert_eq!(origin("HTTPS://App.Example.org:443/"), Ok("https://app.example.org".to_owned()));
        assert_eq!(origin("http://localhost:8080"), Ok("http://localhost:8080".to_owned()));
        for bad in [
            "",
            "null",
            "*",
            "app.example.org",
            "https://a.org/path",
            "https://a.org?q",
            "https://u@a.org",
            "ftp://a.org",
            "https://",
        ] {
            assert_eq!(origin(bad), Err(BadOrigin), "{bad:?}");
        }
    }

    #[test]
    fn every_name_of_this_machine_is_home_on_the_same_port() {
        let origins = Origins::new(&"http://localhost:8080".parse().unwrap(), &[]);
        let from = |origin: &'static str| {
            origins.provenance(&[(ORIGIN, HeaderValue::from_static(origin))].into_iter().collect())
        };
        assert_eq!(from("http://127.0.0.1:8080"), Provenance::Own);
        assert_eq!(from("http://[::1]:8080"), Provenance::Own);
        assert_eq!(from("http://localhost:3000"), Provenance::Foreign);
        assert_eq!(from("https://localhost:8080"), Provenance::Foreign);
    }

    const REQUESTS: &[(&[(&str, &str)], Provenance)] = &[
        (&[], Provenance::Untold),
        (&[("sec-fetch-site", "same-origin")], Provenance::Own),
        (&[("sec-fetch-site", "none")], Provenance::Own),
        (&[("sec-fetch-site", "same-site")], Provenance::Foreign),
        (&[("sec-fetch-site", "cross-site")], Provenance::Foreign),
        (&[("sec-fetch-site", "SAME-ORIGIN")], Provenance::Foreign),
        (&[("sec-fetch-site", "")], Provenance::Foreign),
        (&[("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")], Provenance::Foreign),
        (&[("sec-fetch-site", "cross-site"), ("origin", "https://id.example.org")], Provenance::Foreign),
        (&[("sec-fetch-site", "cross-site"), ("origin", "https://app.example.org")], Provenance::Trusted),
        (&[("sec-fetch-site", "same-site"), ("origin", "https://app.example.org")], Provenance::Trusted),
        (&[("sec-fetch-site", "same-site"), ("origin", "https://evil.example.org")], Provenance::Foreign),
        (&[("origin", "https://id.example.org")], Provenance::Own),
        (&[("origin", "https://app.example.org")], Provenance::Trusted),
        (&[("origin", "null")], Provenance::Foreign),
        (&[("origin", "")], Provenance::Foreign),
        (&[("origin", "http://id.example.org")], Provenance::Foreign),
        (&[("origin", "https://id.example.org.evil.example")], Provenance::Foreign),
        (&[("origin", "https://id.example.org:8443")], Provenance::Foreign),
        (&[("origin", "https://id.example.org"), ("origin", "https://id.example.org")], Provenance::Foreign),
    ];
}
