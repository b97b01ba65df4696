//! The world of a test: the flows over scripted ports, the people who use them, and their devices.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bitjang_core::password::PasswordHash;
use bitjang_core::testing::{Dice, HandClock, Ledger, at};
use bitjang_core::{
    Account, Accounts as _, Auth, Carrier, Client, Credentials, Error, Event, Handed, Identifier, Import,
    NewAccount, NoKeys, Operator, PasswordChange, Ports, Proof, Refusal, Rules, Session, SessionId,
    SessionToken, Sessions as _, SignIn, SignedIn,
};
use bitjang_store::Memory;

use crate::hasher::Plain;
use crate::holder::Holder;
use crate::script::{Moment, Script};
use crate::store::Scripted;

/// The password that people have unless a test says otherwise.
pub(crate) const PASSWORD: &str = "correct horse battery";

/// The operator at the console.
pub(crate) const OPERATOR: Operator = Operator::at_the_console();

/// Everything there is in a test.
pub(crate) struct World {
    pub(crate) auth: Auth,
    pub(crate) ports: Ports,
    pub(crate) memory: Arc<Memory>,
    pub(crate) script: Arc<Script>,
    pub(crate) hasher: Arc<Plain>,
    pub(crate) clock: Arc<HandClock>,
    ledger: Arc<Ledger>,
}

impl World {
    /// A world under the default rules.
    pub(crate) async fn new() -> Self {
        Self::under(Rules::default()).await
    }

    /// A world under these rules.
    pub(crate) async fn under(rules: Rules) -> Self {
        Self::made_of(Dice::seeded(7), rules).await
    }

    /// A world of other keys and secrets.
    pub(crate) async fn seeded(seed: u64) -> Self {
        Self::made_of(Dice::seeded(seed), Rules::default()).await
    }

    async fn made_of(dice: Dice, rules: Rules) -> Self {
        let (memory, script) = (Arc::new(Memory::default()), Arc::new(Script::default()));
        let store = Arc::new(Scripted { memory: Arc::clone(&memory), script: Arc::clone(&script) });
        let hasher = Arc::new(Plain::new(Arc::clone(&script)));
        let (clock, ledger) = (Arc::new(HandClock::showing(at(1_000_000))), Arc::new(Ledger::default()));
        let ports = Ports {
            accounts: store.clone(),
            sessions: store.clone(),
            limits: store.clone(),
            keys: store.clone(),
            revocations: store,
            service_credentials: memory.clone(),
            hasher: hasher.clone(),
            clock: clock.clone(),
            entropy: Arc::new(dice),
            events: ledger.clone(),
        };
        let auth = Auth::open(ports.clone(), rules).await.unwrap();
        script.calls();
        Self { auth, ports, memory, script, hasher, clock, ledger }
    }

    /// Another server over the same store, under the same rules.
    pub(crate) async fn another_server(&self) -> Auth {
        self.server_under(self.auth.rules().clone()).await.unwrap()
    }

    /// Another server over the same store, under other rules, if it starts.
    pub(crate) async fn server_under(&self, rules: Rules) -> Result<Auth, NoKeys> {
        Auth::open(self.ports.clone(), rules).await
    }

    /// The same ports over a store that nobody has used yet.
    pub(crate) fn ports_of_nothing(&self) -> Ports {
        let (memory, script) = (Arc::default(), Arc::clone(&self.script));
        Ports { keys: Arc::new(Scripted { memory, script }), ..self.ports.clone() }
    }

    /// A person who calls themselves `identifier`.
    pub(crate) fn person<'a>(&'a self, identifier: &'a str) -> Person<'a> {
        let address = IpAddr::from([192, 0, 2, 1]);
        Person { world: self, identifier, name: None, password: PASSWORD, address, carrier: Carrier::Cookie }
    }

    /// The events since this was last asked.
    pub(crate) fn events(&self) -> Vec<Event> {
        self.ledger.take()
    }

    /// Lets time pass.
    pub(crate) fn wait(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// Runs `slow` until it first comes to `moment`, then all of `quick`, then the rest of `slow`.
    pub(crate) async fn halting<S: Future, Q: Future>(
        &self,
        moment: Moment,
        slow: S,
        quick: Q,
    ) -> (S::Output, Q::Output) {
        self.script.halting(moment, slow, quick).await
    }

    /// Every account and session as it is stored.
    pub(crate) async fn records(&self) -> Vec<(Account, Vec<Session>)> {
        let mut records = Vec::new();
        for account in self.memory.page(None, usize::MAX).await.unwrap() {
            let sessions = self.memory.of(account.id).await.unwrap();
            records.push((
                Arc::unwrap_or_clone(account),
                sessions.into_iter().map(Arc::unwrap_or_clone).collect(),
            ));
        }
        records
    }

    /// Makes an account whose stored hash is `password`, as an import does.
    pub(crate) async fn import(&self, who: &str, password: PasswordHash) -> Result<Arc<Account>, Error> {
        let import = Import { identifier: id(who), name: None, password, roles: roles(&[]) };
        self.auth.import_account(OPERATOR, import).await
    }
}

/// An identifier.
pub(crate) fn id(typed: &str) -> Identifier {
    Identifier::new(typed).unwrap()
}

/// A set of roles.
pub(crate) fn roles(names: &[&str]) -> bitjang_core::account::Roles {
    bitjang_core::account::Roles::new(names.iter().copied()).unwrap()
}

/// The session id of one token with the secret of another.
pub(crate) fn spliced(id: &SessionToken, secret: &SessionToken) -> SessionToken {
    // Of 68 characters, 4 are the prefix, 21 hold nothing but the id, and the next one its last two bits beside four of the secret.
    SessionToken::parse(&format!("{}{}", &id.reveal()[..26], &secret.reveal()[26..])).unwrap()
}

/// What a sign-in put into the session cookie.
pub(crate) fn cookie(given: &SignIn) -> SessionToken {
    match &given.handed {
        Handed::SessionToken(token) => token.clone(),
        Handed::Tokens(_) => panic!("this session does not travel in a session cookie"),
    }
}

/// How a flow ended: `done`, `failed`, or the code of the refusal.
pub(crate) fn code<T>(answer: Result<T, Error>) -> &'static str {
    match answer {
        Ok(_) => "done",
        Err(Error::Refused(refusal)) => refusal.code(),
        Err(Error::Failed(_)) => "failed",
    }
}

