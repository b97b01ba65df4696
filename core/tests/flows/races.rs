//! Races between flows, each with one flow halted at an exact moment.

use bitjang_core::session::EndedWhy;
use bitjang_core::testing::together;
use bitjang_core::{Carrier, Error, Event, PasswordChange};

use crate::holder::Holder;
use crate::revocation::{End, Scene, passes};
use crate::script::Call::{
    Check, Choose, FindAccount, FindSession, InsertAccount, InsertSession, NameAccount, ReplaceAccount,
    ReplaceSession, TakeAttempt,
};
use crate::script::Moment::{self, After, Before};
use crate::world::{OPERATOR, PASSWORD, World, code, id, roles};

const NEW: &str = "another good password";

/// Every moment of a sign-in after the account has been read and before its session is there.
const SIGNING_IN: [Moment; 5] =
    [After(NameAccount), Before(TakeAttempt), Before(Check), After(Check), Before(InsertSession)];

#[tokio::test]
async fn a_sign_in_that_began_before_a_password_change_gives_no_session() {
    for moment in SIGNING_IN {
        let world = World::new().await;
        let alice = world.person("alice");
        let phone = alice.signs_up().await;
        let proof = phone.proof().await;
        let change = PasswordChange { current: PASSWORD, new: NEW };
        let change = world.auth.change_password(&proof, change, [192, 0, 2, 1].into());
        let (given, changed) = world.halting(moment, alice.sign_in(), change).await;
        assert_eq!(code(changed), "done");
        let late = alice.device(&given.unwrap());
        assert!(!late.is_signed_in().await, "{moment:?}");
        assert!(phone.is_signed_in().await);
    }
}

#[tokio::test]
async fn a_sign_in_that_began_before_the_account_was_disabled_gives_no_session_even_once_it_is_enabled() {
    for moment in SIGNING_IN {
        let world = World::new().await;
        let (alice, name) = (world.person("alice"), id("alice"));
        alice.signs_up().await;
        let (given, _disabled) =
            world.halting(moment, alice.sign_in(), world.auth.disable(OPERATOR, &name)).await;
        let late = alice.device(&given.unwrap());
        assert!(!late.is_signed_in().await, "{moment:?}");
        world.auth.enable(OPERATOR, &name).await.unwrap();
        assert!(!late.is_signed_in().await, "{moment:?}");
    }
}

#[tokio::test]
async fn a_sign_in_that_began_before_all_others_were_ended_gives_no_session() {
    for moment in SIGNING_IN {
        let world = World::new().await;
        let alice = world.person("alice");
        let phone = alice.signs_up().await;
        let (given, ended) = world.halting(moment, alice.sign_in(), phone.end_others()).await;
        assert_eq!(code(ended), "done");
        assert!(!alice.device(&given.unwrap()).is_signed_in().await, "{moment:?}");
    }
}

#[tokio::test]
async fn a_request_under_way_does_not_revive_what_is_ended_meanwhile() {
    for moment in [After(FindSession), After(FindAccount), Before(ReplaceSession)] {
        let world = World::new().await;
        let phone = world.person("alice").signs_up().await;
        world.wait(7_200);
        let (_, out) = world.halting(moment, phone.verify(), phone.sign_out()).await;
        assert_eq!(code(out), "done");
        assert!(!phone.is_signed_in().await, "{moment:?}");
    }
}

#[tokio::test]
async fn of_two_password_changes_on_two_devices_the_first_holds() {
    for moment in [After(FindAccount), Before(Check), After(Choose), Before(ReplaceAccount)] {
        let world = World::new().await;
        let alice = world.person("alice");
        let (phone, laptop) = (alice.signs_up().await, alice.signs_in().await);
        let change = PasswordChange { current: PASSWORD, new: "the slow new password" };
        let proof = phone.proof().await;
        let slow = world.auth.change_password(&proof, change, [192, 0, 2, 1].into());
        let (late, first) = world.halting(moment, slow, laptop.change_password(PASSWORD, NEW)).await;
        assert_eq!((code(late), code(first)), ("signed_out", "done"), "{moment:?}");
        assert_eq!(code(alice.typing("the slow new password").sign_in().await), "bad_credentials");
        assert_eq!(code(alice.typing(NEW).sign_in().await), "done");
        assert!(laptop.is_signed_in().await && !phone.is_signed_in().await);
    }
}

