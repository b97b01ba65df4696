//! The database fails over to a synchronous standby: what was acknowledged stays, and no server is restarted.

use bitjang_store::testing::Server as Postgres;

use super::client::Weather;
use super::traffic::{during, report, until_it_shows};
use super::{Fleet, status, until};

#[test]
fn after_a_failover_to_a_synchronous_standby_every_end_stays_and_nobody_is_signed_out() {
    let primary = Postgres::start("").unwrap();
    let database = primary.database().unwrap();
    let standby = primary.synchronous_standby().unwrap();
    let (place, name) = database.rsplit_once('/').unwrap();
    let other = standby.address(name).replace("postgres://postgres@", "");
    let fleet = Fleet::start_on(format!("{place},{other}"));
    let figures = during(fleet.addresses(), Weather::Foul, |field| {
        primary.kill().unwrap();
        until_it_shows(field);
        standby.promote().unwrap();
    });
    report("failover to a synchronous standby", figures);
    for server in &fleet.servers {
        until("it is ready", || status(&server.get("/readyz")) == "200");
    }
}
