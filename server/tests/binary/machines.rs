//! What service managers and health checks meet.

use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

use tempfile::tempdir;

use crate::process::{Server, bad, bitjang, good};

/// A service manager that hears, for ten seconds at most, what is told to it.
fn listening(manager: UnixDatagram) -> impl Fn() -> String {
    manager.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    move || {
        let mut told = [0; 64];
        let length = manager.recv(&mut told).unwrap();
        String::from_utf8_lossy(told.get(..length).unwrap()).into_owned()
    }
}

#[test]
fn the_service_manager_is_told_of_start_and_stop() {
    let folder = tempdir().unwrap();
    let socket = folder.path().join("notify");
    let heard = listening(UnixDatagram::bind(&socket).unwrap());
    let mut command = bitjang(folder.path(), &["serve"]);
    command.env("NOTIFY_SOCKET", &socket);
    let server = Server::start_as(command);
    assert_eq!(heard(), "READY=1");
    server.stop();
    assert_eq!(heard(), "STOPPING=1");
}

#[test]
fn a_service_manager_without_a_path_is_told_too() {
    let folder = tempdir().unwrap();
    let name = folder.path().to_str().unwrap();
    let heard = listening(UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(name).unwrap()).unwrap());
    let mut command = bitjang(folder.path(), &["serve"]);
    command.env("NOTIFY_SOCKET", format!("@{name}"));
    let _server = Server::start_as(command);
    assert_eq!(heard(), "READY=1");
}

#[test]
fn a_service_manager_that_is_gone_stops_nobody() {
    let folder = tempdir().unwrap();
    let mut command = bitjang(folder.path(), &["serve"]);
    command.env("NOTIFY_SOCKET", folder.path().join("nobody"));
    let server = Server::start_as(command);
    assert!(server.get("/healthz").starts_with("HTTP/1.1 200 "));
    assert!(server.stop().contains("the service manager cannot be told"));
}

#[test]
fn a_health_check_needs_no_curl() {
    let folder = tempdir().unwrap();
    let server = Server::start(&folder);
    let port = server.address.rsplit_once(':').unwrap().1;
    let everywhere = format!("0.0.0.0:{port}");
    let mut check = bitjang(folder.path(), &["healthy", "--listen", &everywhere]);
    assert!(check.env_remove("BITJANG_ADMIN_LISTEN").output().unwrap().status.success());
    good(folder.path(), &["healthy", "--admin-listen", &server.admin], "");
    let admin = server.admin.clone();
    server.stop();
    let said = bad(folder.path(), &["healthy", "--admin-listen", &admin], "");
    assert!(said.contains(&format!("the server at {admin} does not answer")), "{said}");
}
