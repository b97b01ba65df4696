//! Faults: every call to the store that fails makes its flow fail, with nothing changed and nothing said, or is none of the caller's business.

use bitjang_core::{Error, Event};

use crate::script::Call::{
    self, AddSigner, FindAccount, FindSession, ForgetRevocations, GiveBack, InsertAccount, InsertSession,
    ListSessions, ListSigners, NameAccount, PageAccounts, ReplaceAccount, ReplaceSession, SweepLimits,
    SweepSessions, TakeAttempt,
};
use crate::script::Moment::{After, Before};
use crate::world::{Device, OPERATOR, PASSWORD, World, code, id, roles};

const NEW: &str = "another good password";

/// A flow that alice, her phone or the operator goes through.
#[derive(Clone, Copy, Debug)]
enum Flow {
    SignUp,
    SignIn,
    Verify,
    SignOut,
    ListSessions,
    EndSession,
    EndOthers,
    ChangePassword,
    Disable,
    Enable,
    SetRoles,
    ListAccounts,
    Sweep,
    RenewKeys,
    RotateKeys,
}

impl Flow {
    /// Goes through the flow, forgetting what a success gives.
    async fn run(self, world: &World, phone: &Device<'_>) -> Result<(), Error> {
        let (auth, alice) = (&world.auth, id("alice"));
        match self {
            Self::SignUp => world.person("bob").sign_up().await.map(drop),
            Self::SignIn => world.person("alice").sign_in().await.map(drop),
            Self::Verify => phone.verify().await.map(drop),
            Self::SignOut => phone.sign_out().await,
            Self::ListSessions => auth.sessions(&phone.verify().await?).await.map(drop),
            Self::EndSession => phone.end(phone.session).await,
            Self::EndOthers => phone.end_others().await,
            Self::ChangePassword => phone.change_password(PASSWORD, NEW).await,
            Self::Disable => auth.disable(OPERATOR, &alice).await.map(drop),
            Self::Enable => auth.enable(OPERATOR, &alice).await.map(drop),
            Self::SetRoles => auth.set_roles(OPERATOR, &alice, &roles(&["admin"])).await.map(drop),
            Self::ListAccounts => auth.accounts(OPERATOR, None, 10).await.map(drop),
            Self::Sweep => auth.sweep(OPERATOR, 10).await.map(drop),
            Self::RenewKeys => auth.renew_keys(OPERATOR).await.map_err(Error::from),
            Self::RotateKeys => auth.rotate_keys(OPERATOR).await.map(drop).map_err(Error::from),
        }
    }
}

/// Every flow with every call that it cannot do without.
const NEEDED: &[(Flow, &[Call])] = &[
    (Flow::SignUp, &[TakeAttempt, NameAccount, InsertAccount]),
    (Flow::SignIn, &[NameAccount, TakeAttempt, InsertSession]),
    (Flow::Verify, &[FindSession, FindAccount]),
    (Flow::SignOut, &[FindSession, ReplaceSession]),
    (Flow::ListSessions, &[ListSessions]),
    (Flow::EndSession, &[FindSession, ReplaceSession]),
    (Flow::EndOthers, &[FindAccount, ReplaceAccount]),
    (Flow::ChangePassword, &[FindAccount, TakeAttempt, ReplaceAccount]),
    (Flow::Disable, &[NameAccount, ReplaceAccount]),
    (Flow::Enable, &[NameAccount, ReplaceAccount]),
    (Flow::SetRoles, &[NameAccount, ReplaceAccount]),
    (Flow::ListAccounts, &[PageAccounts]),
    (Flow::Sweep, &[SweepSessions, SweepLimits, ForgetRevocations]),
    (Flow::RenewKeys, &[ListSigners]),
    (Flow::RotateKeys, &[ListSigners, AddSigner]),
];

#[tokio::test]
async fn a_flow_that_cannot_reach_the_store_fails_changes_nothing_and_goes_through_once_it_can() {
    for (flow, calls) in NEEDED {
        for call in *calls {
            let world = World::new().await;
            let phone = world.person("alice").signs_up().await;
            let before = (world.records().await, world.events()).0;
            world.script.fail(Before(*call));
            assert_eq!(code(flow.run(&world, &phone).await), "failed", "{flow:?} without {call:?}");
            assert_eq!(world.records().await, before, "{flow:?} without {call:?}");
            assert!(
                world.events().is_empty(),
                "{flow:?} without {call:?}: nothing happened, nothing is told"
            );
            world.script.mend();
            assert_eq!(code(flow.run(&world, &phone).await), "done", "{flow:?} after {call:?} is mended");
        }
    }
}

#[tokio::test]
async fn a_failure_says_what_was_tried_and_neither_who_nor_why() {
    let world = World::new().await;
    let phone = world.person("alice").signs_up().await;
    for (flow, calls) in NEEDED {
        world.script.fail(Before(calls[0]));
        let failure = flow.run(&world, &phone).await.unwrap_err();
        assert_eq!(failure.to_string(), "could not reach the store", "{flow:?}");
        let told = format!("{failure:?}");
        assert!(!told.contains(PASSWORD) && !told.contains(&*phone.token.reveal()), "{flow:?}");
        world.script.mend();
    }
}

#[tokio::test]
async fn nobody_waits_for_an_attempt_to_be_given_back() {
    let world = World::new().await;
    world.script.fail(Before(GiveBack));
    let phone = world.person("alice").signs_up().await;
    assert_eq!(code(world.person("alice").sign_in().await), "done");
    assert_eq!(code(phone.change_password(PASSWORD, NEW).await), "done");
    let put_off = world.events().into_iter().filter(|event| *event == Event::PutOff("reach the store"));
    assert_eq!(put_off.count(), 3);
}

#[tokio::test]
async fn a_crowd_and_a_store_that_cannot_say_who_is_familiar_is_a_failure() {
    let world = World::new().await;
    world.person("alice").signs_up().await;
    for n in 0..100 {
        _ = world.person("alice").typing("a wrong guess").at([10, 0, 0, n]).sign_in().await;
    }
    world.script.fail(Before(ListSessions));
    assert_eq!(code(world.person("alice").sign_in().await), "failed");
}

#[tokio::test]
async fn a_sign_up_whose_session_cannot_be_written_is_finished_by_signing_in() {
    let world = World::new().await;
    world.script.fail(Before(InsertSession));
    assert_eq!(code(world.person("alice").sign_up().await), "failed");
    world.script.mend();
    assert_eq!(code(world.person("alice").sign_up().await), "identifier_taken");
    assert_eq!(code(world.person("alice").sign_in().await), "done");
}

#[tokio::test]
async fn a_store_that_is_down_signs_nobody_out() {
    let world = World::new().await;
    let phone = world.person("alice").signs_up().await;
    for call in [FindSession, FindAccount] {
        world.script.fail(Before(call));
        assert_eq!(code(phone.verify().await), "failed", "which is no signed_out");
        world.script.mend();
        assert!(phone.is_signed_in().await);
    }
}

#[tokio::test]
async fn a_session_whose_answer_got_lost_belongs_to_nobody_and_can_be_ended() {
    let world = World::new().await;
    let phone = world.person("alice").signs_up().await;
    world.script.fail(After(InsertSession));
    assert_eq!(code(world.person("alice").sign_in().await), "failed");
    world.script.mend();
    let laptop = world.person("alice").signs_in().await;
    assert_eq!(laptop.sessions().await.len(), 3);
    laptop.end_others().await.unwrap();
    assert_eq!(laptop.sessions().await, [laptop.session]);
    assert!(!phone.is_signed_in().await);
}
