//! Clients of one account that do anything at any time at any server.

use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use bitjang_core::ratchet::Genuine;
use bitjang_core::testing::{Dice, together};
use bitjang_core::{
    Auth, Carrier, Client, Credentials, Entropy, Handed, Identifier, NewAccount, Operator, PasswordChange,
    Proof, SessionId, SessionToken, SignIn, SignedIn,
};

use crate::history::{Answered, Asked, Operation, Recorder, Word, refused};

const OPERATOR: Operator = Operator::at_the_console();

/// How many clients there are, and how many things each does.
const CLIENTS: usize = 4;
const DEEDS: usize = 7;

/// The passwords that the account has in turn.
const WORDS: [&str; 3] = ["correct horse battery", "staple turnip accordion", "cabbage soup robot"];

/// What is known of a session: to the clients all alike, since each steals from the others.
#[derive(Clone)]
struct Held {
    nth: usize,
    id: SessionId,
    by: By,
}

#[derive(Clone)]
enum By {
    Cookie(SessionToken),
    /// The last token that was answered, and the one before.
    Tokens([Genuine; 2]),
}

impl Held {
    fn proof(&self) -> Proof {
        match &self.by {
            By::Cookie(token) => Proof::SessionToken(token.clone()),
            By::Tokens([last, _]) => Proof::Refresh(last.clone()),
        }
    }
}

/// A history in the making.
struct Crowd<'a> {
    servers: &'a [Auth],
    name: String,
    recorder: Recorder,
    held: Mutex<Vec<Held>>,
    dice: Arc<Dice>,
}

/// What a crowd does at these servers, as the dice of `seed` say.
pub(crate) async fn history(servers: &[Auth], seed: u64) -> Vec<Operation> {
    let crowd = Crowd {
        servers,
        name: format!("alice-{seed}"),
        recorder: Recorder::new(),
        held: Mutex::default(),
        dice: Arc::new(Dice::seeded(seed)),
    };
    crowd.signs_up().await;
    together((0..CLIENTS).map(|_| crowd.client())).await;
    crowd.recorder.history()
}

