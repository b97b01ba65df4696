//! Stores full of records of every kind and state, and all that is in one, to be held against what is in another.

use std::net::IpAddr;
use std::time::Duration;

use bitjang_core::account::{Epoch, Inserted, Name, Roles, State};
use bitjang_core::key::{Key, Material, Purpose, Signer};
use bitjang_core::ratchet::{Branch, Ratchet};
use bitjang_core::revocation::{Entry, Position, Revoked};
use bitjang_core::secret::SecretHash;
use bitjang_core::service_credential::{ServiceCredential, ServiceName};
use bitjang_core::session::{Carrier, Client, Ended, EndedWhy};
use bitjang_core::testing::{Dice, at, together};
use bitjang_core::token::Algorithm;
use bitjang_core::{
    Account, AccountId, Commit, Entropy, Identifier, Revision, Revocation, Session, SessionId,
};
use bitjang_store::moving::{Counted, MoveError, Step, move_store};
use bitjang_store::testing::Server;
use bitjang_store::{FolderError, OpenError, Opened, StoreUrl};
use tempfile::TempDir;

/// Longer than anything here takes.
const AT_LAST: Duration = Duration::from_secs(60);

/// A store's address, and what goes with it.
pub(crate) struct Home {
    pub(crate) url: StoreUrl,
    _folder: Option<TempDir>,
}

/// A folder that nothing is in.
pub(crate) fn folder() -> Home {
    let folder = tempfile::tempdir().unwrap();
    Home { url: StoreUrl::Embedded(folder.path().join("data")), _folder: Some(folder) }
}

/// A database that nothing is in.
pub(crate) fn database() -> Home {
    let address = Server::shared().unwrap().database().unwrap();
    Home { url: address.parse().unwrap(), _folder: None }
}

/// Opens the store, once nobody holds it any more.
pub(crate) async fn open(home: &Home) -> Opened {
    opened(&home.url).await.unwrap()
}

pub(crate) async fn opened(url: &StoreUrl) -> Result<Opened, OpenError> {
    let trying = async {
        loop {
            match bitjang_store::open(url, Duration::from_secs(10)).await {
                Err(OpenError::Folder(FolderError::InUse { .. })) => tokio::task::yield_now().await,
                opened => return opened,
            }
        }
    };
    tokio::time::timeout(AT_LAST, trying).await.unwrap()
}

/// Moves, once nobody holds the target any more: a database takes a moment to see that somebody is gone.
pub(crate) async fn moved(
    from: &Home,
    to: &Home,
    watch: &mut (dyn FnMut(Step) + Send),
) -> Result<Vec<Counted>, MoveError> {
    let moving = async {
        loop {
            match move_store(&from.url, &to.url, watch).await {
                Err(
                    MoveError::InUse { .. } | MoveError::Open(OpenError::Folder(FolderError::InUse { .. })),
                ) => {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                done => return done,
            }
        }
    };
    tokio::time::timeout(AT_LAST, moving).await.unwrap()
}

/// The answers of all of these: many at a time, so that a store commits them together, but not so many that one waits too long.
async fn in_turns<F: Future>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let (mut futures, mut answers) = (futures.into_iter().peekable(), Vec::new());
    while futures.peek().is_some() {
        answers.extend(together(futures.by_ref().take(64)).await);
    }
    answers
}

/// What is in a store, as its ports tell.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Contents {
    pub(crate) accounts: Vec<Account>,
    pub(crate) sessions: Vec<Session>,
    pub(crate) keys: Vec<(String, Vec<u8>, i64)>,
    pub(crate) services: Vec<ServiceCredential>,
    pub(crate) feed: Vec<Entry>,
}

