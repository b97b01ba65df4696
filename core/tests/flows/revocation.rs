//! Revocations: each ending writes what ends its access tokens, in the same step as the record, and nothing else does.

use std::sync::Arc;
use std::time::Duration;

use bitjang_core::revocation::{Position, Revoked, RevokedSet};
use bitjang_core::testing::at;
use bitjang_core::token::{Expect, KeySet, Scratch, Verifier};
use bitjang_core::{AccountId, Carrier, Clock as _, Error, Revocation, Revocations as _};

use crate::hasher::{OUTDATED, hash};
use crate::holder::Holder;
use crate::script::Call::{self, InsertSession, ReplaceAccount, ReplaceSession};
use crate::script::Moment::{After, Before};
use crate::world::{Device, OPERATOR, PASSWORD, World, code, id, roles};

const NEW: &str = "another good password";

/// A way in which a session that is carried by tokens comes to its end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum End {
    SignedOut,
    FromTheLaptop,
    AllOthers,
    PasswordChanged,
    Disabled,
    Fork,
    Reuse,
}

const ENDS: [End; 7] = [
    End::SignedOut,
    End::FromTheLaptop,
    End::AllOthers,
    End::PasswordChanged,
    End::Disabled,
    End::Fork,
    End::Reuse,
];

/// Alice with a laptop and a program that has refreshed twice.
pub(crate) struct Scene<'a> {
    world: &'a World,
    laptop: Device<'a>,
    account: AccountId,
    first: Holder<'a>,
    sibling: Holder<'a>,
    pub(crate) live: Holder<'a>,
}

impl<'a> Scene<'a> {
    pub(crate) async fn set(world: &'a World) -> Self {
        let alice = world.person("alice");
        let laptop = alice.signs_up().await;
        let account = laptop.proof().await.account().id;
        let first = alice.by(Carrier::Bearer).signs_in_by_token().await;
        let (second, sibling) = (first.gone_on().await, first.gone_on().await);
        let live = second.gone_on().await;
        world.script.calls();
        Self { world, laptop, account, first, sibling, live }
    }

    pub(crate) async fn end(&self, end: End) -> Result<(), Error> {
        match end {
            End::SignedOut => self.live.sign_out().await,
            End::FromTheLaptop => self.laptop.end(self.live.session).await,
            End::AllOthers => self.laptop.end_others().await,
            End::PasswordChanged => self.laptop.change_password(PASSWORD, NEW).await,
            End::Disabled => self.world.auth.disable(OPERATOR, &id("alice")).await.map(drop),
            End::Fork => self.sibling.refresh().await.map(drop),
            End::Reuse => self.first.refresh().await.map(drop),
        }
    }

    fn revoked(&self, end: End) -> Revoked {
        let before = |spared| Revoked::Before { account: self.account, epoch: 2, spared };
        match end {
            End::AllOthers | End::PasswordChanged => before(Some(self.laptop.session)),
            End::Disabled => before(None),
            _ => Revoked::Session(self.live.session),
        }
    }
}

impl End {
    /// How it is answered.
    fn code(self) -> &'static str {
        if matches!(self, Self::Fork | Self::Reuse) { "token_reuse" } else { "done" }
    }

    /// The one write that it is.
    fn write(self) -> Call {
        match self {
            Self::AllOthers | Self::PasswordChanged | Self::Disabled => ReplaceAccount,
            _ => ReplaceSession,
        }
    }
}

/// Everything in the feed.
pub(crate) async fn feed(world: &World) -> Vec<Revocation> {
    let entries = world.memory.after(Position::default(), usize::MAX).await.unwrap();
    entries.into_iter().map(|entry| entry.revocation).collect()
}

