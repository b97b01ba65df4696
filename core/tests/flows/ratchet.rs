//! The table of the ratchet, row by row through the flow, each with its cause in the events.

use bitjang_core::key::Purpose;
use bitjang_core::ratchet::{Branch, Genuine, Held, RefreshToken, TagKey};
use bitjang_core::secret::SessionSecret;
use bitjang_core::session::EndedWhy;
use bitjang_core::testing::Dice;
use bitjang_core::{Carrier, Event, Handed, Keys as _, Proof};

use crate::holder::Holder;
use crate::script::Call::{FindAccount, FindSession, ReplaceSession};
use crate::world::{OPERATOR, PASSWORD, World, code, cookie, id};

const NEW: &str = "another good password";

/// Alice has just signed up with a program.
pub(crate) async fn alice(world: &World) -> Holder<'_> {
    let holder = world.person("alice").by(Carrier::Bearer).signs_up_by_token().await;
    world.events();
    world.script.calls();
    holder
}

#[tokio::test]
async fn the_first_to_present_a_generation_turns_it_in_one_commit() {
    let world = World::new().await;
    let first = alice(&world).await;
    let second = first.gone_on().await;
    assert_eq!(world.script.calls(), [FindSession, FindAccount, ReplaceSession]);
    assert_eq!(world.events(), [Event::Turned(first.session)]);
    assert_eq!((first.session, second.genuine().generation()), (second.session, 1));
    assert!(second.is_signed_in().await);
}

#[tokio::test]
async fn the_spent_token_again_is_given_a_sibling_and_nothing_is_written() {
    let world = World::new().await;
    let first = alice(&world).await;
    let one = first.gone_on().await;
    let before = world.records().await;
    world.events();
    for days in 0..5 {
        world.wait(days * 86_400);
        world.script.calls();
        let other = first.gone_on().await;
        assert_eq!(world.script.calls(), [FindSession, FindAccount]);
        assert_eq!(world.events(), [Event::TurnedAgain(first.session)]);
        assert_eq!(other.genuine().generation(), 1);
        assert_ne!(other.genuine().branch(), one.genuine().branch());
    }
    assert_eq!(world.records().await, before);
}

#[tokio::test]
async fn a_holder_of_siblings_is_known_by_the_one_that_was_spent() {
    let world = World::new().await;
    let first = alice(&world).await;
    let (one, other) = (first.gone_on().await, first.gone_on().await);
    let both = Held::new(other.genuine(), [one.genuine()]);
    let next = Holder::of(&world, &world.auth.refresh(&both, Carrier::Bearer).await.unwrap());
    assert_eq!(code(one.refresh().await), "done", "the oldest of them is spent, whatever else was shown");
    world.events();
    let late = Held::new(other.genuine(), [next.genuine()]);
    assert_eq!(code(world.auth.refresh(&late, Carrier::Bearer).await), "done");
    assert_eq!(world.events(), [Event::Turned(first.session)]);
}

#[tokio::test]
async fn tokens_of_another_session_or_secret_vouch_for_nobody() {
    let world = World::new().await;
    let first = alice(&world).await;
    let thief = first.gone_on().await;
    let owner = first.gone_on().await.gone_on().await;
    let stranger = world.person("bob").by(Carrier::Bearer).signs_up_by_token().await.gone_on().await;
    let forged = forged(&world, &owner, SessionSecret::generate(&Dice::seeded(99)), 2).await;
    let held = Held::new(thief.genuine(), [stranger.genuine(), forged]);
    assert_eq!(code(world.auth.refresh(&held, Carrier::Bearer).await), "token_reuse");
    assert!(stranger.is_signed_in().await && !owner.is_signed_in().await);
}

