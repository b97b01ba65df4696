//! A server for tests leaves nothing behind: also when it is halted, and when the process that started it is killed.

use std::env;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use bitjang_store::testing::Server;

use crate::world::until;

/// Says that this process is the one to be killed.
const VICTIM: &str = "BITJANG_TEST_VICTIM";
const MARK: &str = "halted: ";

/// Where the server's data is, which is gone once the server is.
fn data(server: &Server) -> PathBuf {
    server.run("postgres", "SHOW data_directory").unwrap().into()
}

/// The server's first process, as the system shows it.
fn process(data: &Path) -> PathBuf {
    let pid = fs::read_to_string(data.join("postmaster.pid")).unwrap();
    Path::new("/proc").join(pid.lines().next().unwrap())
}

#[tokio::test]
async fn a_halted_server_ends_when_it_is_dropped() {
    let server = Server::start("").unwrap();
    let data = data(&server);
    let process = process(&data);
    server.pause().unwrap();
    drop(server);
    assert!(!data.exists());
    until("the system has let go of it", async || !process.exists()).await;
}

#[tokio::test]
async fn a_halted_server_ends_when_the_process_that_started_it_is_killed() {
    if env::var_os(VICTIM).is_some() {
        halt_and_wait();
    }
    let mut victim = victim();
    let mut told = BufReader::new(victim.stdout.take().unwrap()).lines().map_while(Result::ok);
    let data = told.find_map(|line| line.split_once(MARK).map(|(_, data)| PathBuf::from(data))).unwrap();
    let process = process(&data);
    assert!(process.exists());
    victim.kill().unwrap();
    victim.wait().unwrap();
    until("it has ended", async || !process.exists() && !data.exists()).await;
}

/// This very test again, as another process.
fn victim() -> Child {
    let name = "ending::a_halted_server_ends_when_the_process_that_started_it_is_killed";
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", name, "--nocapture"]).env(VICTIM, "1").stdout(Stdio::piped()).spawn().unwrap()
}

fn halt_and_wait() -> ! {
    let server = Server::start("").unwrap();
    let data = data(&server);
    server.pause().unwrap();
    println!("{MARK}{}", data.display());
    std::io::stdout().flush().unwrap();
    loop {
        std::thread::park_timeout(Duration::from_secs(3_600));
    }
}