/// Whether a verifier that knows nothing but the published keys and the feed lets this token through.
pub(crate) async fn passes(world: &World, token: &str) -> bool {
    let issuer = world.auth.rules().tokens.issuer.clone();
    let verifier = Verifier::new(Expect { audience: issuer.clone(), issuer, leeway: Duration::ZERO });
    let keys = KeySet::from_jwks(world.auth.jwks().as_bytes()).unwrap();
    let mut scratch = Scratch::default();
    let token = verifier.verify(&keys, token, world.clock.now(), &mut scratch).unwrap();
    let mut set = RevokedSet::default();
    for revocation in feed(world).await {
        set.add(&revocation);
    }
    !set.revokes(token.session, token.account, token.epoch)
}

#[tokio::test]
async fn each_ending_is_one_write_with_the_record_and_its_revocation() {
    for end in ENDS {
        let world = World::new().await;
        let scene = Scene::set(&world).await;
        assert_eq!(feed(&world).await, []);
        assert_eq!(code(scene.end(end).await), end.code(), "{end:?}");
        let writes = [ReplaceAccount, ReplaceSession, InsertSession];
        let written: Vec<_> = world.script.calls().into_iter().filter(|call| writes.contains(call)).collect();
        assert_eq!(written, [end.write()], "{end:?}");
        let expected = Revocation { of: scene.revoked(end), at: at(1_000_000), until: at(1_000_600) };
        assert_eq!(feed(&world).await, [expected], "{end:?}");
    }
}

#[tokio::test]
async fn an_access_token_is_refused_at_once_after_each_ending_here_and_wherever_the_feed_is_heard() {
    for end in ENDS {
        let world = World::new().await;
        let scene = Scene::set(&world).await;
        let laptop = world.auth.access_token(&scene.laptop.proof().await).unwrap();
        assert!(passes(&world, &scene.live.access).await && scene.live.is_signed_in().await, "{end:?}");
        _ = scene.end(end).await;
        for holder in [&scene.first, &scene.sibling, &scene.live] {
            assert!(!holder.is_signed_in().await, "{end:?}");
            assert!(!passes(&world, &holder.access).await, "{end:?}");
        }
        assert_eq!(passes(&world, &laptop.text).await, end != End::Disabled, "{end:?} spares who asked");
    }
}

#[tokio::test]
async fn who_signs_in_after_an_ending_has_tokens_that_pass() {
    for end in ENDS {
        let world = World::new().await;
        let scene = Scene::set(&world).await;
        _ = scene.end(end).await;
        world.auth.enable(OPERATOR, &id("alice")).await.unwrap();
        let password = if end == End::PasswordChanged { NEW } else { PASSWORD };
        let again = world.person("alice").typing(password).by(Carrier::Bearer).signs_in_by_token().await;
        assert!(again.is_signed_in().await && passes(&world, &again.access).await, "{end:?}");
        assert!(!scene.live.is_signed_in().await && !passes(&world, &scene.live.access).await, "{end:?}");
    }
}

#[tokio::test]
async fn an_ending_that_cannot_be_written_revokes_nothing() {
    for end in ENDS {
        let world = World::new().await;
        let scene = Scene::set(&world).await;
        world.script.fail(Before(end.write()));
        assert_eq!(code(scene.end(end).await), "failed", "{end:?}");
        assert_eq!(feed(&world).await, [], "{end:?}");
        assert!(scene.live.is_signed_in().await, "{end:?}");
    }
}

#[tokio::test]
async fn an_ending_whose_answer_got_lost_has_revoked() {
    for end in ENDS {
        let world = World::new().await;
        let scene = Scene::set(&world).await;
        world.script.fail(After(end.write()));
        assert_eq!(code(scene.end(end).await), "failed", "{end:?}");
        assert_eq!(feed(&world).await.len(), 1, "{end:?}");
        assert!(!passes(&world, &scene.live.access).await, "{end:?}");
    }
}

