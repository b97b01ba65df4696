//! Servers of one store whose clocks are apart: nobody is signed out by that, and nothing that ended comes back.

use std::sync::Arc;
use std::time::Duration;

use bitjang_core::revocation::Position;
use bitjang_core::testing::HandClock;
use bitjang_core::{Auth, CLOCKS_APART, Carrier, Clock as _, LONGEST_LEEWAY, Ports, Revocations as _};

use crate::holder::Holder;
use crate::world::{OPERATOR, World};

/// Another server over the store of `world`, whose clock is as far ahead as clocks may be.
async fn ahead(world: &World) -> (Auth, Arc<HandClock>) {
    let clock = Arc::new(HandClock::showing(world.clock.now().plus(CLOCKS_APART)));
    let ports = Ports { clock: clock.clone(), ..world.ports.clone() };
    (Auth::open(ports, world.auth.rules().clone()).await.unwrap(), clock)
}

async fn alice(world: &World) -> Holder<'_> {
    world.person("alice").by(Carrier::Bearer).signs_up_by_token().await
}

#[tokio::test]
async fn a_token_of_a_server_whose_clock_is_ahead_is_good_at_once_at_every_server() {
    let world = World::new().await;
    let (mut holder, (ahead, _)) = (alice(&world).await, ahead(&world).await);
    holder = Holder::of(&world, &holder.refresh_at(&ahead).await.unwrap());
    assert!(world.auth.read_access(&holder.access).is_some());
    assert_eq!(holder.goes_on().await, "done", "and the ratchet knows no clock");
}

#[tokio::test]
async fn a_token_that_was_minted_far_ahead_is_not_good_yet() {
    let world = World::new().await;
    let (mut holder, (ahead, clock)) = (alice(&world).await, ahead(&world).await);
    clock.advance(Duration::from_secs(1));
    holder = Holder::of(&world, &holder.refresh_at(&ahead).await.unwrap());
    assert!(world.auth.read_access(&holder.access).is_none());
}

/// The worst of all: minted by a server whose clock is ahead, revoked by one whose clock is behind, swept by the first, and verified by the clock of the second.
#[tokio::test]
async fn a_revocation_is_kept_until_no_clock_would_let_the_token_through() {
    let world = World::new().await;
    let (mut holder, (ahead, clock)) = (alice(&world).await, ahead(&world).await);
    holder = Holder::of(&world, &holder.refresh_at(&ahead).await.unwrap());
    holder.sign_out().await.unwrap();
    let accepted = 300 + CLOCKS_APART.as_secs() + LONGEST_LEEWAY.as_secs();
    for (seconds, kept) in [(accepted - 1, 1), (1, 0)] {
        clock.advance(Duration::from_secs(seconds));
        ahead.sweep(OPERATOR, usize::MAX).await.unwrap();
        assert_eq!(world.memory.after(Position::default(), usize::MAX).await.unwrap().len(), kept);
    }
}
