//! What must hold whatever happens, by the numbers of the design: 1, 3, 4, 5, 6 and 9; 10 is in [`crate::secrets`].

use bitjang_core::account::Roles;
use bitjang_core::password::PasswordHash;
use bitjang_core::{Error, NewAccount, Proof, SessionToken};

use crate::script::Call::{FindAccount, FindSession, InsertAccount, ReplaceAccount, ReplaceSession};
use crate::script::Moment::{After, Before};
use crate::world::{Device, OPERATOR, PASSWORD, World, code, id};

const NEW: &str = "another good password";

/// A way in which the session of a phone comes to its end.
#[derive(Clone, Copy, Debug)]
enum End {
    SignedOut,
    FromTheLaptop,
    AllOthers,
    PasswordChanged,
    Disabled,
}

const ENDS: [End; 5] =
    [End::SignedOut, End::FromTheLaptop, End::AllOthers, End::PasswordChanged, End::Disabled];

impl End {
    async fn bring(self, world: &World, phone: &Device<'_>, laptop: &Device<'_>) -> Result<(), Error> {
        match self {
            Self::SignedOut => phone.sign_out().await,
            Self::FromTheLaptop => laptop.end(phone.session).await,
            Self::AllOthers => laptop.end_others().await,
            Self::PasswordChanged => laptop.change_password(PASSWORD, NEW).await,
            Self::Disabled => world.auth.disable(OPERATOR, &id("alice")).await.map(drop),
        }
    }
}

#[tokio::test]
async fn invariant_1_an_acknowledged_end_is_not_undone_by_a_slow_request() {
    for end in ENDS {
        for moment in [After(FindSession), After(FindAccount), Before(ReplaceSession)] {
            let world = World::new().await;
            let alice = world.person("alice");
            let (phone, laptop) = (alice.signs_up().await, alice.signs_in().await);
            world.wait(7_200);
            let (_, ended) = world.halting(moment, phone.verify(), end.bring(&world, &phone, &laptop)).await;
            assert_eq!(code(ended), "done", "{end:?} {moment:?}");
            assert!(!phone.is_signed_in().await, "{end:?} {moment:?}");
        }
    }
}

#[tokio::test]
async fn invariant_3_a_session_that_ended_never_comes_back() {
    for end in ENDS {
        let world = World::new().await;
        let alice = world.person("alice");
        let (phone, laptop) = (alice.signs_up().await, alice.signs_in().await);
        let proof = phone.proof().await;
        end.bring(&world, &phone, &laptop).await.unwrap();
        for meddling in 0..6 {
            _ = match meddling {
                0 => world.auth.enable(OPERATOR, &id("alice")).await.map(drop),
                1 => alice
                    .typing(if matches!(end, End::PasswordChanged) { NEW } else { PASSWORD })
                    .sign_in()
                    .await
                    .map(drop),
                2 => world.auth.end_other_sessions(&proof).await,
                3 => phone.verify().await.map(drop),
                4 => world.auth.sweep(OPERATOR, 10).await.map(drop),
                _ => phone.sign_out().await,
            };
            assert!(!phone.is_signed_in().await, "{end:?}, meddling {meddling}");
        }
    }
}

#[tokio::test]
async fn invariant_4_a_request_is_served_as_the_cookie_s_owner_or_as_nobody() {
    let world = World::new().await;
    let (alice, bob) = (world.person("alice").signs_up().await, world.person("bob").signs_up().await);
    let (one, other) = (alice.token.reveal(), bob.token.reveal());
    for cut in 0..=one.len() {
        let Some(token) = SessionToken::parse(&format!("{}{}", &one[..cut], &other[cut..])) else { continue };
        let text = token.reveal();
        let expected = if *text == *one {
            Some("alice")
        } else if *text == *other {
            Some("bob")
        } else {
            None
        };
        let served = world.auth.verify(&Proof::SessionToken(token)).await.ok();
        assert_eq!(served.as_ref().map(|who| who.account().identifier.as_str()), expected, "cut at {cut}");
    }
}

#[tokio::test]
async fn invariant_4_a_cookie_with_one_character_changed_is_nobody_s() {
    let world = World::new().await;
    let cookie = world.person("alice").signs_up().await.token.reveal();
    for (at, old) in cookie.char_indices() {
        let new = if old == 'A' { 'B' } else { 'A' };
        let changed = format!("{}{new}{}", &cookie[..at], &cookie[at + 1..]);
        let Some(token) = SessionToken::parse(&changed) else { continue };
        assert_eq!(
            code(world.auth.verify(&Proof::SessionToken(token)).await),
            "signed_out",
            "character {at}"
        );
    }
}

#[tokio::test]
async fn invariant_5_one_account_per_canonical_identifier() {
    let world = World::new().await;
    let spellings = ["straße", "STRASSE", "ｓｔｒａｓｓｅ", " Strasse "];
    for spelling in spellings {
        _ = world.person(spelling).sign_up().await;
        _ = world.import(spelling, PasswordHash::from_store("*".to_owned())).await;
        let new = NewAccount { identifier: spelling, name: None, password: PASSWORD };
        _ = world.auth.add_account(OPERATOR, new, Roles::default()).await;
    }
    assert_eq!(world.records().await.len(), 1);
}

#[tokio::test]
async fn invariant_6_a_full_disk_signs_nobody_out() {
    let world = World::new().await;
    let phone = world.person("alice").signs_up().await;
    for write in [ReplaceSession, ReplaceAccount, InsertAccount] {
        world.script.fail(Before(write));
    }
    for _ in 0..100 {
        world.wait(7_200);
        assert!(phone.is_signed_in().await);
    }
    assert_eq!(code(phone.sign_out().await), "failed", "what is not done is not said to be");
    assert!(phone.is_signed_in().await);
}

#[tokio::test]
async fn invariant_9_whatever_ends_sessions_may_be_asked_for_again_when_the_answer_got_lost() {
    for (end, write) in [
        (End::SignedOut, ReplaceSession),
        (End::FromTheLaptop, ReplaceSession),
        (End::AllOthers, ReplaceAccount),
        (End::Disabled, ReplaceAccount),
    ] {
        let world = World::new().await;
        let alice = world.person("alice");
        let (phone, laptop) = (alice.signs_up().await, alice.signs_in().await);
        world.script.fail(After(write));
        assert_eq!(code(end.bring(&world, &phone, &laptop).await), "failed", "{end:?}");
        world.script.mend();
        assert!(!phone.is_signed_in().await, "{end:?}");
        assert_eq!(code(end.bring(&world, &phone, &laptop).await), "done", "{end:?}");
    }
}

#[tokio::test]
async fn invariant_9_a_password_change_whose_answer_got_lost_has_happened_once() {
    let world = World::new().await;
    let phone = world.person("alice").signs_up().await;
    world.script.fail(After(ReplaceAccount));
    assert_eq!(code(phone.change_password(PASSWORD, NEW).await), "failed");
    world.script.mend();
    assert_eq!(code(phone.change_password(PASSWORD, NEW).await), "bad_credentials");
    assert!(phone.is_signed_in().await);
    assert_eq!(code(world.person("alice").typing(NEW).sign_in().await), "done");
}

#[tokio::test]
async fn invariant_9_a_sign_up_whose_answer_got_lost_is_finished_by_signing_in() {
    let world = World::new().await;
    world.script.fail(After(InsertAccount));
    assert_eq!(code(world.person("alice").sign_up().await), "failed");
    world.script.mend();
    assert_eq!(code(world.person("alice").sign_up().await), "identifier_taken");
    assert_eq!(code(world.person("alice").sign_in().await), "done");
}
