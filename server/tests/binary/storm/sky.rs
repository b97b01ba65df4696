//! What all clients of a storm share: where the server is at the moment, a clock that ticks with each question and answer, and what each session saw.

use std::collections::{BTreeMap, HashMap};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex};

use serde_json::Value;

use super::checker::{Answer, Request, Witness, explain};
use super::held::Held;

pub(super) struct Sky {
    folder: PathBuf,
    weather: Mutex<Weather>,
    change: Condvar,
    clock: AtomicU64,
    seen: Mutex<HashMap<String, Vec<Request>>>,
    left: Mutex<Vec<Held>>,
    faults: Mutex<Vec<String>>,
    done: Mutex<BTreeMap<&'static str, u64>>,
}

/// What became of a question.
pub(super) struct Exchange {
    /// The tick before it was sent.
    pub(super) asked: u64,
    /// The tick after its answer came, or was known not to come.
    pub(super) answered: u64,
    /// Status and body, if they came whole.
    pub(super) said: Option<(u16, Value)>,
    head: String,
}

impl Exchange {
    /// The value that the cookie `name` was given.
    pub(super) fn cookie(&self, name: &str) -> String {
        let given = |line: &str| {
            Some(line.strip_prefix("set-cookie: ")?.strip_prefix(name)?.strip_prefix('=')?.to_owned())
        };
        let value = self.head.lines().find_map(given).unwrap_or_default();
        value.split(';').next().unwrap_or_default().to_owned()
    }
}

#[derive(Default)]
struct Weather {
    address: Option<String>,
    answers: u64,
    consoles: u64,
    is_over: bool,
}

/// An operator's command that runs, with the server or without it.
pub(super) struct Console<'s>(&'s Sky);

impl Drop for Console<'_> {
    fn drop(&mut self) {
        self.0.set(|weather| weather.consoles -= 1);
    }
}

/// Ends the storm when dropped.
pub(super) struct Clearing<'s>(&'s Sky);

impl Drop for Clearing<'_> {
    fn drop(&mut self) {
        self.0.set(|weather| weather.is_over = true);
    }
}

impl Sky {
    /// Over a server that works in `folder`.
    pub(super) fn over(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            weather: Mutex::default(),
            change: Condvar::new(),
            clock: AtomicU64::new(0),
            seen: Mutex::default(),
            left: Mutex::default(),
            faults: Mutex::default(),
            done: Mutex::default(),
        }
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn clears_when_dropped(&self) -> Clearing<'_> {
        Clearing(self)
    }

    /// The server is at `address` from now on.
    pub(super) fn open(&self, address: &str) {
        self.set(|weather| weather.address = Some(address.to_owned()));
    }

    /// Nobody begins to ask from now on; who has begun goes on.
    pub(super) fn shut(&self) {
        self.set(|weather| weather.address = None);
    }

    /// Waits for a server that an operator's command can speak to; nothing when the storm is over.
    pub(super) fn console(&self) -> Option<Console<'_>> {
        let waiting = |weather: &mut Weather| weather.address.is_none() && !weather.is_over;
        let mut weather = self.change.wait_while(self.weather.lock().unwrap(), waiting).unwrap();
        weather.consoles += 1;
        (!weather.is_over).then(|| Console(self))
    }

    /// Waits until no command is under way: one that finds no server opens the folder itself, and then no server can.
    pub(super) fn wait_for_consoles(&self) {
        let weather = self.weather.lock().unwrap();
        let _weather = self.change.wait_while(weather, |weather| weather.consoles > 0).unwrap();
    }

    /// Waits until so many more questions have been answered.
    pub(super) fn wait_for_answers(&self, many: u64) {
        let weather = self.weather.lock().unwrap();
        let enough = weather.answers + many;
        let _weather = self.change.wait_while(weather, |weather| weather.answers < enough).unwrap();
    }

    fn set(&self, set: impl FnOnce(&mut Weather)) {
        set(&mut self.weather.lock().unwrap());
        self.change.notify_all();
    }

    pub(super) fn is_over(&self) -> bool {
        self.weather.lock().unwrap().is_over
    }

    pub(super) fn tick(&self) -> u64 {
        self.clock.fetch_add(1, Ordering::SeqCst)
    }

    /// Notes what a session saw.
    pub(super) fn note(&self, session: &str, request: Request) {
        self.seen.lock().unwrap().entry(session.to_owned()).or_default().push(request);
    }

    /// Keeps the tokens of a session that was signed out.
    pub(super) fn leave(&self, held: Held) {
        self.left.lock().unwrap().push(held);
    }

    pub(super) fn left(&self) -> Vec<Held> {
        self.left.lock().unwrap().clone()
    }

    /// Counts what a household has done, for sure.
    pub(super) fn count(&self, what: &'static str) {
        *self.done.lock().unwrap().entry(what).or_default() += 1;
    }

    /// Notes what must not happen, whatever explains it.
    pub(super) fn fault(&self, what: String) {
        self.faults.lock().unwrap().push(what);
    }

    /// Waits for a server, and asks it.
    pub(super) fn ask(&self, line: &str, headers: &str, json: &str) -> Exchange {
        let waiting = |weather: &mut Weather| weather.address.is_none() && !weather.is_over;
        let address = self.change.wait_while(self.weather.lock().unwrap(), waiting).unwrap().address.clone();
        let asked = self.tick();
        let told = address.and_then(|address| exchange(&address, &request(line, headers, json)));
        let answered = self.tick();
        if told.is_some() {
            self.set(|weather| weather.answers += 1);
        }
        let (head, said) =
            told.map_or_else(Default::default, |(head, status, body)| (head, Some((status, body))));
        Exchange { asked, answered, said, head }
    }

    /// Prints the shortest of what nothing explains, if there is any.
    pub(super) fn is_explained(&self) {
        let seen = self.seen.lock().unwrap();
        let witnesses = seen.values().filter_map(|requests| explain(requests).err());
        let shortest = witnesses.min_by_key(Witness::len).map(|witness| witness.to_string());
        assert!(shortest.is_none(), "{}", shortest.unwrap_or_default());
        assert!(self.faults.lock().unwrap().is_empty(), "{:#?}", self.faults);
        let requests: usize = seen.values().map(Vec::len).sum();
        let lost = seen.values().flatten().filter(|request| request.answer == Answer::Lost).count();
        assert!(requests > 100 && lost > 0, "it was no storm");
        let done: Vec<_> =
            self.done.lock().unwrap().iter().map(|(what, often)| format!("{what} {often}")).collect();
        let (sessions, done) = (seen.len(), done.join(", "));
        println!(
            "proof: {requests} requests of {sessions} sessions are explained; {lost} had no answer; {done}"
        );
    }
}

fn request(line: &str, headers: &str, json: &str) -> String {
    let content = if json.is_empty() { "" } else { "Content-Type: application/json\r\n" };
    let length = json.len();
    format!(
        "{line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}{content}Content-Length: {length}\r\n\r\n{json}"
    )
}

fn exchange(address: &str, request: &str) -> Option<(String, u16, Value)> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.get(9..12)?.parse().ok()?;
    // Half a body is no answer.
    let body = if status == 204 { Value::Null } else { serde_json::from_str(body).ok()? };
    Some((head.to_owned(), status, body))
}

/// Chances that are the same in each run; who meets whom is not.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn of(seed: u64) -> Self {
        Self(seed)
    }

    /// Less than `end` (`SplitMix64`).
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % end
    }

    /// Which of so many.
    pub(super) fn index(&mut self, many: usize) -> usize {
        usize::try_from(self.below(many as u64)).unwrap()
    }
}
