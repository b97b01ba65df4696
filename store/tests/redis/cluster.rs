//! A cluster in the place of one server: the same contracts, and nodes that go and change places.

use bitjang_core::testing::Dice;
use bitjang_core::{Commit, limit, session};
use bitjang_store::Opened;
use bitjang_store::testing::RedisCluster;

use crate::contract::InStep;
use crate::limits::{charge, through};
use crate::world::{
    begin, beside, clock, copy_of, database, ended, found, main_store, memory, sign_out, two_at, until,
};

#[tokio::test]
async fn a_cluster_keeps_the_contracts_and_each_of_its_nodes_holds_some() {
    let (cluster, clock) = (RedisCluster::start().unwrap(), clock());
    let store = beside(main_store(&database()).await, &cluster.address().unwrap(), &clock).await;
    limit::contract::check(&*store.limits).await;
    session::contract::check(&InStep { sessions: store.sessions, clock }).await;
    for node in cluster.primaries() {
        assert_ne!(node.run(&["DBSIZE"]).unwrap(), "0");
    }
}

#[tokio::test]
async fn two_servers_count_together_while_nodes_change_places() {
    let (cluster, clock, dice) = (RedisCluster::start().unwrap(), clock(), Dice::seeded(1));
    let [one, other] = two_at(&cluster.address().unwrap(), &clock).await;
    let (charges, servers) = ([charge("first", 13), charge("second", 1_000)], [&*one.limits, &*other.limits]);
    assert_eq!(through(&servers, &charges[1..]).await, 100);
    let (alive, over) = (begin(&one, &dice).await, begin(&one, &dice).await);
    assert_eq!(sign_out(&other, &over).await.unwrap(), Commit::Done);
    cluster.swap().unwrap();
    assert_eq!(through(&servers, &charges).await, 13);
    for store in [&one, &other] {
        assert_eq!(found(store, alive.id).await, Some(alive.clone()));
        assert_eq!(found(store, over.id).await, Some(ended(&over)));
    }
}

#[tokio::test]
async fn a_node_that_dies_signs_nobody_in_or_out() {
    let (cluster, clock, dice) = (RedisCluster::start().unwrap(), clock(), Dice::seeded(2));
    let [one, other] = two_at(&cluster.hasty_address().unwrap(), &clock).await;
    let (alive, over) = (begin(&one, &dice).await, begin(&one, &dice).await);
    cluster.home(&copy_of(&over)).unwrap().kill().unwrap();
    assert_eq!(sign_out(&one, &over).await.unwrap(), Commit::Done);
    cluster.heal().unwrap();
    until("the other is told", async || found(&other, over.id).await == Some(ended(&over))).await;
    for store in [&one, &other] {
        assert_eq!(found(store, alive.id).await, Some(alive.clone()));
        assert_eq!(found(store, over.id).await, Some(ended(&over)));
    }
    until("copies are put in where the dead one had them", async || are_copied(&cluster, &one, &dice).await)
        .await;
    assert_eq!(found(&other, over.id).await, Some(ended(&over)));
}

#[tokio::test]
async fn a_cluster_that_is_away_is_found_when_it_comes() {
    let (cluster, clock, dice) = (RedisCluster::start().unwrap(), clock(), Dice::seeded(3));
    cluster.kill().unwrap();
    let [one, other] = two_at(&cluster.hasty_address().unwrap(), &clock).await;
    let session = begin(&one, &dice).await;
    assert_eq!(found(&other, session.id).await, Some(session.clone()));
    cluster.start_again().unwrap();
    until("copies are put in", async || are_copied(&cluster, &one, &dice).await).await;
    cluster.kill().unwrap();
    assert_eq!(sign_out(&one, &session).await.unwrap(), Commit::Done);
    assert_eq!(found(&other, session.id).await, Some(ended(&session)));
    cluster.start_again().unwrap();
    until("copies are put in again", async || are_copied(&cluster, &one, &dice).await).await;
}

/// Whether of a dozen new sessions, which are spread over all nodes, each is copied.
async fn are_copied(cluster: &RedisCluster, store: &Opened, dice: &Dice) -> bool {
    let onlooker = beside(memory().await, &cluster.hasty_address().unwrap(), &clock()).await;
    for _ in 0..12 {
        let session = begin(store, dice).await;
        if found(&onlooker, session.id).await != Some(session) {
            return false;
        }
    }
    true
}
