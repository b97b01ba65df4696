//! `postgres://…`: what libpq takes, with TLS that can be made to mean something.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};
use url::form_urlencoded;

/// The address of a database, as written in the configuration. Prints without user, password and parameters.
#[derive(Clone, PartialEq, Eq)]
pub struct PostgresUrl {
    pub(super) config: Config,
    pub(super) trust: Trust,
    pub(super) connections: usize,
}

/// Whom to take for the database once the connection is encrypted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trust {
    /// Whoever answers: nobody who only listens can read along, somebody in between can.
    Anybody,
    /// Whoever has a certificate for the host that is asked for, from an authority in this file; without one, from one that the system trusts.
    Certified(Option<PathBuf>),
}

/// Why a text is no address of a database. Repeats nothing of it: it may hold a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPostgresUrl {
    /// It is not written as an address.
    #[error("it is not written as \"postgres://user:password@host:port/database?parameter=value\": {0}")]
    Malformed(String),
    /// `sslmode` is none of ours.
    #[error("sslmode is none of disable, prefer, require, verify-full")]
    SslMode,
    /// `sslrootcert` is given where nobody looks at it.
    #[error("sslrootcert is looked at with sslmode=verify-full only")]
    UselessRoot,
    /// `connections` is not a number of connections.
    #[error("connections is a number from 1 to 1000")]
    Connections,
}

/// How many connections a server holds at most, beside the one that follows the feed.
const CONNECTIONS: usize = 16;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// How long sent data may stay without an answer of the other machine before it is taken for gone.
const SILENCE: Duration = Duration::from_secs(5);
const KEEPALIVE: Duration = Duration::from_secs(10);

impl FromStr for PostgresUrl {
    type Err = BadPostgresUrl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (address, query) = text.split_once('?').unwrap_or((text, ""));
        let (mut mode, mut root, mut connections, mut rest) =
            (SslMode::Prefer, None, CONNECTIONS, Vec::new());
        let mut verified = false;
        for (pair, (name, value)) in
            query.split('&').filter(|pair| !pair.is_empty()).zip(form_urlencoded::parse(query.as_bytes()))
        {
            match &*name {
                "sslmode" => (mode, verified) = ssl_mode(&value)?,
                "sslrootcert" => root = Some(PathBuf::from(&*value)),
                "connections" => connections = number(&value)?,
                _ => rest.push(pair),
            }
        }
        if root.is_some() && !verified {
            return Err(BadPostgresUrl::UselessRoot);
        }
        let trust = if verified { Trust::Certified(root) } else { Trust::Anybody };
        let config = [address, "?", &rest.join("&")].concat().parse::<Config>();
        let mut config = config.map_err(|error| BadPostgresUrl::Malformed(told(&error)))?;
        if config.get_hosts().iter().any(is_no_host) {
            return Err(BadPostgresUrl::Malformed("invalid host".to_owned()));
        }
        config.ssl_mode(mode);
        settle(&mut config);
        Ok(Self { config, trust, connections })
    }
}

/// No host has an `@` in its name: what stands there belongs before the host, and may be a password.
fn is_no_host(host: &Host) -> bool {
    matches!(host, Host::Tcp(name) if name.contains('@'))
}

/// Whether to encrypt, and whether to look at the certificate.
fn ssl_mode(value: &str) -> Result<(SslMode, bool), BadPostgresUrl> {
    match value {
        "disable" => Ok((SslMode::Disable, false)),
        "prefer" => Ok((SslMode::Prefer, false)),
        "require" => Ok((SslMode::Require, false)),
        "verify-full" => Ok((SslMode::Require, true)),
        _ => Err(BadPostgresUrl::SslMode),
    }
}

fn number(value: &str) -> Result<usize, BadPostgresUrl> {
    let number = value.parse().ok().filter(|number| (1..=1_000).contains(number));
    number.ok_or(BadPostgresUrl::Connections)
}

