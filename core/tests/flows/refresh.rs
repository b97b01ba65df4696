//! Refresh: what it does when it meets other flows or other servers, when answers get lost, and when the store fails.

use std::sync::Arc;

use bitjang_core::secret::SecretHash;
use bitjang_core::session::EndedWhy;
use bitjang_core::testing::together;
use bitjang_core::{Event, Session};

use crate::holder::Holder;
use crate::ratchet::alice;
use crate::script::Call::{FindAccount, FindSession, ReplaceForeseen, ReplaceSession};
use crate::script::Moment::{self, After, Before};
use crate::world::{PASSWORD, World, code};

const NEW: &str = "another good password";

#[tokio::test]
async fn invariant_11_an_honest_client_that_loses_half_its_answers_is_not_signed_out() {
    let world = World::new().await;
    let mut holder = alice(&world).await;
    for turn in 0..100 {
        for lost in 0..turn % 4 {
            let moment = if lost % 2 == 0 { After(ReplaceSession) } else { After(FindAccount) };
            world.script.fail(moment);
            _ = holder.refresh().await;
            world.script.mend();
        }
        assert_eq!(holder.goes_on().await, "done", "turn {turn}");
    }
    assert!(holder.is_signed_in().await);
}

#[tokio::test]
async fn invariant_11_a_turn_that_this_server_has_not_heard_of_signs_nobody_out() {
    let world = World::new().await;
    let holder = alice(&world).await;
    let (session, account) = holder.kept().await;
    // The turn was made at another server, and its answer got lost.
    holder.refresh().await.unwrap();
    world.script.remember(Arc::clone(&session), Arc::clone(&account));
    world.script.foresee(session, account);
    let mut jar = holder;
    assert_eq!((jar.goes_on().await, jar.goes_on().await), ("done", "done"));
}

#[tokio::test]
async fn a_right_guess_saves_the_reading() {
    let world = World::new().await;
    let mut holder = alice(&world).await;
    for _ in 0..3 {
        holder.is_foreseen().await;
        assert_eq!(holder.goes_on().await, "done");
        assert_eq!(world.script.calls(), [ReplaceForeseen]);
    }
    assert!(holder.is_signed_in().await);
}

#[tokio::test]
async fn a_guess_that_another_turn_made_wrong_costs_no_trip_more() {
    let world = World::new().await;
    let first = alice(&world).await;
    first.is_foreseen().await;
    let mut second = first.gone_on().await;
    world.script.calls();
    assert_eq!(code(first.refresh().await), "done", "its answer got lost, for all we know");
    assert_eq!(world.script.calls(), [ReplaceForeseen]);
    assert_eq!(second.goes_on().await, "done", "by the guess nobody has been given that token");
    assert_eq!(world.script.calls(), [FindSession, FindAccount, ReplaceSession]);
    assert_eq!(code(first.refresh().await), "token_reuse");
    assert_eq!(world.script.calls(), [ReplaceForeseen, ReplaceSession]);
}

#[tokio::test]
async fn nobody_is_refused_and_nothing_is_written_by_a_guess_that_is_wrong() {
    let world = World::new().await;
    let holder = alice(&world).await;
    let (session, account) = holder.kept().await;
    let ended = session.ending(EndedWhy::SignedOut, world.auth.now()).unwrap();
    let disabled = account.disabled();
    for (session, account) in [
        (Arc::new(ended), Arc::clone(&account)),
        (Arc::clone(&session), Arc::new(disabled)),
        (Arc::new(Session { secret: SecretHash::from_bytes([0; 32]), ..Session::clone(&session) }), account),
    ] {
        world.script.foresee(session, account);
        assert_eq!(code(holder.refresh().await), "done");
    }
}

#[tokio::test]
async fn an_account_that_changed_is_not_overlooked_by_a_guess() {
    for password in [false, true] {
        let world = World::new().await;
        let (holder, laptop) = (alice(&world).await, world.person("alice").signs_in().await);
        holder.is_foreseen().await;
        if password {
            laptop.change_password(PASSWORD, NEW).await.unwrap();
        } else {
            laptop.end_others().await.unwrap();
        }
        world.script.calls();
        assert_eq!(code(holder.refresh().await), "signed_out");
        assert_eq!(world.script.calls(), [ReplaceForeseen]);
    }
}

#[tokio::test]
async fn invariant_11_racing_tabs_are_all_served_and_any_of_their_answers_goes_on() {
    for kept in [0, 7, 19] {
        let world = World::new().await;
        let holder = alice(&world).await;
        let answers = together((0..20).map(|_| holder.refresh())).await;
        assert!(answers.iter().all(Result::is_ok));
        let turned = world.events().into_iter().filter(|event| matches!(event, Event::Turned(_)));
        assert_eq!(turned.count(), 1);
        let mut jar = Holder::of(&world, answers[kept].as_ref().unwrap());
        assert_eq!((jar.goes_on().await, jar.goes_on().await), ("done", "done"));
    }
}

#[tokio::test]
async fn invariant_2_of_a_token_presented_twice_at_once_one_turns_and_one_is_again() {
    for moment in [After(FindSession), After(FindAccount), Before(ReplaceSession)] {
        let world = World::new().await;
        let holder = alice(&world).await;
        let (late, first) = world.halting(moment, holder.refresh(), holder.refresh()).await;
        let (late, first) = (Holder::of(&world, &late.unwrap()), Holder::of(&world, &first.unwrap()));
        assert_eq!(world.events(), [Event::Turned(holder.session), Event::TurnedAgain(holder.session)]);
        assert_eq!(code(late.refresh().await), "done", "{moment:?}");
        assert_eq!(code(first.refresh().await), "token_reuse", "{moment:?}");
    }
}