#[tokio::test]
async fn any_sibling_goes_on_and_then_the_others_betray_a_fork() {
    let world = World::new().await;
    let first = alice(&world).await;
    let (owner, thief) = (first.gone_on().await, first.gone_on().await);
    let third = thief.gone_on().await;
    world.events();
    assert_eq!(code(owner.refresh().await), "token_reuse");
    assert_eq!(world.events(), [Event::SessionEnded(first.session, EndedWhy::TokenFork)]);
    assert!(!third.is_signed_in().await);
    for late in [first, owner, thief, third] {
        assert_eq!(code(late.refresh().await), "signed_out", "told once, and nothing left to go on with");
    }
    assert!(world.events().is_empty());
}

#[tokio::test]
async fn a_token_from_before_the_spent_one_betrays_a_reuse() {
    let world = World::new().await;
    let first = alice(&world).await;
    let third = first.gone_on().await.gone_on().await;
    world.events();
    assert_eq!(code(first.refresh().await), "token_reuse");
    assert_eq!(world.events(), [Event::SessionEnded(first.session, EndedWhy::TokenReuse)]);
    assert!(!third.is_signed_in().await);
    assert_eq!(code(third.refresh().await), "signed_out");
}

#[tokio::test]
async fn a_theft_ends_no_other_session() {
    let world = World::new().await;
    let first = alice(&world).await;
    let other = world.person("alice").by(Carrier::Bearer).signs_in_by_token().await;
    first.gone_on().await.gone_on().await;
    assert_eq!(code(first.refresh().await), "token_reuse");
    assert!(other.is_signed_in().await);
    assert_eq!(code(other.refresh().await), "done");
}

#[tokio::test]
async fn a_session_that_expired_is_not_refreshed() {
    let world = World::new().await;
    let holder = alice(&world).await;
    world.wait(1_209_600);
    let before = world.records().await;
    assert_eq!(code(holder.refresh().await), "signed_out");
    assert_eq!(world.records().await, before);
    assert!(world.events().is_empty());
}

#[tokio::test]
async fn a_refresh_is_a_use_but_never_extends_a_session_beyond_its_end() {
    let world = World::new().await;
    let mut holder = alice(&world).await;
    for _ in 0..4 {
        world.wait(600_000);
        assert_eq!(holder.goes_on().await, "done");
    }
    world.wait(191_900);
    assert_eq!(holder.goes_on().await, "done");
    assert_eq!(holder.expires_in.as_secs(), 100, "the access token ends with the session");
    world.wait(100);
    assert_eq!(holder.goes_on().await, "signed_out");
}

#[tokio::test]
async fn whatever_ended_the_session_its_tokens_are_refused_and_nothing_changes() {
    for end in 0..5 {
        let world = World::new().await;
        let (first, laptop) = (alice(&world).await, world.person("alice").signs_in().await);
        let holder = first.gone_on().await;
        match end {
            0 => holder.sign_out().await,
            1 => laptop.end(holder.session).await,
            2 => laptop.end_others().await,
            3 => laptop.change_password(PASSWORD, NEW).await,
            _ => world.auth.disable(OPERATOR, &id("alice")).await.map(drop),
        }
        .unwrap();
        world.events();
        let before = world.records().await;
        for late in [&holder, &first] {
            assert_eq!(code(late.refresh().await), "signed_out", "ending {end}");
        }
        assert_eq!((world.records().await, world.events()), (before, vec![]), "ending {end}");
    }
}

#[tokio::test]
async fn a_token_presented_by_another_carrier_is_refused_and_changes_nothing() {
    for (handed, presented) in [
        (Carrier::Bearer, Carrier::TokenCookies),
        (Carrier::Bearer, Carrier::Cookie),
        (Carrier::TokenCookies, Carrier::Bearer),
        (Carrier::TokenCookies, Carrier::Cookie),
    ] {
        let world = World::new().await;
        let first = world.person("alice").by(handed).signs_up_by_token().await;
        let third = first.gone_on().await.gone_on().await;
        let before = world.records().await;
        third.is_foreseen().await;
        for holder in [&first, &third] {
            let answer = world.auth.refresh(&holder.genuine().into(), presented).await;
            assert_eq!(code(answer), "signed_out", "{handed:?} as {presented:?}");
        }
        assert_eq!(world.records().await, before, "not even the theft it would have shown is acted on");
        assert!(third.is_signed_in().await);
    }
}

