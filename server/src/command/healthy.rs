//! `healthy`: asks the server that runs with this configuration whether it is alive, where there is no curl.

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail};
use bitjang::config::Config;

/// A server that is alive answers at once.
const SOON: Duration = Duration::from_secs(2);

/// The longest beginning of an answer that is looked at.
const STATUS_LINE: usize = 64;

/// Succeeds if the server answers `/healthz`. It listens before it opens its store and answers after that, so the first success says that it has started.
pub(super) fn healthy(config: &Config) -> anyhow::Result<ExitCode> {
    let address = reachable(config.admin_listen.unwrap_or(config.listen));
    let status = status(address).with_context(|| format!("the server at {address} does not answer"))?;
    if !status.starts_with("HTTP/1.1 200 ") {
        bail!("the server at {address} answers {status:?}");
    }
    Ok(ExitCode::SUCCESS)
}

/// The first line of the answer to `/healthz`.
fn status(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, SOON)?;
    stream.set_read_timeout(Some(SOON))?;
    stream.set_write_timeout(Some(SOON))?;
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut answer = [0; STATUS_LINE];
    let length = stream.read(&mut answer)?;
    let answer = String::from_utf8_lossy(answer.get(..length).unwrap_or_default()).into_owned();
    Ok(answer.lines().next().unwrap_or_default().to_owned())
}

/// Who listens on all addresses is found on this machine's own.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}
