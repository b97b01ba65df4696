//! Feeds that lie: none makes the verifier accept more.

use bitjang_core::Time;
use bitjang_guard::verifier::Clocks as _;

use crate::issuer::{entry, heartbeat};
use crate::world::{ALICE, LAPTOP, PHONE, World, of_session, until, word};

/// The feed has revoked the laptop at position 6 and is heard to be whole; then it says `lie`, and a heartbeat after it.
async fn a_lie_changes_nothing(lie: impl FnOnce(Time) -> String) {
    let world = World::new().await;
    world.revoke(6, LAPTOP);
    world.beat(6);
    let verifier = world.verifier_that_heard(1).await;
    let (ended, other) = (world.token(LAPTOP), world.token(PHONE));
    world.clocks.advance(8);
    let now = world.clocks.now().wall;
    let lie = lie(now);
    world.refuse_new_readers();
    world.issuer.say([lie.clone() + &heartbeat(9, now)]);
    until(&verifier, |health| health.distrusted == 1).await;
    assert_eq!(verifier.health().heartbeats, 1, "{lie}");
    assert_eq!(word(verifier.verify(&ended)), "token_revoked", "{lie}");
    assert_eq!(word(verifier.verify(&other)), "good", "{lie}: the view is that of the last good heartbeat");
    world.clocks.advance(3);
    assert_eq!(word(verifier.verify(&other)), "feed_stale", "{lie}");

    world.issuer.change(|script| {
        script.feed = vec![heartbeat(1, world.clocks.now().wall)];
        script.closed = false;
    });
    until(&verifier, |health| health.heartbeats == 2).await;
    assert_eq!(word(verifier.verify(&other)), "good", "{lie}: it is believed again when it makes sense");
    assert_eq!(word(verifier.verify(&ended)), "token_revoked", "{lie}: nothing takes an entry back");
    let asked = world.issuer.seen.feeds.lock().unwrap().last().cloned();
    assert_eq!(asked.as_deref(), Some("after=0"), "{lie}: all is read again");
}

/// One test per lie.
macro_rules! lies {
    ($($name:ident: $lie:expr;)+) => {$(
        #[tokio::test]
        async fn $name() {
            a_lie_changes_nothing($lie).await;
        }
    )+}
}

lies! {
    a_position_that_goes_back: |now| entry(4, &of_session(PHONE), now);
    a_heartbeat_whose_position_goes_back: |now| heartbeat(4, now);
    an_entry_of_nobody: |now| entry(7, "\"x\":1", now);
    an_entry_of_two: |now| entry(7, &format!("{},\"account\":\"{ALICE}\",\"epoch\":2", of_session(PHONE)), now);
    an_entry_that_says_more: |now| entry(7, &format!("{},\"revived\":true", of_session(LAPTOP)), now);
    an_entry_of_another_type: |now| entry(7, "\"session\":7", now);
    an_epoch_that_is_no_number: |now| entry(7, &format!("\"account\":\"{ALICE}\",\"epoch\":\"2\""), now);
    an_entry_with_two_positions: |now| entry(7, &of_session(PHONE), now).replacen("id: 7", "id: 8", 1);
    an_entry_at_the_start: |now| entry(0, &of_session(PHONE), now);
    a_position_that_names_no_entry: |now| entry(7, &of_session(PHONE), now).replace("7-AAAAAAAAAAA", "7");
    an_entry_that_ends_before_it_begins: |now| entry(7, &of_session(PHONE), now).replace("\"until\":\"1970", "\"until\":\"1969");
    an_unknown_event: |_| "event: revival\ndata: {}\n\n".to_owned();
    an_event_without_data: |_| "event: revocation\n\n".to_owned();
    a_line_without_a_colon: |_| "revocation\n\n".to_owned();
    an_unknown_field: |_| "revive: all\n\n".to_owned();
    half_a_line_before_another: |now| entry(7, &of_session(PHONE), now).replace("\"}\n\n", "\n");
    json_instead_of_events: |_| "{\"entries\":[],\"position\":\"9\",\"more\":false}\n".to_owned();
    a_line_without_an_end: |_| "data: ".to_owned() + &"x".repeat(100_000);
    a_nul: |_| "event: heartbeat\0\ndata: {}\n\n".to_owned();
    a_heartbeat_without_time: |_| "event: heartbeat\ndata: {\"position\":\"9-AAAAAAAAAAA\"}\n\n".to_owned();
}

#[tokio::test]
async fn a_feed_that_ends_within_a_line_is_a_lie() {
    let world = World::new().await;
    let verifier = world.verifier().await;
    world.issuer.say(["id: 6\nevent: revo".to_owned()]);
    world.revoke(7, PHONE);
    until(&verifier, |health| health.distrusted == 1).await;
    let world = World::new().await;
    let verifier = world.verifier().await;
    world
        .issuer
        .say([entry(6, &of_session(LAPTOP), world.clocks.now().wall), "id: 7\nevent: revo".to_owned()]);
    until(&verifier, |health| health.entries == 1).await;
    world.refuse_new_readers();
    world.issuer.change(|script| script.era += 1);
    until(&verifier, |health| health.distrusted == 1).await;
}

#[tokio::test]
async fn a_feed_that_wants_its_entries_forgotten_at_once_is_not_heeded() {
    let world = World::new().await;
    let verifier = world.verifier().await;
    let (token, now) = (world.token(LAPTOP), world.clocks.now().wall);
    let times = entry(6, &of_session(LAPTOP), now).replace("T13:52:40Z", "T13:46:40Z");
    assert_eq!(times.matches("T13:46:40Z").count(), 2, "{times}");
    world.issuer.say([times]);
    for heartbeats in 2..20 {
        world.clocks.advance(15);
        world.beat(6);
        until(&verifier, |health| health.heartbeats == heartbeats).await;
        assert_eq!(word(verifier.verify(&token)), "token_revoked");
    }
}

impl World {
    async fn verifier_that_heard(&self, heartbeats: u64) -> bitjang_guard::verifier::Verifier {
        let verifier = self.following().start().unwrap();
        until(&verifier, |health| health.keys == 1 && health.heartbeats == heartbeats).await;
        verifier
    }

    fn refuse_new_readers(&self) {
        self.issuer.change(|script| script.closed = true);
    }
}