impl Crowd<'_> {
    fn throw(&self, sides: usize) -> usize {
        let dice: &dyn Entropy = &*self.dice;
        let [fallen] = dice.bytes::<1>();
        usize::from(fallen) % sides
    }

    /// The account is there, with a session in a cookie; nobody asks anything before.
    async fn signs_up(&self) {
        let new = NewAccount { identifier: &self.name, name: None, password: WORDS[0] };
        let invoked = self.recorder.now();
        loop {
            // An account is made whole or not at all, but its first session may get lost on the way.
            let made = self.servers[0].sign_up(new, here(), Carrier::Cookie).await;
            if let Ok(given) = made {
                self.recorder.note(0, Asked::SignIn(0), Answered::Began(self.hold(0, &given)), invoked);
                return;
            }
            if self.sign_in(0, 0).await {
                return;
            }
        }
    }

    async fn client(&self) {
        for _ in 0..DEEDS {
            let server = self.throw(self.servers.len());
            let held = self.held.lock().unwrap().clone();
            let held = held[self.throw(held.len())].clone();
            match self.throw(16) {
                0 | 1 => _ = self.sign_in(server, self.word()).await,
                2..6 => self.refresh(server, &held).await,
                6 => self.sign_out(server, &held).await,
                7 | 8 => self.acts(server, &held).await,
                9 if self.throw(3) == 0 => self.operator_acts(server).await,
                _ => _ = self.verify(server, &held).await,
            }
        }
    }

    fn word(&self) -> Word {
        u8::try_from(self.throw(WORDS.len())).unwrap()
    }

    /// Remembers what a sign-in gave.
    fn hold(&self, server: usize, given: &SignIn) -> usize {
        let by = match &given.handed {
            Handed::SessionToken(token) => By::Cookie(token.clone()),
            Handed::Tokens(_) => {
                let token = self.token(server, given);
                By::Tokens([token.clone(), token])
            }
        };
        let mut held = self.held.lock().unwrap();
        let nth = held.len();
        held.push(Held { nth, id: given.session.id, by });
        nth
    }

    fn token(&self, server: usize, given: &SignIn) -> Genuine {
        let Handed::Tokens(tokens) = &given.handed else { panic!("a session in a cookie has no tokens") };
        self.servers[server].read_refresh(&tokens.refresh).unwrap()
    }

    async fn sign_in(&self, server: usize, word: Word) -> bool {
        let carrier = if self.throw(2) == 0 { Carrier::Cookie } else { Carrier::Bearer };
        let credentials = Credentials { identifier: &self.name, password: WORDS[usize::from(word)] };
        let invoked = self.recorder.now();
        let answer = self.servers[server].sign_in(credentials, here(), carrier).await;
        let answered =
            answer.map_or_else(|error| refused(&error), |given| Answered::Began(self.hold(server, &given)));
        self.recorder.note(server, Asked::SignIn(word), answered, invoked);
        matches!(answered, Answered::Began(_))
    }

    /// Shows one of the last two tokens, and keeps what is answered.
    async fn refresh(&self, server: usize, held: &Held) {
        let By::Tokens(tokens) = &held.by else { return };
        let token = tokens[usize::from(self.throw(6) == 0)].clone();
        let asked = Asked::Refresh(held.nth, token.generation(), token.branch());
        let invoked = self.recorder.now();
        let answer = self.servers[server].refresh(&token.into(), Carrier::Bearer).await;
        let answered = answer.map_or_else(
            |error| refused(&error),
            |given| {
                let token = self.token(server, &given);
                let turned = Answered::Turned(token.generation());
                if let By::Tokens(kept) = &mut self.held.lock().unwrap()[held.nth].by {
                    *kept = [token, kept[0].clone()];
                }
                turned
            },
        );
        self.recorder.note(server, asked, answered, invoked);
    }

    async fn verify(&self, server: usize, held: &Held) -> Option<SignedIn> {
        let invoked = self.recorder.now();
        let answer = self.servers[server].verify(&held.proof()).await;
        self.recorder.note(server, Asked::Verify(held.nth), outcome(&answer), invoked);
        answer.ok()
    }

    async fn sign_out(&self, server: usize, held: &Held) {
        let invoked = self.recorder.now();
        let answer = self.servers[server].sign_out(&held.proof()).await;
        self.recorder.note(server, Asked::SignOut(held.nth), outcome(&answer), invoked);
    }

    /// Proves a session, and does with that proof what its owner may.
    async fn acts(&self, server: usize, held: &Held) {
        let Some(who) = self.verify(server, held).await else { return };
        let auth = &self.servers[server];
        let (target, old, new) = (self.any(), self.word(), self.word());
        let invoked = self.recorder.now();
        let (asked, answer) = match self.throw(3) {
            0 => (Asked::End(target.nth), auth.end_session(&who, target.id).await),
            1 => (Asked::EndOthers(held.nth), auth.end_other_sessions(&who).await),
            _ => {
                let change =
                    PasswordChange { current: WORDS[usize::from(old)], new: WORDS[usize::from(new)] };
                let asked = Asked::ChangePassword(held.nth, old, new);
                (asked, auth.change_password(&who, change, here().address).await)
            }
        };
        self.recorder.note(server, asked, outcome(&answer), invoked);
    }

    fn any(&self) -> Held {
        let held = self.held.lock().unwrap();
        held[self.throw(held.len())].clone()
    }

    async fn operator_acts(&self, server: usize) {
        let (auth, name) = (&self.servers[server], Identifier::new(&self.name).unwrap());
        let invoked = self.recorder.now();
        let answer = auth.disable(OPERATOR, &name).await;
        self.recorder.note(server, Asked::Disable, outcome(&answer), invoked);
        let invoked = self.recorder.now();
        let answer = auth.enable(OPERATOR, &name).await;
        self.recorder.note(server, Asked::Enable, outcome(&answer), invoked);
    }
}

fn outcome<T>(answer: &Result<T, bitjang_core::Error>) -> Answered {
    answer.as_ref().map_or_else(refused, |_| Answered::Done)
}

fn here() -> Client {
    Client::new(None, IpAddr::from([192, 0, 2, 1]))
}
