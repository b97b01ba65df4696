//! Alice with a laptop and a phone, whatever may be done to both at once, and what is there afterwards.

use std::sync::{Arc, OnceLock};

use bitjang_core::account::State;
use bitjang_core::keyring::TokenRules;
use bitjang_core::ratchet::Branch;
use bitjang_core::revocation::Position;
use bitjang_core::session::EndedWhy;
use bitjang_core::testing::Dice;
use bitjang_core::token::{Algorithm, SigningKey};
use bitjang_core::{
    Account, Carrier, Error, PasswordChange, Proof, Revocations as _, Rules, Session, SessionId, SignIn,
    SignedIn,
};

use super::turns::at_once;
use crate::holder::Holder;
use crate::world::{Device, OPERATOR, PASSWORD, World, code, id};

const NEW: &str = "another good password";

/// What somebody does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    /// The phone goes on with the token that it was answered.
    Refresh,
    /// A thief goes on with a sibling of it.
    RefreshSibling,
    /// Somebody shows the phone's spent token once more.
    RefreshSpent,
    /// The phone is used, so long after the last time that this is written down.
    Verify,
    SignOut,
    EndFromTheLaptop,
    SignIn,
    EndOthers,
    ChangePassword,
    ChangePasswordOnThePhone,
    Disable,
    Enable,
}

impl Flow {
    pub(super) const ALL: [Self; 12] = [
        Self::Refresh,
        Self::RefreshSibling,
        Self::RefreshSpent,
        Self::Verify,
        Self::SignOut,
        Self::EndFromTheLaptop,
        Self::SignIn,
        Self::EndOthers,
        Self::ChangePassword,
        Self::ChangePasswordOnThePhone,
        Self::Disable,
        Self::Enable,
    ];

    /// Whether its success is the end of the phone's session.
    pub(super) fn ends_the_phone(self) -> bool {
        let by_session = matches!(self, Self::SignOut | Self::EndFromTheLaptop);
        by_session || matches!(self, Self::EndOthers | Self::ChangePassword | Self::Disable)
    }

    /// Whether its success is the end of the laptop's session.
    pub(super) fn ends_the_laptop(self) -> bool {
        matches!(self, Self::ChangePasswordOnThePhone | Self::Disable)
    }
}

/// How a flow ended, and for a refresh the generation of the token that it gave.
pub(super) type Answer = (&'static str, Option<u32>);

/// Where everything begins.
pub(super) struct Scene {
    pub(super) world: World,
}

/// Everybody in it.
pub(super) struct Cast<'w> {
    world: &'w World,
    pub(super) laptop: Device<'w>,
    spent: Holder<'w>,
    pub(super) one: Holder<'w>,
    pub(super) other: Holder<'w>,
    on_the_laptop: SignedIn,
    on_the_phone: SignedIn,
}

/// What is kept at the end, as far as anybody could tell it apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Kept {
    is_active: bool,
    password: String,
    since: u64,
    spared: Option<SessionId>,
    sessions: Vec<KeptSession>,
    feed: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct KeptSession {
    /// Nothing for one that began meanwhile.
    id: Option<SessionId>,
    ended: Option<&'static str>,
    is_admitted: bool,
    generation: u32,
    spent: Option<Branch>,
}

impl Scene {
    /// A key of the operator's saves making one for every scene.
    pub(super) fn set() -> Self {
        static KEY: OnceLock<Arc<SigningKey>> = OnceLock::new();
        let key = || Arc::new(SigningKey::generate(Algorithm::Hs256, &Dice::seeded(1)).unwrap());
        let own_key = Some(Arc::clone(KEY.get_or_init(key)));
        let rules = Rules { tokens: TokenRules { own_key, ..TokenRules::default() }, ..Rules::default() };
        Self { world: at_once(World::under(rules)) }
    }