#[tokio::test]
async fn an_ending_that_comes_second_revokes_nothing_more() {
    for slow in [End::SignedOut, End::FromTheLaptop, End::Fork, End::Reuse] {
        for quick in [End::SignedOut, End::FromTheLaptop, End::Fork, End::Reuse] {
            let world = World::new().await;
            let scene = Scene::set(&world).await;
            let (_, first) = world.halting(Before(ReplaceSession), scene.end(slow), scene.end(quick)).await;
            assert_eq!(code(first), quick.code(), "{slow:?} {quick:?}");
            assert_eq!(feed(&world).await.len(), 1, "{slow:?} {quick:?}");
            _ = scene.end(slow).await;
            assert_eq!(feed(&world).await.len(), 1, "{slow:?} {quick:?}");
        }
    }
}

#[tokio::test]
async fn what_comes_too_late_to_raise_the_epoch_revokes_nothing() {
    let world = World::new().await;
    let scene = Scene::set(&world).await;
    let phone = world.person("alice").signs_in().await;
    let (late, first) =
        world.halting(Before(ReplaceAccount), phone.end_others(), scene.laptop.end_others()).await;
    assert_eq!((code(late), code(first)), ("signed_out", "done"));
    assert_eq!(feed(&world).await.len(), 1);
    assert!(scene.laptop.is_signed_in().await);
}

#[tokio::test]
async fn what_ends_nothing_revokes_nothing() {
    let world = World::new().await;
    world.import("alice", hash(OUTDATED, PASSWORD)).await.unwrap();
    let alice = world.person("alice");
    let (phone, mut holder) = (alice.signs_in().await, alice.by(Carrier::Bearer).signs_in_by_token().await);
    let spent = holder.clone();
    assert_eq!((holder.goes_on().await, code(spent.refresh().await)), ("done", "done"));
    world.wait(7_200);
    assert!(phone.is_signed_in().await, "which is written down");
    world.auth.enable(OPERATOR, &id("alice")).await.unwrap();
    world.auth.set_roles(OPERATOR, &id("alice"), &roles(&[])).await.unwrap();
    assert_eq!(code(phone.change_password("not it", NEW).await), "bad_credentials");
    assert_eq!(code(phone.end(bitjang_core::SessionId::from_bytes([9; 16])).await), "not_found");
    assert_eq!(feed(&world).await, []);
}

#[tokio::test]
async fn a_sign_in_that_began_before_a_password_change_gives_no_token_that_passes() {
    let world = World::new().await;
    let alice = world.person("alice");
    let phone = alice.signs_up().await;
    let slow = alice.by(Carrier::Bearer).sign_in();
    let change = phone.change_password(PASSWORD, NEW);
    let (given, changed) = world.halting(Before(InsertSession), slow, change).await;
    assert_eq!(code(changed), "done");
    let late = Holder::of(&world, &given.unwrap());
    assert!(!late.is_signed_in().await && !passes(&world, &late.access).await);
}

#[tokio::test]
async fn a_revocation_is_kept_as_long_as_a_token_it_concerns_could_live_and_then_forgotten() {
    let world = World::new().await;
    let scene = Scene::set(&world).await;
    scene.live.sign_out().await.unwrap();
    world.wait(599);
    world.auth.sweep(OPERATOR, 10).await.unwrap();
    assert_eq!(feed(&world).await.len(), 1);
    world.wait(1);
    assert_eq!(world.auth.sweep(OPERATOR, 10).await.unwrap(), 1);
    assert_eq!(feed(&world).await, []);
}

#[tokio::test]
async fn the_feed_is_handed_to_those_who_follow_it() {
    let world = World::new().await;
    let scene = Scene::set(&world).await;
    let followed = Arc::clone(world.auth.revocations());
    let ending = async {
        scene.live.sign_out().await.unwrap();
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        biased;
        woken = followed.wait(Position::default()) => woken.unwrap(),
        () = ending => panic!("nobody was woken"),
    }
    assert_eq!(followed.after(Position::default(), 10).await.unwrap().len(), 1);
}
