//! `redis://…` and `rediss://…`: where Redis or Valkey listens, and how long it may take to answer.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use redis::io::tcp::TcpSettings;
use redis::{Client, ConnectionAddr, ConnectionInfo, IntoConnectionInfo as _, TlsCertificates};
use url::Url;

/// The address of a Redis or Valkey server, as written in the configuration. Prints without user, password and parameters.
#[derive(Clone)]
pub struct RedisUrl {
    info: ConnectionInfo,
    /// Whose certificate is believed; those that the system trusts when there is none.
    root: Option<PathBuf>,
    pub(super) answers_within: Duration,
}

/// Why a text is no address of a Redis server. Repeats nothing of it: it may hold a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadRedisUrl {
    /// It is not written as an address.
    #[error("it is not written as \"redis://user:password@host:port/number\", or \"rediss://…\" for TLS")]
    Malformed,
    /// A parameter or a fragment is none of ours.
    #[error("known parameters are timeout_ms and sslrootcert, and nothing may follow \"#\"")]
    Parameter,
    /// `timeout_ms` is not a number of milliseconds.
    #[error("timeout_ms is a number from 1 to 10000")]
    Timeout,
    /// `sslrootcert` is given where nobody looks at it.
    #[error("sslrootcert is looked at with rediss:// only")]
    UselessRoot,
}

/// How long an answer may take when nobody says. Whoever waits longer had better ask the main store.
const ANSWERS_WITHIN: Duration = Duration::from_millis(100);

impl FromStr for RedisUrl {
    type Err = BadRedisUrl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut url: Url = text.parse().map_err(|_| BadRedisUrl::Malformed)?;
        if !matches!(url.scheme(), "redis" | "rediss") {
            return Err(BadRedisUrl::Malformed);
        }
        let (mut root, mut answers_within) = (None, ANSWERS_WITHIN);
        for (name, value) in url.query_pairs() {
            match &*name {
                "timeout_ms" => answers_within = milliseconds(&value)?,
                "sslrootcert" => root = Some(PathBuf::from(&*value)),
                _ => return Err(BadRedisUrl::Parameter),
            }
        }
        if url.fragment().is_some() {
            return Err(BadRedisUrl::Parameter);
        }
        if root.is_some() && url.scheme() == "redis" {
            return Err(BadRedisUrl::UselessRoot);
        }
        url.set_query(None);
        let info = url.into_connection_info().map_err(|_| BadRedisUrl::Malformed)?;
        let info = info.set_tcp_settings(impatient(TcpSettings::default()));
        Ok(Self { info, root, answers_within })
    }
}

#[cfg(target_os = "linux")]
fn impatient(settings: TcpSettings) -> TcpSettings {
    /// How long sent data may stay without an answer of the other machine before it is taken for gone.
    const SILENCE: Duration = Duration::from_secs(5);
    settings.set_user_timeout(SILENCE)
}

#[cfg(not(target_os = "linux"))]
fn impatient(settings: TcpSettings) -> TcpSettings {
    settings
}

fn milliseconds(value: &str) -> Result<Duration, BadRedisUrl> {
    let number = value.parse().ok().filter(|number| (1..=10_000).contains(number));
    number.map(Duration::from_millis).ok_or(BadRedisUrl::Timeout)
}

/// The certificate authorities that an address names cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the certificate authorities for {at} cannot be used: check sslrootcert")]
pub struct BadAuthorities {
    at: String,
    source: Box<dyn std::error::Error + Send + Sync>,
}

impl RedisUrl {
    /// What makes connections there.
    pub(super) fn client(&self) -> Result<Client, BadAuthorities> {
        self.try_client().map_err(|error| self.unusable(error))
    }

    fn try_client(&self) -> Result<Client, Box<dyn std::error::Error + Send + Sync>> {
        let Some(file) = &self.root else { return Ok(Client::open(self.info.clone())?) };
        let certificates = TlsCertificates { client_tls: None, root_cert: Some(std::fs::read(file)?) };
        Ok(Client::build_with_tls(self.info.clone(), certificates)?)
    }

    /// What says that no connection can be made there.
    pub(super) fn unusable(
        &self,
        error: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> BadAuthorities {
        BadAuthorities { at: self.to_string(), source: error.into() }
    }

    /// Whether nobody between us and Redis could read along or pretend to be it.
    pub fn is_verified(&self) -> bool {
        match self.info.addr() {
            ConnectionAddr::TcpTls { .. } => true,
            ConnectionAddr::Tcp(host, _) => {
                host == "localhost" || host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
            }
            _ => false,
        }
    }
}

impl fmt::Display for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme =
            if matches!(self.info.addr(), ConnectionAddr::TcpTls { .. }) { "rediss" } else { "redis" };
        write!(f, "{scheme}://{}/{}", self.info.addr(), self.info.redis_settings().db())
    }
}

impl fmt::Debug for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RedisUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_prints_without_its_secrets() {
        for (text, shown) in [
            ("redis://db", "redis://db:6379/0"),
            ("redis://me:hunter2@db:6380/3?timeout_ms=50", "redis://db:6380/3"),
            ("rediss://:hunter2@db/?sslrootcert=/etc/ca.pem", "rediss://db:6379/0"),
        ] {
            let url: RedisUrl = text.parse().unwrap();
            assert_eq!((url.to_string().as_str(), format!("{url:?}").contains("hunter2")), (shown, false));
        }
    }

    #[test]
    fn what_is_wrong_with_an_address_is_told_without_its_secrets() {
        for (text, expected) in [
            ("hunter2", BadRedisUrl::Malformed),
            ("http://me:hunter2@db", BadRedisUrl::Malformed),
            ("redis://me:hunter2@db/accounts", BadRedisUrl::Malformed),
            ("redis://me:hunter2@:x", BadRedisUrl::Malformed),
            ("redis://me:hunter2@db/?pass=hunter2", BadRedisUrl::Parameter),
            ("rediss://me:hunter2@db/#insecure", BadRedisUrl::Parameter),
            ("redis://me:hunter2@db/?timeout_ms=0", BadRedisUrl::Timeout),
            ("redis://me:hunter2@db/?sslrootcert=/ca.pem", BadRedisUrl::UselessRoot),
        ] {
            let told = text.parse::<RedisUrl>().unwrap_err();
            assert_eq!(told, expected, "{text}");
            assert!(!told.to_string().contains("hunter2"), "{told}");
        }
    }

    #[test]
    fn only_a_certificate_or_this_very_machine_is_trusted() {
        for (text, verified) in [
            ("redis://db", false),
            ("rediss://db", true),
            ("redis://127.0.0.1", true),
            ("redis://[::1]", true),
        ] {
            assert_eq!(text.parse::<RedisUrl>().unwrap().is_verified(), verified, "{text}");
        }
    }
}
