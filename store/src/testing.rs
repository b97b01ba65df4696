//! PostgreSQL and Redis servers for tests: private ones, on free ports, in temporary folders, gone with the process that started them, however that ends.

mod cluster;
mod redis;

pub use self::cluster::RedisCluster;
pub use self::redis::Redis;

use std::fs;
use std::io::{self, BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::process::{Pid, Signal, getuid, kill_process};

/// A PostgreSQL server. Dropping it ends it and removes its folder.
pub struct Server {
    folder: PathBuf,
    port: u16,
    databases: AtomicU32,
    keeper: Child,
}

/// Starts the server, and ends it and removes its folder once nobody holds the other end of its input: also when that one was killed. What was halted would not hear that it
/// shall end, so it goes on first.
const KEEPER: &str = r#"trap "" INT TERM HUP; folder="$1"; shift
"$@" start >"$folder/start" 2>&1 && echo ready; read -r _
if read -r pid <"$folder/data/postmaster.pid"; then kill -CONT "$pid" $(cat "/proc/$pid/task/$pid/children"); fi 2>/dev/null
"$@" -m immediate stop >"$folder/stop" 2>&1; rm -rf -- "$folder""#;

/// What every server is told: fast rather than safe from power cuts, and seen by this machine alone.
const SETTINGS: &str =
    "-c fsync=off -c full_page_writes=off -c listen_addresses=127.0.0.1 -c log_min_messages=fatal";

/// Why there is no server.
fn failed(why: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::other(why)
}

impl Server {
    /// A server of one's own, with these settings beside the usual ones, such as `-c max_connections=5`.
    pub fn start(settings: &str) -> io::Result<Self> {
        Self::run_in(initialised()?, settings)
    }

    /// A server that speaks TLS, as `localhost`; the file of the certificate that proves it.
    pub fn start_encrypted() -> io::Result<(Self, PathBuf)> {
        let folder = initialised()?;
        let certificate = certify(as_owner(Path::new("openssl")), &folder.join("data"))?;
        Ok((Self::run_in(folder, "-c ssl=on")?, certificate))
    }

    fn run_in(folder: PathBuf, settings: &str) -> io::Result<Self> {
        let data = folder.join("data");
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let options =
            format!("-p {port} -c unix_socket_directories={} {SETTINGS} {settings}", folder.display());
        let pg_ctl = pg_ctl(&data, &options)?;
        let mut keeper = Command::new("sh")
            .args(["-c", KEEPER, "sh"])
            .arg(&folder)
            .arg(pg_ctl.get_program())
            .args(pg_ctl.get_args())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut said = String::new();
        let told = keeper.stdout.take().ok_or_else(|| failed("no output"))?;
        BufReader::new(told).read_line(&mut said)?;
        fs::write(folder.join("options"), options)?;
        let server = Self { folder, port, databases: AtomicU32::new(0), keeper };
        if said.trim() == "ready" { Ok(server) } else { Err(failed(server.log())) }
    }

    /// The server that all tests of this process share.
    pub fn shared() -> io::Result<&'static Self> {
        static SHARED: OnceLock<io::Result<Server>> = OnceLock::new();
        let shared = SHARED.get_or_init(|| Self::start("-c max_connections=400"));
        shared.as_ref().map_err(|error| failed(error.to_string()))
    }

    /// The address of a new, empty database.
    pub fn database(&self) -> io::Result<String> {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.run("postgres", &format!("CREATE DATABASE {name}"))?;
        Ok(self.address(&name))
    }

    /// The address of a database.
    pub fn address(&self, name: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{name}", self.port)
    }

    /// Another server that follows this one. From now on this one confirms a commit only when the other has it too.
    pub fn synchronous_standby(&self) -> io::Result<Self> {
        let folder = folder_of_its_own()?;
        let mut copy = program("pg_basebackup")?;
        copy.args(["-h", "127.0.0.1", "-U", "postgres", "-p", &self.port.to_string(), "--no-sync"]);
        copy.args(["--checkpoint=fast", "--write-recovery-conf", "--pgdata"]).arg(folder.join("data"));
        succeed(&mut copy)?;
        let standby = Self::run_in(folder, "")?;
        self.run("postgres", "ALTER SYSTEM SET synchronous_standby_names = '*'")?;
        self.run("postgres", "SELECT pg_reload_conf()")?;
        Ok(standby)
    }

    /// Has a standby take writes, as the primary that it followed did.
    pub fn promote(&self) -> io::Result<()> {
        self.run("postgres", "SELECT pg_promote()").map(drop)
    }

    /// What a statement prints, run in the database of this name or address.
    pub fn run(&self, database: &str, sql: &str) -> io::Result<String> {
        let name = database.rsplit('/').next().unwrap_or(database);
        let mut psql = program("psql")?;
        psql.args(["-h", "127.0.0.1", "-U", "postgres", "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1"]);
        // What makes the server read-only can be undone.
        psql.env("PGOPTIONS", "-c default_transaction_read_only=off");
        succeed(psql.args(["-p", &self.port.to_string(), "-d", name, "-c", sql]))
    }

    /// Ends it in order: connections are closed, requests that are under way are not finished.
    pub fn stop(&self) -> io::Result<()> {
        succeed(pg_ctl(&self.data(), "")?.args(["-m", "fast", "stop"])).map(drop)
    }

    /// Takes it down without warning.
    pub fn kill(&self) -> io::Result<()> {
        let pids = self.processes()?;
        for pid in pids {
            // Some end by themselves when the first one has.
            let _gone = kill_process(pid, Signal::KILL);
        }
        Ok(())
    }

    /// Halts all its processes, so that connections stay open and nobody answers.
    pub fn pause(&self) -> io::Result<()> {
        self.signal(Signal::STOP)
    }

    /// Lets its processes go on.
    pub fn resume(&self) -> io::Result<()> {
        self.signal(Signal::CONT)
    }

    fn signal(&self, signal: Signal) -> io::Result<()> {
        self.processes()?.into_iter().try_for_each(|pid| Ok(kill_process(pid, signal)?))
    }

    /// The first process, which the others are children of, and those.
    fn processes(&self) -> io::Result<Vec<Pid>> {
        let pid = fs::read_to_string(self.data().join("postmaster.pid"))?;
        let pid = pid.lines().next().unwrap_or_default();
        let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"))?;
        let all = std::iter::once(pid).chain(children.split_whitespace());
        Ok(all.filter_map(|pid| Pid::from_raw(pid.parse().ok()?)).collect())
    }

    /// Starts it again, on the same port, with what it had on its disk.
    pub fn start_again(&self) -> io::Result<()> {
        let options = fs::read_to_string(self.folder.join("options"))?;
        succeed(pg_ctl(&self.data(), &options)?.arg("start").stdout(Stdio::null())).map(drop)
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn log(&self) -> String {
        let read = |name| fs::read_to_string(self.folder.join(name)).unwrap_or_default();
        [read("start"), read("log")].concat()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        // An error means that it has ended already.
        let _ended = self.keeper.wait();
    }
}

/// Makes a key and a certificate for `localhost` in `folder`, as `server.key` and `server.crt`; where the certificate is.
fn certify(mut openssl: Command, folder: &Path) -> io::Result<PathBuf> {
    let (key, certificate) = (folder.join("server.key"), folder.join("server.crt"));
    openssl.args([
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "2",
    ]);
    openssl.args(["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]);
    openssl.args(["-addext", "basicConstraints=critical,CA:FALSE"]);
    succeed(openssl.arg("-keyout").arg(key).arg("-out").arg(&certificate))?;
    Ok(certificate)
}

/// An empty folder of whoever the programs are run as.
fn folder_of_its_own() -> io::Result<PathBuf> {
    let folder = tempfile::Builder::new().prefix("bitjang-postgres-").tempdir()?.keep();
    std::os::unix::fs::chown(&folder, owner()?, None)?;
    Ok(folder)
}

/// A folder with an empty cluster in it.
fn initialised() -> io::Result<PathBuf> {
    let folder = folder_of_its_own()?;
    let mut initdb = program("initdb")?;
    initdb.args(["--no-sync", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8"]);
    succeed(initdb.arg("--pgdata").arg(folder.join("data")))?;
    Ok(folder)
}

fn pg_ctl(data: &Path, options: &str) -> io::Result<Command> {
    let log = data.with_file_name("log");
    let mut pg_ctl = program("pg_ctl")?;
    pg_ctl.arg("-D").arg(data).arg("-l").arg(log).args(["-w", "-s", "-o", options]);
    Ok(pg_ctl)
}

fn succeed(command: &mut Command) -> io::Result<String> {
    // pg_ctl leaves the server behind, which keeps what it was given open: files, not pipes.
    let mut output = tempfile::tempfile()?;
    let status =
        command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output.try_clone()?).status()?;
    let mut said = String::new();
    io::Seek::rewind(&mut output)?;
    io::Read::read_to_string(&mut output, &mut said)?;
    if status.success() { Ok(said.trim().to_owned()) } else { Err(failed(format!("{command:?}: {said}"))) }
}

/// A program of PostgreSQL's, run as somebody it agrees to be run by.
fn program(name: &str) -> io::Result<Command> {
    Ok(as_owner(&folder()?.join(name)))
}

fn as_owner(program: &Path) -> Command {
    if !getuid().is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command
        .args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "--"])
        .arg(program)
        .current_dir("/");
    command
}

/// Who the programs are run as.
fn owner() -> io::Result<Option<u32>> {
    if !getuid().is_root() {
        return Ok(None);
    }
    let id = Command::new("id").args(["-u", "postgres"]).output()?.stdout;
    Ok(Some(String::from_utf8_lossy(&id).trim().parse().map_err(failed)?))
}

/// Where Debian keeps the programs of the latest PostgreSQL that is installed.
fn folder() -> io::Result<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let latest =
        versions.map(|version| version.path().join("bin")).filter(|bin| bin.join("initdb").exists()).max();
    latest.ok_or_else(|| failed("PostgreSQL is missing: install the Debian package postgresql"))
}