/// How long a refused flow says to wait.
pub(crate) fn wait_of<T>(answer: Result<T, Error>) -> Option<Duration> {
    match answer.err()? {
        Error::Refused(Refusal::TooManyAttempts { retry_after }) => Some(retry_after),
        _ => None,
    }
}

/// Somebody at a keyboard, somewhere.
#[derive(Clone, Copy)]
pub(crate) struct Person<'a> {
    world: &'a World,
    identifier: &'a str,
    name: Option<&'a str>,
    password: &'a str,
    address: IpAddr,
    carrier: Carrier,
}

impl<'a> Person<'a> {
    /// The same, typing another password.
    pub(crate) fn typing(self, password: &'a str) -> Self {
        Self { password, ..self }
    }

    /// The same, with a name.
    pub(crate) fn called(self, name: &'a str) -> Self {
        Self { name: Some(name), ..self }
    }

    /// The same, somewhere else.
    pub(crate) fn at(self, address: impl Into<IpAddr>) -> Self {
        Self { address: address.into(), ..self }
    }

    /// The same, with a client whose sessions travel another way.
    pub(crate) fn by(self, carrier: Carrier) -> Self {
        Self { carrier, ..self }
    }

    fn client(&self) -> Client {
        Client::new(Some("Mozilla/5.0 (Test)"), self.address)
    }

    pub(crate) async fn sign_up(self) -> Result<SignIn, Error> {
        let new = NewAccount { identifier: self.identifier, name: self.name, password: self.password };
        self.world.auth.sign_up(new, self.client(), self.carrier).await
    }

    pub(crate) async fn sign_in(self) -> Result<SignIn, Error> {
        let credentials = Credentials { identifier: self.identifier, password: self.password };
        self.world.auth.sign_in(credentials, self.client(), self.carrier).await
    }

    /// Signs up, which must succeed.
    pub(crate) async fn signs_up(self) -> Device<'a> {
        self.device(&self.sign_up().await.unwrap())
    }

    /// Signs in, which must succeed.
    pub(crate) async fn signs_in(self) -> Device<'a> {
        self.device(&self.sign_in().await.unwrap())
    }

    /// Signs up with a client that carries tokens, which must succeed.
    pub(crate) async fn signs_up_by_token(self) -> Holder<'a> {
        Holder::of(self.world, &self.sign_up().await.unwrap())
    }

    /// Signs in with a client that carries tokens, which must succeed.
    pub(crate) async fn signs_in_by_token(self) -> Holder<'a> {
        Holder::of(self.world, &self.sign_in().await.unwrap())
    }

    /// The device that holds what a sign-in gave.
    pub(crate) fn device(&self, given: &SignIn) -> Device<'a> {
        Device { world: self.world, token: cookie(given), session: given.session.id, address: self.address }
    }
}

/// A browser with a session cookie.
#[derive(Clone)]
pub(crate) struct Device<'a> {
    world: &'a World,
    pub(crate) token: SessionToken,
    pub(crate) session: SessionId,
    address: IpAddr,
}

impl Device<'_> {
    pub(crate) async fn verify(&self) -> Result<SignedIn, Error> {
        self.world.auth.verify(&Proof::SessionToken(self.token.clone())).await
    }

    /// What a request of this device proves; it must be signed in.
    pub(crate) async fn proof(&self) -> SignedIn {
        self.verify().await.unwrap()
    }

    /// Whether its next request is served; asks without touching anything but the session itself.
    pub(crate) async fn is_signed_in(&self) -> bool {
        code(self.verify().await) == "done"
    }

    pub(crate) async fn sign_out(&self) -> Result<(), Error> {
        self.world.auth.sign_out(&Proof::SessionToken(self.token.clone())).await
    }

    pub(crate) async fn sessions(&self) -> Vec<SessionId> {
        let sessions = self.world.auth.sessions(&self.proof().await).await.unwrap();
        sessions.iter().map(|session| session.id).collect()
    }

    pub(crate) async fn end(&self, session: SessionId) -> Result<(), Error> {
        self.world.auth.end_session(&self.verify().await?, session).await
    }

    pub(crate) async fn end_others(&self) -> Result<(), Error> {
        self.world.auth.end_other_sessions(&self.verify().await?).await
    }

    pub(crate) async fn change_password(&self, current: &str, new: &str) -> Result<(), Error> {
        let change = PasswordChange { current, new };
        self.world.auth.change_password(&self.verify().await?, change, self.address).await
    }
}
