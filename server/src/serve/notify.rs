//! What the service manager is told, by the protocol of `sd_notify(3)`: datagrams to the socket that `NOTIFY_SOCKET` names.

use std::ffi::OsStr;
use std::io;
#[cfg(target_os = "linux")]
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};

/// What it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The store is open and the listeners listen.
    Ready,
    /// Requests that are under way are finished, new ones are not taken.
    Stopping,
}

/// Tells it, if there is one. That it cannot be told is its affair: it notices by itself that nobody spoke.
pub fn tell(notice: Notice) {
    let Some(socket) = std::env::var_os("NOTIFY_SOCKET") else { return };
    if let Err(error) = send(notice, &socket) {
        tracing::warn!(%error, "the service manager cannot be told");
    }
}

fn send(notice: Notice, socket: &OsStr) -> io::Result<()> {
    let text = match notice {
        Notice::Ready => "READY=1",
        Notice::Stopping => "STOPPING=1",
    };
    UnixDatagram::unbound()?.send_to_addr(text.as_bytes(), &address(socket)?).map(drop)
}

/// A path, or, with an `@` in front, a name that is in no folder, which Linux alone has.
fn address(socket: &OsStr) -> io::Result<SocketAddr> {
    #[cfg(target_os = "linux")]
    if let Some(name) = socket.as_bytes().strip_prefix(b"@") {
        use std::os::linux::net::SocketAddrExt as _;
        return SocketAddr::from_abstract_name(name);
    }
    SocketAddr::from_pathname(socket)
}
