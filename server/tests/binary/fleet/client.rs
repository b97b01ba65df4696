//! Clients of three servers: each request goes to another one, and everything is noted.

use std::sync::atomic::{AtomicBool, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bitjang_core::ratchet::Branch;
use serde_json::{Value, json};

use super::history::History;
use super::line::{Heard, Line, Reply, ask, request};
use crate::process::PASSWORD;
use crate::storm::checker::{Answer, Call, Request, Token};
use crate::storm::sky::Dice;

/// Where the servers are, what becomes of requests to them, and whether it is over.
pub(super) struct Field {
    pub(super) history: History,
    pub(super) addresses: Vec<String>,
    /// Who is sent requests: a balancer takes those out that say they are not ready.
    pub(super) ready: Vec<AtomicBool>,
    over: AtomicBool,
    weather: Weather,
}

/// What clients have to reckon with.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Weather {
    /// Every request is answered.
    Fair,
    /// Some are answered with 503, or not at all.
    Foul,
}

/// Ends what clients do when dropped.
pub(super) struct Over<'f>(&'f Field);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.over.store(true, Ordering::SeqCst);
    }
}

impl Field {
    pub(super) fn new(addresses: Vec<String>, weather: Weather) -> Self {
        let ready = addresses.iter().map(|_| AtomicBool::new(true)).collect();
        Self { history: History::begin(), addresses, ready, over: AtomicBool::new(false), weather }
    }

    pub(super) fn over_when_dropped(&self) -> Over<'_> {
        Over(self)
    }

    pub(super) fn is_over(&self) -> bool {
        self.over.load(Ordering::SeqCst)
    }
}

/// What a client holds of its session.
#[derive(Clone)]
pub(super) struct Held {
    pub(super) session: String,
    proof: Proof,
}

#[derive(Clone)]
enum Proof {
    Tokens { access: String, refresh: String },
    Cookie { cookie: String, csrf: String },
}

/// Who asks: one request at a time, at another server each time.
pub(super) struct Client<'f> {
    field: &'f Field,
    lines: Vec<Option<Line>>,
    turn: usize,
    identifier: String,
}

struct Exchange {
    asked: u64,
    answered: u64,
    was_sent: bool,
    reply: Option<Reply>,
}

impl<'f> Client<'f> {
    /// The `nth` client, which begins at another server than the one before.
    pub(super) fn new(field: &'f Field, nth: usize) -> Self {
        let lines = field.addresses.iter().map(|_| None).collect();
        Self { field, lines, turn: nth, identifier: format!("client-{nth}") }
    }

    /// An honest client that keeps its tokens to itself: nobody but itself ends its session.
    pub(super) fn stays_alone(mut self, carrier: &str, mut dice: Dice) {
        self.signs_up();
        while let Some(mut held) = self.signs_in(carrier) {
            while !self.field.is_over() {
                let answer = match dice.below(40) {
                    0 => {
                        self.leaves(&held);
                        break;
                    }
                    // Its answer gets lost on the way.
                    1..=4 => self.refreshes(&mut held.clone()),
                    5..=15 => self.refreshes(&mut held),
                    _ => self.checks(&held),
                };
                if matches!(answer, Answer::Refused | Answer::Reuse) {
                    self.field.history.fault(format!("{answer:?} for the honest client of {}", held.session));
                    break;
                }
            }
        }
    }

    /// An owner and a thief, each with a sibling of one token, which both go on at once, at different servers.
    pub(super) fn meets(mut self, mut thief: Self) {
        self.signs_up();
        while let Some(first) = self.signs_in("bearer") {
            let (mut mine, mut theirs) = (first.clone(), first.clone());
            self.refreshes(&mut mine);
            thief.refreshes(&mut theirs);
            std::thread::scope(|scope| {
                scope.spawn(|| self.refreshes(&mut mine));
                scope.spawn(|| thief.refreshes(&mut theirs));
            });
            for held in [&mut mine, &mut theirs] {
                self.refreshes(held);
                thief.checks(held);
            }
        }
    }

    fn signs_up(&mut self) {
        let body = json!({"identifier": self.identifier, "password": PASSWORD}).to_string();
        while !self.field.is_over() {
            // 409: the answer to the first time was lost.
            if self
                .asks("POST /v1/accounts", "", &body)
                .reply
                .is_some_and(|it| matches!(it.status, 201 | 409))
            {
                return;
            }
        }
    }

    /// Begins a session; nothing when it is over.
    pub(super) fn signs_in(&mut self, carrier: &str) -> Option<Held> {
        let body =
            json!({"identifier": self.identifier, "password": PASSWORD, "carrier": carrier}).to_string();
        while !self.field.is_over() {
            match self.asks("POST /v1/session", "", &body).reply {
                Some(reply) if reply.status == 201 => return Some(Held::of(&reply)),
                Some(reply) if reply.status == 401 => {
                    self.field.history.fault("a right password was refused".to_owned());
                }
                _ => {}
            }
        }
        None
    }

    pub(super) fn checks(&mut self, held: &Held) -> Answer {
        let exchange = self.asks("GET /v1/session", &held.headers(), "");
        self.notes(held, Call::Check, exchange, Answer::SignedIn)
    }