/// What is wrong, without what was written: the library names parameters, not values.
fn told(error: &tokio_postgres::Error) -> String {
    let said = std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string);
    let is_a_name = |text: &str| text.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    // What it quotes may be anything, where an address is written wrongly: also a password.
    match said.split_once('`') {
        Some((before, quoted)) if !is_a_name(quoted.trim_end_matches('`')) => format!("{before}`…`"),
        _ => said,
    }
}

/// What nobody said, we say.
fn settle(config: &mut Config) {
    if config.get_application_name().is_none() {
        config.application_name("bitjang");
    }
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(CONNECT_TIMEOUT);
    }
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(SILENCE);
    }
    // Of several, the one that takes writes: a session's end must not be looked for in a copy that lags behind.
    if config.get_hosts().len() > 1 && config.get_target_session_attrs() == TargetSessionAttrs::Any {
        config.target_session_attrs(TargetSessionAttrs::ReadWrite);
    }
    config.keepalives_idle(KEEPALIVE);
}

impl PostgresUrl {
    /// Whether somebody between us and the database could read along.
    pub fn is_verified(&self) -> bool {
        let local = |host: &Host| match host {
            Host::Tcp(name) => {
                name == "localhost" || name.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
            }
            #[cfg(unix)]
            Host::Unix(_) => true,
        };
        matches!(self.trust, Trust::Certified(_)) || self.config.get_hosts().iter().all(local)
    }
}

impl fmt::Display for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("postgres://")?;
        let ports = self.config.get_ports();
        for (nth, host) in self.config.get_hosts().iter().enumerate() {
            let comma = if nth == 0 { "" } else { "," };
            let port = ports.get(nth).or(ports.first()).map(|port| format!(":{port}")).unwrap_or_default();
            match host {
                Host::Tcp(name) => write!(f, "{comma}{name}{port}")?,
                #[cfg(unix)]
                Host::Unix(path) => write!(f, "{comma}{}{port}", path.display())?,
            }
        }
        write!(f, "/{}", self.config.get_dbname().or(self.config.get_user()).unwrap_or_default())
    }
}

impl fmt::Debug for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostgresUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_prints_without_its_secrets() {
        for (text, shown) in [
            ("postgres://me:hunter2@db:5433/app?sslmode=require", "postgres://db:5433/app"),
            ("postgresql://me:hunter2@one,two:5433/app", "postgres://one:5432,two:5433/app"),
            ("postgres://me@localhost", "postgres://localhost:5432/me"),
            (
                "postgres:///app?host=/run/postgresql&user=me&password=hunter2",
                "postgres:///run/postgresql/app",
            ),
        ] {
            let url: PostgresUrl = text.parse().unwrap();
            assert_eq!((url.to_string().as_str(), format!("{url:?}").contains("hunter2")), (shown, false));
        }
    }

    #[test]
    fn what_is_wrong_with_an_address_is_told_without_its_secrets() {
        for (text, expected) in [
            ("postgres://me:hunter2@db/app?sslmode=verify-ca", "sslmode is none of"),
            ("postgres://me:hunter2@db/app?sslrootcert=/ca.pem", "sslrootcert is looked at"),
            ("postgres://me:hunter2@db/app?connections=0", "connections is a number"),
            ("postgres://me:hunter2@db:port/app", "it is not written as"),
            ("postgres://me:hunter2@db/app?passwort=hunter2", "it is not written as"),
            ("postgres://me@db/app?x:hunter2@y=1", "it is not written as"),
        ] {
            let told = text.parse::<PostgresUrl>().unwrap_err().to_string();
            assert!(told.contains(expected) && !told.contains("hunter2"), "{told}");
        }
    }

    #[test]
    fn only_a_certificate_or_this_very_machine_is_trusted() {
        for (text, verified) in [
            ("postgres://db/app", false),
            ("postgres://db/app?sslmode=require", false),
            ("postgres://db/app?sslmode=verify-full&sslrootcert=/etc/ca.pem", true),
            ("postgres://127.0.0.1/app", true),
            ("postgres://localhost,db/app", false),
        ] {
            assert_eq!(text.parse::<PostgresUrl>().unwrap().is_verified(), verified, "{text}");
        }
    }
}