/// All of it. Sessions are those of its accounts.
pub(crate) async fn contents(store: &Opened) -> Contents {
    let accounts = store.accounts.page(None, usize::MAX).await.unwrap();
    let mut sessions = Vec::new();
    for account in &accounts {
        let of = store.sessions.of(account.id).await.unwrap();
        sessions.extend(of.into_iter().map(|session| (*session).clone()));
    }
    let mut keys = Vec::new();
    for purpose in [Purpose::Csrf, Purpose::RefreshTag] {
        let found = store.keys.find(purpose).await.unwrap();
        let told =
            |key: Key| (purpose.as_str().to_owned(), key.secret.0.to_vec(), key.created_at.as_micros());
        keys.extend(found.map(told));
    }
    for signer in store.keys.signers().await.unwrap() {
        let name = format!("{} {} {}", signer.algorithm, signer.kid, signer.signs_from.as_micros());
        keys.push((name, signer.material.0.to_vec(), signer.created_at.as_micros()));
    }
    Contents {
        accounts: accounts.into_iter().map(|account| (*account).clone()).collect(),
        sessions,
        keys,
        services: store.service_credentials.all().await.unwrap(),
        feed: store.revocations.after(Position::default(), usize::MAX).await.unwrap(),
    }
}

/// Makes records up.
pub(crate) struct Maker(pub(crate) Dice);

impl Maker {
    pub(crate) fn seeded(seed: u64) -> Self {
        Self(Dice::seeded(seed))
    }

    fn throw<const N: usize>(&self) -> [u8; N] {
        let dice: &dyn Entropy = &self.0;
        dice.bytes()
    }

    pub(crate) fn below(&self, bound: u64) -> u64 {
        u64::from_be_bytes(self.throw()) % bound
    }

    fn one_of<T: Clone>(&self, those: &[T]) -> T {
        those[usize::try_from(self.below(those.len() as u64)).unwrap()].clone()
    }

    fn maybe<T>(&self, make: impl FnOnce() -> T) -> Option<T> {
        (self.below(2) == 0).then(make)
    }

