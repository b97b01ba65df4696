//! `redis://…` and `rediss://…`: where Redis or Valkey listens, and how long it may take to answer.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use redis::cluster::{ClusterClient, ClusterClientBuilder};
use redis::io::tcp::TcpSettings;
use redis::{Client, ConnectionAddr, ConnectionInfo, IntoConnectionInfo as _, TlsCertificates};
use url::Url;

/// The address of a Redis or Valkey server, or of the nodes of a cluster, as written in the configuration. Prints without user, password and parameters.
#[derive(Clone)]
pub struct RedisUrl {
    info: ConnectionInfo,
    /// Further nodes, if it is a cluster.
    others: Option<Vec<ConnectionInfo>>,
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
    #[error("known parameters are cluster, timeout_ms and sslrootcert, and nothing may follow \"#\"")]
    Parameter,
    /// `timeout_ms` is not a number of milliseconds.
    #[error("timeout_ms is a number from 1 to 10000")]
    Timeout,
    /// `cluster` does not name further nodes, or there is a number: a cluster has none.
    #[error(
        "cluster names further nodes, as in \"?cluster=host:port,host:port\", or none; no number may follow the first"
    )]
    Cluster,
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
        let (mut root, mut answers_within, mut nodes) = (None, ANSWERS_WITHIN, None);
        for (name, value) in url.query_pairs() {
            match &*name {
                "timeout_ms" => answers_within = milliseconds(&value)?,
                "cluster" => nodes = Some(value.into_owned()),
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
        let others = nodes.map(|nodes| further(&url, &nodes)).transpose()?;
        let info = node(url).ok_or(BadRedisUrl::Malformed)?;
        if others.is_some() && info.redis_settings().db() != 0 {
            return Err(BadRedisUrl::Cluster);
        }
        Ok(Self { info, others, root, answers_within })
    }
}

fn node(url: Url) -> Option<ConnectionInfo> {
    let info = url.into_connection_info().ok()?;
    Some(info.set_tcp_settings(impatient(TcpSettings::default())))
}

/// The nodes in a text like `host:port,host:port`, with user and password of the first.
fn further(first: &Url, nodes: &str) -> Result<Vec<ConnectionInfo>, BadRedisUrl> {
    let nodes = nodes.split(',').filter(|node| !node.is_empty());
    nodes.map(|place| neighbour(first, place).ok_or(BadRedisUrl::Cluster)).collect()
}

fn neighbour(first: &Url, place: &str) -> Option<ConnectionInfo> {
    let theirs = Url::parse(&format!("{}://{place}", first.scheme())).ok()?;
    let mut url = first.clone();
    url.set_host(Some(theirs.host_str()?)).ok()?;
    url.set_port(theirs.port()).ok()?;
    let nothing_else = theirs.username().is_empty()
        && theirs.password().is_none()
        && matches!(theirs.path(), "" | "/")
        && theirs.query().is_none();
    node(url).filter(|_| nothing_else)
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

    /// What makes connections to the nodes there, if it is a cluster.
    pub(super) fn cluster(&self) -> Result<Option<ClusterClient>, BadAuthorities> {
        let cluster = self.is_cluster().then(|| self.try_cluster());
        cluster.transpose().map_err(|error| self.unusable(error))
    }

    fn try_cluster(&self) -> Result<ClusterClient, Box<dyn std::error::Error + Send + Sync>> {
        let nodes = self.nodes().cloned();
        let mut builder = ClusterClientBuilder::new(nodes).tcp_settings(impatient(TcpSettings::default()));
        if let Some(certificates) = self.certificates()? {
            builder = builder.certs(certificates);
        }
        Ok(builder.build()?)
    }

    fn certificates(&self) -> std::io::Result<Option<TlsCertificates>> {
        let Some(file) = &self.root else { return Ok(None) };
        Ok(Some(TlsCertificates { client_tls: None, root_cert: Some(std::fs::read(file)?) }))
    }

    fn try_client(&self) -> Result<Client, Box<dyn std::error::Error + Send + Sync>> {
        match self.certificates()? {
            Some(certificates) => Ok(Client::build_with_tls(self.info.clone(), certificates)?),
            None => Ok(Client::open(self.info.clone())?),
        }
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
        self.nodes().all(|node| is_verified(node.addr()))
    }

    /// Whether it is the address of a cluster.
    pub fn is_cluster(&self) -> bool {
        self.others.is_some()
    }

    fn nodes(&self) -> impl Iterator<Item = &ConnectionInfo> {
        std::iter::once(&self.info).chain(self.others.iter().flatten())
    }
}

fn is_verified(address: &ConnectionAddr) -> bool {
    match address {
        ConnectionAddr::TcpTls { .. } => true,
        ConnectionAddr::Tcp(host, _) => {
            host == "localhost" || host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
        }
        _ => false,
    }
}

impl fmt::Display for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme =
            if matches!(self.info.addr(), ConnectionAddr::TcpTls { .. }) { "rediss" } else { "redis" };
        write!(f, "{scheme}://{}", self.info.addr())?;
        match &self.others {
            None => write!(f, "/{}", self.info.redis_settings().db()),
            Some(others) => others.iter().try_for_each(|node| write!(f, ",{}", node.addr())),
        }
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
            ("redis://:hunter2@db:7000/?cluster=db:7001,other", "redis://db:7000,db:7001,other:6379"),
            ("redis://:hunter2@db:7000/?cluster", "redis://db:7000"),
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
            ("redis://me:hunter2@db/3?cluster", BadRedisUrl::Cluster),
            ("redis://me:hunter2@db/?cluster=he:hunter2@other", BadRedisUrl::Cluster),
            ("redis://me:hunter2@db/?cluster=other:x", BadRedisUrl::Cluster),
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
            ("redis://[::1]?cluster=[::1]:7001", true),
            ("redis://[::1]?cluster=db:7001", false),
        ] {
            assert_eq!(text.parse::<RedisUrl>().unwrap().is_verified(), verified, "{text}");
        }
    }
}