#[tokio::test]
async fn of_two_password_changes_on_one_device_the_first_holds() {
    let world = World::new().await;
    let phone = world.person("alice").signs_up().await;
    let slow = phone.change_password(PASSWORD, "the slow new password");
    let (late, first) =
        world.halting(Before(ReplaceAccount), slow, phone.change_password(PASSWORD, NEW)).await;
    assert_eq!((code(late), code(first)), ("bad_credentials", "done"), "the current one is another by now");
    assert!(phone.is_signed_in().await);
    assert_eq!(code(world.person("alice").typing(NEW).sign_in().await), "done");
}

#[tokio::test]
async fn a_password_change_that_meets_a_disabling_changes_nothing() {
    let (world, name) = (World::new().await, id("alice"));
    let phone = world.person("alice").signs_up().await;
    let slow = phone.change_password(PASSWORD, NEW);
    let disable = world.auth.disable(OPERATOR, &name);
    let (late, _disabled) = world.halting(Before(ReplaceAccount), slow, disable).await;
    assert_eq!(code(late), "signed_out");
    world.auth.enable(OPERATOR, &name).await.unwrap();
    assert!(!phone.is_signed_in().await);
    assert_eq!(code(world.person("alice").sign_in().await), "done", "with the old password");
}

/// Every moment of a password change, from the look at who asks to the write.
const CHANGING: [Moment; 6] = [
    After(FindSession),
    After(FindAccount),
    Before(Check),
    After(Check),
    After(Choose),
    Before(ReplaceAccount),
];

/// Every moment of a sign-out.
const SIGNING_OUT: [Moment; 2] = [After(FindSession), Before(ReplaceSession)];

#[tokio::test]
async fn a_sign_out_that_meets_a_password_change_on_another_device_ends_the_session_whichever_is_first() {
    for moment in CHANGING {
        let world = World::new().await;
        let scene = Scene::set(&world).await;
        let (changed, out) =
            world.halting(moment, scene.end(End::PasswordChanged), scene.end(End::SignedOut)).await;
        assert_eq!((code(changed), code(out)), ("done", "done"), "{moment:?}");
        is_over(&scene.live, moment).await;
    }
    for moment in SIGNING_OUT {
        let world = World::new().await;
        let scene = Scene::set(&world).await;
        let (out, changed) =
            world.halting(moment, scene.end(End::SignedOut), scene.end(End::PasswordChanged)).await;
        assert_eq!((code(changed), code(out)), ("done", "done"), "{moment:?}");
        is_over(&scene.live, moment).await;
    }
}

#[tokio::test]
async fn a_sign_out_that_meets_a_password_change_by_the_same_session_ends_it_whichever_is_first() {
    for moment in CHANGING {
        let world = World::new().await;
        let phone = world.person("alice").by(Carrier::Bearer).signs_up_by_token().await;
        let (_either_way, out) = world.halting(moment, change(&phone), phone.sign_out()).await;
        assert_eq!(code(out), "done", "{moment:?}");
        is_over(&phone, moment).await;
    }
    for moment in SIGNING_OUT {
        let world = World::new().await;
        let phone = world.person("alice").by(Carrier::Bearer).signs_up_by_token().await;
        let (out, changed) = world.halting(moment, phone.sign_out(), change(&phone)).await;
        assert_eq!(
            (code(changed), code(out)),
            ("done", "done"),
            "{moment:?}: the change spares it, the sign-out does not"
        );
        is_over(&phone, moment).await;
    }
}

async fn change(holder: &Holder<'_>) -> Result<(), Error> {
    let change = PasswordChange { current: PASSWORD, new: NEW };
    holder.world.auth.change_password(&holder.verify().await?, change, [192, 0, 2, 1].into()).await
}

/// The session has ended, here and wherever the feed is heard, for its access token and for its refresh token.
async fn is_over(holder: &Holder<'_>, moment: Moment) {
    assert!(!holder.is_signed_in().await, "{moment:?}");
    assert_eq!(code(holder.refresh().await), "signed_out", "{moment:?}");
    assert!(!passes(holder.world, &holder.access).await, "{moment:?}: its revocation is in the feed");
}

#[tokio::test]
async fn a_password_change_by_a_session_that_is_ended_meanwhile_changes_nothing() {
    for moment in [Before(Check), After(Choose)] {
        let world = World::new().await;
        let alice = world.person("alice");
        let (phone, laptop) = (alice.signs_up().await, alice.signs_in().await);
        let slow = phone.change_password(PASSWORD, NEW);
        let (late, ended) = world.halting(moment, slow, laptop.end_others()).await;
        assert_eq!((code(late), code(ended)), ("signed_out", "done"), "{moment:?}");
        assert_eq!(code(alice.sign_in().await), "done", "with the old password");
    }
}