    fn bytes(&self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.throw::<1>()[0]).collect()
    }

    pub(crate) fn account(&self, nth: usize) -> Account {
        let number = 1 + self.below(1 << 40);
        let names = ["alice", "zoë", "김철수", "o'neil", "a\\b", "x;--", "ﷺ", "\u{10ffff}a"];
        Account {
            id: AccountId::generate(&self.0, at(1_000 + i64::try_from(self.below(9)).unwrap())),
            identifier: Identifier::from_store(format!("{}{nth}", self.one_of(&names))),
            name: self.maybe(|| {
                Name::from_store(
                    self.one_of(&["A Name", "👩‍💻", "\"quoted\", {braced}", "NULL", "\\N"]).to_owned(),
                )
            }),
            password: bitjang_core::password::PasswordHash::from_store(format!(
                "$argon2id$v=19${}",
                self.below(1 << 60)
            )),
            roles: Roles::new(self.one_of(&[vec![], vec!["admin"], vec!["a", "b-c", "d.e_f"]])).unwrap(),
            state: self.one_of(&[State::Active, State::Disabled]),
            epoch: Epoch {
                number,
                since: 1 + self.below(number),
                spared: self.maybe(|| SessionId::generate(&self.0)),
            },
            created_at: at(i64::try_from(self.below(1 << 40)).unwrap() - (1 << 39)),
            revision: Revision(1 + self.below(1 << 50)),
        }
    }

    pub(crate) fn session(&self, account: AccountId) -> Session {
        let time = || bitjang_core::Time::from_micros(i64::try_from(self.below(1 << 50)).unwrap());
        let agents = ["Mozilla/5.0 (\"x\", {y})", "", "'; DROP TABLE session; --", "브라우저"];
        let addresses = ["192.0.2.7", "2001:db8::1", "::1", "255.255.255.255"];
        Session {
            id: SessionId::generate(&self.0),
            secret: SecretHash::from_bytes(self.throw()),
            account,
            epoch: 1 + self.below(1 << 40),
            carrier: self.one_of(&[Carrier::Cookie, Carrier::TokenCookies, Carrier::Bearer]),
            client: Client {
                agent: self.maybe(|| self.one_of(&agents).into()),
                address: self.one_of(&addresses).parse::<IpAddr>().unwrap(),
            },
            created_at: time(),
            seen_at: time(),
            idle_ends_at: time(),
            ends_at: time(),
            ratchet: Ratchet {
                generation: self.one_of(&[0, 1, 7, u32::MAX]),
                spent: self.maybe(|| Branch(self.throw())),
            },
            ended: self.maybe(|| Ended { at: time(), why: self.one_of(&EndedWhy::ALL) }),
            revision: Revision(1 + self.below(1 << 50)),
        }
    }

    fn signer(&self, nth: usize) -> Signer {
        let length = usize::try_from(1 + self.below(300)).unwrap();
        Signer {
            kid: format!("kid-{nth}-{}", self.below(1 << 40)),
            algorithm: self.one_of(&Algorithm::ALL),
            material: Material(self.bytes(length).into()),
            created_at: at(1),
            signs_from: at(2),
        }
    }

    /// Fills an empty store with records of every kind: so many accounts, and four times as many sessions.
    pub(crate) async fn fill(&self, store: &Opened, accounts: usize) {
        for purpose in [Purpose::Csrf, Purpose::RefreshTag] {
            // Sealed ones are longer.
            let length = self.one_of(&[32, 76]);
            let secret = Material(self.bytes(length).into());
            store.keys.find_or_insert(Key { purpose, secret, created_at: at(3) }).await.unwrap();
        }
        let mut latest: Option<String> = None;
        for nth in 0..4 {
            let signer = self.signer(nth);
            let kid = signer.kid.clone();
            assert_eq!(store.keys.add_signer(signer, latest.as_deref()).await.unwrap(), Commit::Done);
            if nth == 1 {
                store.keys.remove_signer(&latest.unwrap()).await.unwrap();
            }
            latest = Some(kid);
        }
        for nth in 0..3 {
            let name = ServiceName::new(&format!("service.{nth}_-")).unwrap();
            let credential =
                ServiceCredential { name, secret: SecretHash::from_bytes(self.throw()), created_at: at(4) };
            assert_eq!(store.service_credentials.insert(credential).await.unwrap(), Inserted::Done);
        }
        let accounts: Vec<_> = (0..accounts).map(|nth| self.account(nth)).collect();
        for inserted in in_turns(accounts.iter().map(|account| store.accounts.insert(account.clone()))).await
        {
            assert_eq!(inserted.unwrap(), Inserted::Done);
        }
        let sessions = accounts.iter().flat_map(|account| [account.id; 4]).map(|id| self.session(id));
        for inserted in in_turns(sessions.map(|session| store.sessions.insert(session))).await {
            inserted.unwrap();
        }
        let some = accounts.into_iter().filter(|_| self.below(4) == 0);
        let replaced = some.map(|account| {
            let next = Account { revision: account.revision.next(), ..account };
            let Epoch { number: epoch, spared, .. } = next.epoch;
            let revoked = Revoked::Before { account: next.id, epoch, spared };
            store.accounts.replace(next, self.maybe(|| self.revocation(revoked)))
        });
        for replaced in in_turns(replaced).await {
            assert_eq!(replaced.unwrap(), Commit::Done);
        }
        self.end_some(store).await;
        // The last place is given and forgotten: it must not be given again.
        store.revocations.forget(at(500), usize::MAX).await.unwrap();
    }

    async fn end_some(&self, store: &Opened) {
        let sessions = contents(store).await.sessions;
        let ended = sessions.into_iter().filter(|_| self.below(4) == 0).map(|session| {
            let next = Session { revision: session.revision.next(), ..session };
            let revokes = Some(self.revocation(Revoked::Session(next.id)));
            store.sessions.replace(next, revokes)
        });
        for ended in in_turns(ended).await {
            assert_eq!(ended.unwrap(), Commit::Done);
        }
        let last = self.session(AccountId::generate(&self.0, at(1)));
        store.sessions.insert(last.clone()).await.unwrap();
        let gone = Revocation { of: Revoked::Session(last.id), at: at(10), until: at(20) };
        let next = Session { revision: last.revision.next(), ..last };
        assert_eq!(store.sessions.replace(next, Some(gone)).await.unwrap(), Commit::Done);
    }

    fn revocation(&self, of: Revoked) -> Revocation {
        let second = i64::try_from(self.below(1_000)).unwrap();
        Revocation { of, at: at(second), until: at(second + 360) }
    }
}