#[tokio::test]
async fn each_carrier_is_given_what_it_carries() {
    let world = World::new().await;
    for carrier in [Carrier::Cookie, Carrier::TokenCookies, Carrier::Bearer] {
        let name = carrier.as_str();
        let given = world.person(name).by(carrier).sign_up().await.unwrap();
        assert_eq!(given.session.carrier, carrier);
        assert_eq!(matches!(given.handed, Handed::SessionToken(_)), carrier == Carrier::Cookie);
    }
}

#[tokio::test]
async fn garbage_and_forged_tokens_are_refused_without_the_store() {
    let (world, elsewhere) = (World::new().await, World::seeded(8).await);
    let (holder, foreign) = (alice(&world).await, alice(&elsewhere).await);
    let (good, session) = (&holder.refresh, world.person("alice").sign_in().await.unwrap());
    let other_kind = cookie(&session).reveal();
    world.script.calls();
    let changed = good.replace(&good[60..62], if &good[60..62] == "AA" { "BB" } else { "AA" });
    let longest = "bjr_".repeat(100_000);
    for text in ["", "bjr_", &good[..131], &changed, &longest, &holder.access, &foreign.refresh, &*other_kind]
    {
        assert!(world.auth.read_refresh(text).is_none());
    }
    assert!(world.script.calls().is_empty());
    assert_eq!(code(holder.refresh().await), "done");
}

#[tokio::test]
async fn a_genuine_token_of_a_session_nobody_remembers_is_refused() {
    let world = World::new().await;
    let holder = alice(&world).await;
    world.wait(2_592_000 + 86_401);
    world.auth.sweep(OPERATOR, 10).await.unwrap();
    assert_eq!(code(holder.refresh().await), "signed_out");
}

/// A token that somebody made who knows the tag key.
async fn forged(world: &World, holder: &Holder<'_>, secret: SessionSecret, generation: u32) -> Genuine {
    let key = TagKey::new(&world.memory.find(Purpose::RefreshTag).await.unwrap().unwrap().secret);
    let token = RefreshToken::new(holder.session, secret, generation, Branch([9; 8]));
    world.auth.read_refresh(&key.write(&token)).unwrap()
}

#[tokio::test]
async fn a_leaked_tag_key_alone_refreshes_nothing_and_ends_nothing() {
    let world = World::new().await;
    let third = alice(&world).await.gone_on().await.gone_on().await;
    let (before, _) = (world.records().await, world.events());
    for generation in 0..4 {
        let secret = SessionSecret::generate(&Dice::seeded(99));
        let token = forged(&world, &third, secret, generation).await;
        assert_eq!(code(world.auth.refresh(&token.clone().into(), Carrier::Bearer).await), "signed_out");
        assert_eq!(code(world.auth.sign_out(&Proof::Refresh(token)).await), "signed_out");
    }
    assert_eq!((world.records().await, world.events()), (before, vec![]));
}

#[tokio::test]
async fn a_generation_that_this_store_never_handed_out_is_refused_and_changes_nothing() {
    let world = World::new().await;
    let second = alice(&world).await.gone_on().await;
    let (before, _) = (world.records().await, world.events());
    for generation in [2, 3, u32::MAX] {
        let secret = second.genuine().secret().clone();
        let token = forged(&world, &second, secret, generation).await;
        assert_eq!(code(world.auth.refresh(&token.into(), Carrier::Bearer).await), "signed_out");
    }
    assert_eq!((world.records().await, world.events()), (before, vec![]));
    assert_eq!(code(second.refresh().await), "done");
}
