//! What goes wrong around the server: no more files, a log that nobody reads.

use std::net::TcpStream;
use std::process::Command;

use tempfile::tempdir;

use super::Target;
use crate::process::{Server, bitjang};

#[test]
fn out_of_open_files_it_waits_and_serves_again() {
    let folder = tempdir().unwrap();
    let serve = bitjang(folder.path(), &["serve"]);
    let mut command = Command::new("sh");
    command
        .args(["-c", "ulimit -n 60; exec \"$0\" serve"])
        .arg(serve.get_program())
        .current_dir(folder.path());
    command.envs(serve.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let server = Server::start_as(command);
    let crowd: Vec<_> = (0..100).map(|_| TcpStream::connect(&server.address).unwrap()).collect();
    drop(crowd);
    assert!(server.get("/readyz").starts_with("HTTP/1.1 200 "));
}

#[test]
fn a_log_that_nobody_reads_holds_nobody_up() {
    // Its log is a pipe, which these tests read when it has stopped: it is full long before.
    let target = Target::with(&[("BITJANG_LOG__LEVEL", "trace")]);
    for _ in 0..2_000 {
        assert_eq!(target.server.check(&target.cookie), "200");
    }
}
