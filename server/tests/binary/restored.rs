//! A server whose store was restored from a backup, and a verifier that followed it before.
#![expect(clippy::disallowed_methods, reason = "a verifier's clocks that are ahead of the real ones")]

use std::fs;
use std::io;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use bitjang_core::Time;
use bitjang_guard::verifier::{Clocks, Health, Moment, Refused, Verifier};
use tempfile::{TempDir, tempdir};
use tokio::runtime::Runtime;

use crate::process::{PASSWORD, Server, bitjang, good};
use crate::program::Program;

/// How long an app may be without news.
const BOUND: Duration = Duration::from_secs(10);

#[test]
fn who_followed_a_server_before_it_was_restored_hears_of_what_ends_there() {
    let (folder, backup, door) = (tempdir().unwrap(), tempdir().unwrap(), Door::open());
    let server = door.start(&folder);
    good(folder.path(), &["account", "add", "mina", "--password-stdin"], PASSWORD);
    let [one, others @ ..] = [(); 5].map(|()| Program::signed_in(&server, "mina"));
    server.stop();
    copy(folder.path(), backup.path());

    let server = door.start(&folder);
    let (runtime, ahead) = (Runtime::new().unwrap(), Arc::new(Ahead::default()));
    let verifier = {
        let _entered = runtime.enter();
        let clocks: Arc<Ahead> = Arc::clone(&ahead);
        Verifier::follow(&door.url()).max_staleness(BOUND).clocks(clocks).start().unwrap()
    };
    let until = |fares: &dyn Fn(&Health) -> bool| {
        let fared = async { tokio::time::timeout(2 * BOUND, verifier.until(fares)).await };
        runtime.block_on(fared).unwrap();
    };
    runtime.block_on(verifier.ready());
    for other in &others {
        assert_eq!(other.call(&server, "DELETE /v1/session"), 204);
    }
    until(&|health| health.entries == 4);
    // Whoever has followed for less than a minute begins at the start anyway.
    for _ in 0..2 {
        let before = verifier.health();
        ahead.by_a_minute();
        until(&|health| health.connections > before.connections && health.heartbeats > before.heartbeats + 1);
    }
    assert!(verifier.verify(&one.access_token).is_ok());

    server.kill();
    copy(backup.path(), folder.path());
    let server = door.start(&folder);
    assert_eq!(one.call(&server, "DELETE /v1/session"), 204);
    let began = Instant::now();
    while verifier.verify(&one.access_token).err() != Some(Refused::Revoked) {
        assert!(began.elapsed() < BOUND, "the sign-out is not heard: {:?}", verifier.health());
        thread::yield_now();
    }
    for other in &others {
        assert_eq!(other.call(&server, "GET /v1/session"), 200, "the backup knows of no sign-out");
        assert_eq!(
            verifier.verify(&other.access_token).err(),
            Some(Refused::Revoked),
            "but the verifier does"
        );
    }
    assert_eq!(verifier.health().distrusted, 0);
}

fn copy(from: &Path, to: &Path) {
    let [from, to] = [from, to].map(|folder| folder.join("bitjang-data"));
    // What a crash left behind is not part of a backup.
    let _none_yet = fs::remove_dir_all(&to);
    fs::create_dir(&to).unwrap();
    fs::copy(from.join("bitjang.db"), to.join("bitjang.db")).unwrap();
}

/// One address, whichever server is behind it.
pub(crate) struct Door {
    port: u16,
    behind: Arc<Mutex<String>>,
}

impl Door {
    pub(crate) fn open() -> Self {
        let (listener, behind) = (TcpListener::bind("127.0.0.1:0").unwrap(), Arc::<Mutex<String>>::default());
        let (port, inside) = (listener.local_addr().unwrap().port(), Arc::clone(&behind));
        thread::spawn(move || {
            for near in listener.incoming().map_while(Result::ok) {
                let address = inside.lock().unwrap().clone();
                // Where nobody is behind it, it is closed again.
                if let Ok(far) = TcpStream::connect(address) {
                    pass(near.try_clone().unwrap(), far.try_clone().unwrap());
                    pass(far, near);
                }
            }
        });
        Self { port, behind }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn start(&self, folder: &TempDir) -> Server {
        self.start_on(folder, "embedded:bitjang-data")
    }

    /// A server on this store, which is behind the door from now on.
    pub(crate) fn start_on(&self, folder: &TempDir, store: &str) -> Server {
        let mut command = bitjang(folder.path(), &["serve", "--store-url", store]);
        command.env("BITJANG_TOKENS__ISSUER", self.url()).env("BITJANG_TOKENS__AUDIENCE", self.url());
        let server = Server::start_as(command);
        self.behind.lock().unwrap().clone_from(&server.address);
        server
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream) {
    thread::spawn(move || {
        // However it ends, it has ended.
        let _ = (io::copy(&mut from, &mut to), to.shutdown(Shutdown::Write));
    });
}

/// Clocks that are ahead of the real ones by whole minutes.
struct Ahead {
    began: Instant,
    minutes: AtomicU64,
}

impl Default for Ahead {
    fn default() -> Self {
        Self { began: Instant::now(), minutes: AtomicU64::new(0) }
    }
}

impl Ahead {
    fn by_a_minute(&self) {
        self.minutes.fetch_add(1, Ordering::SeqCst);
    }
}

impl Clocks for Ahead {
    fn now(&self) -> Moment {
        let ahead = Duration::from_mins(self.minutes.load(Ordering::SeqCst));
        let wall = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap() + ahead;
        let wall = Time::from_micros(i64::try_from(wall.as_micros()).unwrap());
        Moment { wall, steady: self.began.elapsed() + ahead }
    }
}
