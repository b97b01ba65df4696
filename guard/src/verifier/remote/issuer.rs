//! Where an issuer is, and how it may be reached.

use std::io;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Empty;
use hyper_rustls::{ConfigBuilderExt as _, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use url::{Host, Url};

use crate::verifier::CannotFollow;

/// How long to wait for a connection.
const PATIENCE: Duration = Duration::from_secs(3);

/// The URL of an issuer: https, or plain http on this machine.
#[derive(Clone, Debug)]
pub(super) struct Issuer {
    base: String,
    is_plain: Plain,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Plain {
    Http,
    Https,
}

/// Not the URL of an issuer.
#[derive(Debug)]
pub(super) struct NotAnIssuer;

impl FromStr for Issuer {
    type Err = NotAnIssuer;

    fn from_str(text: &str) -> Result<Self, NotAnIssuer> {
        let url = Url::parse(text).map_err(|_| NotAnIssuer)?;
        let bare = url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        let is_plain = match url.scheme() {
            "https" => Plain::Https,
            "http" if is_this_machine(&url) => Plain::Http,
            _ => return Err(NotAnIssuer),
        };
        bare.then(|| Self { base: url.as_str().trim_end_matches('/').to_owned(), is_plain })
            .ok_or(NotAnIssuer)
    }
}

/// What nobody on the network can stand in for.
fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

impl Issuer {
    /// The address of `path` there.
    pub(super) fn below(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// A client that can reach it, and nobody by plain http whom it should reach by https.
    pub(super) fn client(
        &self,
        authorities: Option<RootCertStore>,
    ) -> Result<Client<HttpsConnector<HttpConnector>, Empty<Bytes>>, CannotFollow> {
        let mut http = HttpConnector::new();
        http.enforce_http(false);
        http.set_connect_timeout(Some(PATIENCE));
        http.set_nodelay(true);
        let tls = HttpsConnectorBuilder::new()
            .with_tls_config(self.tls(authorities).map_err(CannotFollow::NoAuthorities)?);
        let schemes = match self.is_plain {
            Plain::Http => tls.https_or_http(),
            Plain::Https => tls.https_only(),
        };
        let connector = schemes.enable_http1().wrap_connector(http);
        Ok(Client::builder(TokioExecutor::new()).pool_timer(TokioTimer::new()).build(connector))
    }

    fn tls(&self, authorities: Option<RootCertStore>) -> io::Result<ClientConfig> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = versions.map_err(io::Error::other)?;
        Ok(match (authorities, self.is_plain) {
            (Some(own), _) => config.with_root_certificates(own),
            (None, Plain::Http) => config.with_root_certificates(RootCertStore::empty()),
            (None, Plain::Https) => config.with_native_roots()?,
        }
        .with_no_client_auth())
    }
}

/// The authorities in a text of PEM; a single one that cannot be read is a mistake, not one less.
pub(super) fn authorities(pem: &str) -> Result<RootCertStore, CannotFollow> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        let certificate = certificate.map_err(|_| CannotFollow::BadAuthorities)?;
        roots.add(certificate).map_err(|_| CannotFollow::BadAuthorities)?;
    }
    if roots.is_empty() { Err(CannotFollow::BadAuthorities) } else { Ok(roots) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_is_reached_safely_or_not_at_all() {
        for good in [
            "https://id.example.org",
            "https://example.org:8443/id/",
            "http://localhost:8080",
            "http://id.localhost",
            "http://127.0.0.2:80",
            "http://[::1]:1",
        ] {
            assert!(good.parse::<Issuer>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "id.example.org",
            "http://id.example.org",
            "http://localhost.example.org",
            "http://192.0.2.1",
            "http://[::ffff:192.0.2.1]",
            "ftp://localhost",
            "https://a@example.org",
            "https://a:b@example.org",
            "https://example.org/?a",
            "https://example.org/#a",
        ] {
            assert!(bad.parse::<Issuer>().is_err(), "{bad}");
        }
    }

    #[test]
    fn addresses_are_below_it() {
        let issuer: Issuer = "https://example.org/id/".parse().unwrap();
        assert_eq!(issuer.below("/v1/session"), "https://example.org/id/v1/session");
    }
}