#[tokio::test]
async fn of_two_devices_that_end_each_other_the_first_stays() {
    let world = World::new().await;
    let alice = world.person("alice");
    let (phone, laptop) = (alice.signs_up().await, alice.signs_in().await);
    let (late, first) = world.halting(Before(ReplaceAccount), phone.end_others(), laptop.end_others()).await;
    assert_eq!((code(late), code(first)), ("signed_out", "done"));
    assert!(laptop.is_signed_in().await && !phone.is_signed_in().await);
}

#[tokio::test]
async fn one_device_that_ends_the_others_twice_at_once_stays() {
    let world = World::new().await;
    let (phone, laptop) = (world.person("alice").signs_up().await, world.person("alice").signs_in().await);
    let (late, first) = world.halting(Before(ReplaceAccount), phone.end_others(), phone.end_others()).await;
    assert_eq!((code(late), code(first)), ("done", "done"));
    assert!(phone.is_signed_in().await && !laptop.is_signed_in().await);
}

#[tokio::test]
async fn of_fifty_sign_ups_of_one_name_one_succeeds() {
    let world = World::new().await;
    let spellings = ["alice", "ALICE", "ａｌｉｃｅ", " alice ", "Alice"];
    let sign_ups = spellings.iter().cycle().take(50).map(|spelling| world.person(spelling).sign_up());
    let answers: Vec<_> = together(sign_ups).await.into_iter().map(code).collect();
    assert_eq!(world.hasher.hashes(), 50, "all were past the look at the name");
    assert_eq!(answers.iter().filter(|answer| **answer == "done").count(), 1);
    assert_eq!(answers.iter().filter(|answer| **answer == "identifier_taken").count(), 49);
    let records = world.records().await;
    assert_eq!((records.len(), records[0].1.len()), (1, 1), "one account with one session");
}

#[tokio::test]
async fn a_sign_up_that_comes_second_gets_no_session_of_the_first() {
    let world = World::new().await;
    let (alice, mallory) = (world.person("alice"), world.person("alice").typing("mallory's own words"));
    let (late, first) = world.halting(Before(InsertAccount), mallory.sign_up(), alice.sign_up()).await;
    assert_eq!((code(late), code(first)), ("identifier_taken", "done"));
    assert_eq!(code(mallory.sign_in().await), "bad_credentials");
}

#[tokio::test]
async fn a_sign_out_that_meets_an_end_from_another_device_is_done_and_told_once() {
    let world = World::new().await;
    let (phone, laptop) = (world.person("alice").signs_up().await, world.person("alice").signs_in().await);
    world.events();
    let (out, ended) =
        world.halting(Before(ReplaceSession), phone.sign_out(), laptop.end(phone.session)).await;
    assert_eq!((code(out), code(ended)), ("done", "done"));
    assert_eq!(world.events(), [Event::SessionEnded(phone.session, EndedWhy::FromAnotherDevice)]);
    assert!(!phone.is_signed_in().await);
}

#[tokio::test]
async fn roles_given_while_an_account_is_being_disabled_leave_it_disabled() {
    let (world, name, admin) = (World::new().await, id("alice"), roles(&["admin"]));
    let phone = world.person("alice").signs_up().await;
    let slow = world.auth.set_roles(OPERATOR, &name, &admin);
    let (given, _disabled) =
        world.halting(Before(ReplaceAccount), slow, world.auth.disable(OPERATOR, &name)).await;
    assert_eq!(given.unwrap().roles, admin);
    assert!(!phone.is_signed_in().await);
    assert_eq!(code(world.person("alice").sign_in().await), "bad_credentials");
}

#[tokio::test]
async fn an_attempt_given_back_late_wins_nobody_more_than_it_took() {
    let world = World::new().await;
    let alice = world.person("alice");
    alice.signs_up().await;
    let guesses = async {
        for _ in 0..9 {
            assert_eq!(code(alice.typing("a wrong guess").sign_in().await), "bad_credentials");
        }
        code(alice.typing("a wrong guess").sign_in().await)
    };
    let (given, tenth) = world.halting(After(Check), alice.sign_in(), guesses).await;
    assert_eq!((code(given), tenth), ("done", "too_many_attempts"));
    assert_eq!(code(alice.typing("a wrong guess").sign_in().await), "bad_credentials");
    assert_eq!(code(alice.sign_in().await), "too_many_attempts");
}