    /// Presents the refresh token, and keeps what is given; with a cookie there is none, and it looks instead.
    pub(super) fn refreshes(&mut self, held: &mut Held) -> Answer {
        let Proof::Tokens { refresh, .. } = &held.proof else { return self.checks(held) };
        let (call, body) = (Call::Refresh(token(refresh)), json!({"refresh_token": refresh}).to_string());
        let exchange = self.asks("POST /v1/session/refresh", "", &body);
        let given = exchange.reply.as_ref().filter(|reply| reply.status == 200).map(Held::of);
        let turned = given.as_ref().map_or(Answer::Lost, Held::turned);
        let answer = self.notes(held, call, exchange, turned);
        if let Some(given) = given {
            *held = given;
        }
        answer
    }

    pub(super) fn signs_out(&mut self, held: &Held) -> Answer {
        let exchange = self.asks("DELETE /v1/session", &held.headers(), "");
        self.notes(held, Call::SignOut, exchange, Answer::Lost)
    }

    /// Signs out, for sure, and tries again at each server what must be of no use soon.
    fn leaves(&mut self, held: &Held) {
        while self.signs_out(held) != Answer::SignedOut {
            if self.field.is_over() {
                return;
            }
        }
        for _ in 0..self.field.addresses.len() {
            self.checks(held);
            self.refreshes(&mut held.clone());
        }
    }

    /// Notes what was asked of the session, and what was answered; `good` is what 200 means.
    fn notes(&self, held: &Held, call: Call, exchange: Exchange, good: Answer) -> Answer {
        let Exchange { asked, answered, was_sent, reply } = exchange;
        let answer = match reply.as_ref().map(|reply| (reply.status, &reply.body)) {
            Some((200, _)) => good,
            Some((204, _)) => Answer::SignedOut,
            Some((401, body)) if body["code"] == "token_reuse" => Answer::Reuse,
            Some((401, _)) => Answer::Refused,
            _ => Answer::Lost,
        };
        if was_sent {
            self.field.history.note(&held.session, Request { asked, answered, call, answer });
        }
        answer
    }

    /// Asks the next server that listens.
    fn asks(&mut self, line: &str, headers: &str, json: &str) -> Exchange {
        let asked = self.field.history.tick();
        let mut heard = Heard::NobodyListens;
        while matches!(heard, Heard::NobodyListens) && !self.field.is_over() {
            let nth = self.next();
            let address = &self.field.addresses[nth];
            // What a page of that very server sends.
            let origin = headers.replace("{origin}", &address.replace("127.0.0.1", "http://localhost"));
            heard = ask(&mut self.lines[nth], address, &request(line, &origin, json));
        }
        let (answered, was_sent) = (self.field.history.tick(), !matches!(heard, Heard::NobodyListens));
        Exchange { asked, answered, was_sent, reply: self.told(heard) }
    }

    /// The next server of those that are ready; the very next one when none is.
    fn next(&mut self) -> usize {
        let many = self.field.addresses.len();
        let after = (1..=many).map(|step| (self.turn + step) % many);
        let ready = after.into_iter().find(|nth| self.field.ready[*nth].load(Ordering::SeqCst));
        self.turn = ready.unwrap_or((self.turn + 1) % many);
        self.turn
    }

    /// The answer, if there is one; what must not be answered is noted.
    fn told(&self, heard: Heard) -> Option<Reply> {
        let history = &self.field.history;
        let reply = match heard {
            Heard::Reply(reply) => reply,
            Heard::Cut if self.field.weather == Weather::Fair => {
                history.fault("a connection was cut".to_owned());
                return None;
            }
            Heard::Cut | Heard::NobodyListens => return None,
        };
        match reply.status {
            200 | 201 | 204 | 401 | 409 => {}
            503 if self.field.weather == Weather::Foul => {
                history.note_unavailable();
                if !reply.has_header("retry-after") || reply.has_header("set-cookie") {
                    history.fault(format!("503 as {}", reply.head));
                }
            }
            _ => history.fault(format!("{}{}", reply.head, reply.body)),
        }
        Some(reply)
    }
}

impl Held {
    pub(super) fn of(reply: &Reply) -> Self {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let body = &reply.body;
        let proof = match reply.header("set-cookie") {
            Some(set) => Proof::Cookie {
                cookie: set.split(';').next().unwrap().to_owned(),
                csrf: text(&body["csrf_token"]),
            },
            None => {
                Proof::Tokens { access: text(&body["access_token"]), refresh: text(&body["refresh_token"]) }
            }
        };
        Self { session: text(&body["session"]["id"]), proof }
    }

    fn turned(&self) -> Answer {
        match &self.proof {
            Proof::Tokens { refresh, .. } => Answer::Turned(token(refresh).generation),
            Proof::Cookie { .. } => Answer::SignedIn,
        }
    }

    /// What proves the session, for any method.
    pub(super) fn headers(&self) -> String {
        match &self.proof {
            Proof::Tokens { access, .. } => format!("Authorization: Bearer {access}\r\n"),
            Proof::Cookie { cookie, csrf } => {
                format!("Cookie: {cookie}\r\nOrigin: {{origin}}\r\nX-CSRF-Token: {csrf}\r\n")
            }
        }
    }
}

/// What the table looks at: bytes 20 to 32 are generation and branch.
fn token(refresh: &str) -> Token {
    let bytes = URL_SAFE_NO_PAD.decode(&refresh[4..]).unwrap();
    let (generation, branch) = (bytes[20..24].try_into().unwrap(), bytes[24..32].try_into().unwrap());
    Token { generation: u32::from_be_bytes(generation), branch: Branch(branch) }
}
