//! Starting the binary, talking to it, and ending it by its id.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

pub(crate) const PASSWORD: &str = "turnips resent accordions";

/// The binary, or the one that `BITJANG_TEST_PROGRAM` names, in `folder`, with nothing of this process's environment that is ours, and with cheap passwords.
pub(crate) fn bitjang(folder: &Path, arguments: &[&str]) -> Command {
    let chosen = std::env::var_os("BITJANG_TEST_PROGRAM");
    let program = chosen.unwrap_or_else(|| env!("CARGO_BIN_EXE_bitjang").into());
    command(Path::new(&program), folder, arguments)
}

fn command(program: &Path, folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("BITJANG_")) {
        command.env_remove(name);
    }
    command.args(arguments).current_dir(folder);
    command.env("BITJANG_PASSWORD__MEMORY_KIB", "8").env("BITJANG_PASSWORD__ITERATIONS", "1");
    // Nobody balances here.
    command.env("BITJANG_LINGER_SECONDS", "0");
    command.env("BITJANG_LISTEN", "127.0.0.1:0").env("BITJANG_ADMIN_LISTEN", "127.0.0.1:0");
    command
}

/// An example of this crate, in `folder`. Cargo puts examples beside the binary, and builds them with the tests.
pub(crate) fn example(name: &str, folder: &TempDir) -> Command {
    let example = Path::new(env!("CARGO_BIN_EXE_bitjang")).with_file_name("examples").join(name);
    command(&example, folder.path(), &[])
}

/// Runs the binary to its end, with `input` as its standard input.
pub(crate) fn run(folder: &Path, arguments: &[&str], input: &str) -> Output {
    finish(bitjang(folder, arguments), input)
}

/// Runs a command to its end, with `input` as its standard input.
pub(crate) fn finish(mut command: Command, input: &str) -> Output {
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A binary that does not read its input may be gone already.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

/// What the binary says when all is well.
pub(crate) fn good(folder: &Path, arguments: &[&str], input: &str) -> String {
    let output = run(folder, arguments, input);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// What the binary says on standard error when it fails.
pub(crate) fn bad(folder: &Path, arguments: &[&str], input: &str) -> String {
    let output = run(folder, arguments, input);
    assert!(!output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8(output.stderr).unwrap()
}

/// A server that runs; killed when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: String,
    pub(crate) admin: String,
}

impl Server {
    /// Starts a server on `bitjang-data` in `folder` and waits until it says that it is ready.
    pub(crate) fn start(folder: &TempDir) -> Self {
        Self::start_as(bitjang(folder.path(), &["serve"]))
    }

    /// Starts an example of this crate in `folder` and waits until it says that it is ready.
    pub(crate) fn start_example(name: &str, folder: &TempDir) -> Self {
        Self::start_as(example(name, folder))
    }

    pub(crate) fn start_as(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut line = |prefix| lines.next().unwrap().unwrap().strip_prefix(prefix).unwrap().to_owned();
        let address = line("Bitjang is ready at http://").replace("localhost", "127.0.0.1");
        let admin = line("Metrics are at http://").replace("/metrics", "");
        Self { child, address, admin }
    }

    pub(crate) fn get(&self, path: &str) -> String {
        exchange(&self.address, &format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
    }

    pub(crate) fn get_admin(&self, path: &str) -> String {
        exchange(&self.admin, &format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
    }

    /// The answer to a request with this cookie.
    pub(crate) fn get_with_cookie(&self, path: &str, cookie: &str) -> String {
        exchange(
            &self.address,
            &format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nCookie: {cookie}\r\n\r\n"),
        )
    }

    /// The answer to a request with these headers and this JSON, if there is any.
    pub(crate) fn send(&self, line: &str, headers: &[(&str, &str)], json: &str) -> String {
        let headers: Vec<_> = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let (headers, length) = (headers.concat(), json.len());
        let kind = if json.is_empty() { "" } else { "Content-Type: application/json\r\n" };
        exchange(
            &self.address,
            &format!(
                "{line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}{kind}Content-Length: {length}\r\n\r\n{json}"
            ),
        )
    }

    /// The answer to a form with these headers.
    pub(crate) fn submit(&self, path: &str, headers: &[(&str, &str)], form: &str) -> String {
        let headers: Vec<_> = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let (headers, length) = (headers.concat(), form.len());
        exchange(
            &self.address,
            &format!(
                "POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{form}"
            ),
        )
    }

    /// Signs in and says with which status.
    pub(crate) fn sign_in(&self, identifier: &str, password: &str) -> String {
        self.answer_to_sign_in(identifier, password)[9..12].to_owned()
    }

    /// Signs in and gives the whole answer back.
    pub(crate) fn answer_to_sign_in(&self, identifier: &str, password: &str) -> String {
        let body = format!(r#"{{"identifier":"{identifier}","password":"{password}"}}"#);
        self.send("POST /v1/session", &[], &body)
    }

    /// The cookie of a new session.
    pub(crate) fn cookie_of(&self, identifier: &str) -> String {
        let answer = self.answer_to_sign_in(identifier, PASSWORD);
        let set = answer.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap();
        set.split(';').next().unwrap().to_owned()
    }

    /// Halts it: connections stay open, and nobody answers.
    pub(crate) fn pause(&self) {
        kill_process(Pid::from_child(&self.child), Signal::STOP).unwrap();
    }

    /// Lets it go on.
    pub(crate) fn resume(&self) {
        kill_process(Pid::from_child(&self.child), Signal::CONT).unwrap();
    }

    /// Its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Has it read its policies again.
    pub(crate) fn hang_up(&self) {
        kill_process(Pid::from_child(&self.child), Signal::HUP).unwrap();
    }

    /// Asks it to stop, waits until it has, and gives back its log.
    pub(crate) fn stop(mut self) -> String {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
        assert!(self.child.wait().unwrap().success());
        let mut log = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        log
    }

    /// Takes it down without warning.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// An app that follows a server; killed when dropped.
pub(crate) struct App {
    child: Child,
    address: String,
}

impl App {
    /// Starts an example of this crate that follows `issuer`, and waits until it says that it is ready.
    pub(crate) fn start(name: &str, folder: &TempDir, issuer: &Server) -> Self {
        let port = issuer.address.split_once(':').unwrap().1;
        let mut command = example(name, folder);
        command.env("ISSUER", format!("http://localhost:{port}"));
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let line = BufReader::new(child.stdout.take().unwrap()).lines().next().unwrap().unwrap();
        let address = line.strip_prefix("The app is ready at http://").unwrap().to_owned();
        Self { child, address }
    }

    /// The answer to a request with this access token.
    pub(crate) fn get(&self, path: &str, token: &str) -> String {
        let bearer = format!("Authorization: Bearer {token}\r\n");
        exchange(
            &self.address,
            &format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{bearer}\r\n"),
        )
    }
}

impl Drop for App {
    fn drop(&mut self) {
        // It may have ended already, when something in it failed.
        let _ = (self.child.kill(), self.child.wait());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already, as it was told to.
        let _ = (self.child.kill(), self.child.wait());
    }
}

fn exchange(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}