    /// Alice has signed in on both, and the phone has refreshed once, two hours ago; a thief has a sibling of its token.
    pub(super) fn cast(&self) -> Cast<'_> {
        let (world, alice) = (&self.world, self.world.person("alice"));
        let laptop = at_once(alice.signs_up());
        let spent = at_once(alice.by(Carrier::Bearer).signs_in_by_token());
        let (one, other) = (at_once(spent.gone_on()), at_once(spent.gone_on()));
        let on_the_laptop = at_once(laptop.proof());
        let on_the_phone = at_once(one.verify()).unwrap();
        world.wait(7_200);
        Cast { world, laptop, spent, one, other, on_the_laptop, on_the_phone }
    }
}

impl Cast<'_> {
    /// Goes through a flow.
    pub(super) async fn plays(&self, flow: Flow) -> Answer {
        let (auth, phone) = (&self.world.auth, self.one.session);
        match flow {
            Flow::Refresh => generation(self.one.refresh().await),
            Flow::RefreshSibling => generation(self.other.refresh().await),
            Flow::RefreshSpent => generation(self.spent.refresh().await),
            Flow::Verify => told(auth.verify(&Proof::Refresh(self.one.genuine())).await),
            Flow::SignOut => told(self.one.sign_out().await),
            Flow::EndFromTheLaptop => told(auth.end_session(&self.on_the_laptop, phone).await),
            Flow::SignIn => told(self.world.person("alice").sign_in().await),
            Flow::EndOthers => told(auth.end_other_sessions(&self.on_the_laptop).await),
            Flow::ChangePassword => told(self.changes_password(&self.on_the_laptop).await),
            Flow::ChangePasswordOnThePhone => told(self.changes_password(&self.on_the_phone).await),
            Flow::Disable => told(auth.disable(OPERATOR, &id("alice")).await),
            Flow::Enable => told(auth.enable(OPERATOR, &id("alice")).await),
        }
    }

    async fn changes_password(&self, who: &SignedIn) -> Result<(), Error> {
        let change = PasswordChange { current: PASSWORD, new: NEW };
        self.world.auth.change_password(who, change, [192, 0, 2, 1].into()).await
    }

    /// Whether a request with the phone's tokens is served.
    pub(super) fn phone_is_signed_in(&self) -> bool {
        let tokens = [&self.one, &self.other, &self.spent];
        let asked = tokens.map(|holder| at_once(self.world.auth.verify(&Proof::Refresh(holder.genuine()))));
        asked.iter().any(Result::is_ok)
    }

    /// What is kept of the account and its sessions.
    pub(super) fn records(&self) -> (Account, Vec<Session>) {
        at_once(self.world.records()).pop().unwrap()
    }

    pub(super) fn kept(&self) -> Kept {
        let (account, sessions) = self.records();
        let known = [self.laptop.session, self.one.session];
        let mut sessions: Vec<_> = sessions.iter().map(|session| kept(session, &account, known)).collect();
        sessions.sort();
        Kept {
            is_active: account.state == State::Active,
            password: account.password.as_str().to_owned(),
            since: account.epoch.since,
            spared: account.epoch.spared,
            sessions,
            feed: self.feed(),
        }
    }

    /// What the feed says, in no order.
    pub(super) fn feed(&self) -> Vec<String> {
        let entries = at_once(self.world.memory.after(Position::default(), usize::MAX)).unwrap();
        let mut feed: Vec<_> = entries.iter().map(|entry| format!("{:?}", entry.revocation)).collect();
        feed.sort();
        feed
    }
}

fn kept(session: &Session, account: &Account, known: [SessionId; 2]) -> KeptSession {
    KeptSession {
        id: Some(session.id).filter(|id| known.contains(id)),
        ended: session.ended.map(|ended| EndedWhy::as_str(ended.why)),
        is_admitted: account.admits(session),
        generation: session.ratchet.generation,
        spent: session.ratchet.spent,
    }
}

fn told<T>(answer: Result<T, Error>) -> Answer {
    (code(answer), None)
}

fn generation(answer: Result<SignIn, Error>) -> Answer {
    let generation = answer.as_ref().ok().map(|given| given.session.ratchet.generation);
    (code(answer), generation)
}