#[tokio::test]
async fn invariant_2_of_two_siblings_presented_at_once_at_two_servers_at_most_one_goes_on() {
    for moment in [After(FindSession), After(FindAccount), Before(ReplaceSession)] {
        let world = World::new().await;
        let server = world.another_server().await;
        let first = alice(&world).await;
        let (one, other) = (first.gone_on().await, first.gone_on().await);
        let (late, early) = world.halting(moment, one.refresh_at(&server), other.refresh()).await;
        assert_eq!((code(late), early.is_ok()), ("token_reuse", true), "{moment:?}");
        let early = Holder::of(&world, &early.unwrap());
        assert!(!early.is_signed_in().await, "{moment:?}");
    }
}

/// Every moment of a refresh before its commit.
const REFRESHING: [Moment; 4] =
    [Before(FindSession), After(FindSession), After(FindAccount), Before(ReplaceSession)];

#[tokio::test]
async fn a_refresh_that_meets_a_sign_out_revives_nothing() {
    for moment in REFRESHING {
        let world = World::new().await;
        let holder = alice(&world).await;
        let (late, out) = world.halting(moment, holder.refresh(), holder.sign_out()).await;
        assert_eq!((code(late), code(out)), ("signed_out", "done"), "{moment:?}");
        assert!(!holder.is_signed_in().await, "{moment:?}");
        assert_eq!(code(holder.refresh().await), "signed_out");
    }
}

#[tokio::test]
async fn a_sign_out_that_meets_a_refresh_ends_what_the_refresh_gave() {
    for moment in [After(FindSession), Before(ReplaceSession)] {
        let world = World::new().await;
        let holder = alice(&world).await;
        let (out, given) = world.halting(moment, holder.sign_out(), holder.gone_on()).await;
        assert_eq!(code(out), "done", "{moment:?}");
        assert!(!given.is_signed_in().await, "{moment:?}");
        assert_eq!(code(given.refresh().await), "signed_out", "{moment:?}");
    }
}

#[tokio::test]
async fn a_refresh_that_meets_the_end_of_all_other_sessions_gives_tokens_that_are_good_for_nothing() {
    for password in [false, true] {
        for moment in REFRESHING {
            let world = World::new().await;
            let (holder, laptop) = (alice(&world).await, world.person("alice").signs_in().await);
            let end = async {
                if password { laptop.change_password(PASSWORD, NEW).await } else { laptop.end_others().await }
            };
            let (late, ended) = world.halting(moment, holder.refresh(), end).await;
            assert_eq!(code(ended), "done");
            if let Ok(given) = late {
                let given = Holder::of(&world, &given);
                assert!(!given.is_signed_in().await, "{moment:?}");
                assert_eq!(code(given.refresh().await), "signed_out", "{moment:?}");
            }
            assert!(!holder.is_signed_in().await, "{moment:?}");
        }
    }
}

#[tokio::test]
async fn a_theft_that_meets_a_sign_out_is_told_as_the_sign_out_alone() {
    let world = World::new().await;
    let first = alice(&world).await;
    let third = first.gone_on().await.gone_on().await;
    world.events();
    let (theft, out) = world.halting(Before(ReplaceSession), first.refresh(), third.sign_out()).await;
    assert_eq!((code(theft), code(out)), ("signed_out", "done"));
    assert_eq!(world.events(), [Event::SessionEnded(first.session, EndedWhy::SignedOut)]);
}

#[tokio::test]
async fn a_refresh_that_cannot_reach_the_store_fails_and_can_be_asked_again() {
    for call in [FindSession, FindAccount, ReplaceSession] {
        let world = World::new().await;
        let holder = alice(&world).await;
        let before = world.records().await;
        world.script.fail(Before(call));
        assert_eq!(code(holder.refresh().await), "failed", "{call:?}, which is no signed_out");
        assert_eq!((world.records().await, world.events()), (before, vec![]), "{call:?}");
        world.script.mend();
        assert_eq!(code(holder.refresh().await), "done", "{call:?}");
        assert_eq!(world.events(), [Event::Turned(holder.session)], "{call:?}");
    }
}

#[tokio::test]
async fn invariant_9_a_refresh_whose_answer_got_lost_is_asked_again_at_any_server() {
    let world = World::new().await;
    let (holder, server) = (alice(&world).await, world.another_server().await);
    world.script.fail(After(ReplaceSession));
    assert_eq!(code(holder.refresh().await), "failed");
    world.script.mend();
    world.wait(36_000);
    let given = holder.refresh_at(&server).await.unwrap();
    assert_eq!(world.events(), [Event::TurnedAgain(holder.session)]);
    assert_eq!(Holder::of(&world, &given).goes_on().await, "done");
}

#[tokio::test]
async fn a_theft_that_cannot_be_written_down_is_a_failure_and_is_caught_the_next_time() {
    let world = World::new().await;
    let first = alice(&world).await;
    let third = first.gone_on().await.gone_on().await;
    world.events();
    world.script.fail(Before(ReplaceSession));
    assert_eq!(code(first.refresh().await), "failed");
    assert!(world.events().is_empty());
    world.script.mend();
    assert_eq!(code(first.refresh().await), "token_reuse");
    assert!(!third.is_signed_in().await);
}
