//! How a database is opened: migrated once, shared with earlier and later releases, refused in words that say what to do.

use std::time::Duration;

use bitjang_core::Commit;
use bitjang_core::account::Roles;
use bitjang_core::testing::{Dice, together};
use bitjang_store::postgres::Survey;
use bitjang_store::testing::Server;
use bitjang_store::{DatabaseError, Postgres};

use crate::world::{database, open, sign_up};

async fn refused(address: &str) -> DatabaseError {
    let opened = Postgres::open(&address.parse().unwrap(), Duration::from_secs(10)).await;
    opened.err().expect("it is refused")
}

#[tokio::test]
async fn servers_that_start_at_once_on_an_empty_database_make_one_schema() {
    let address = database();
    let stores = together((0..8).map(|_| open(&address))).await;
    for store in &stores {
        assert!(store.keys.signers().await.unwrap().is_empty());
    }
    let versions = Server::shared().unwrap().run(&address, "SELECT version FROM bitjang.migration").unwrap();
    assert_eq!(versions, "1\n2");
}

#[tokio::test]
async fn a_later_release_s_schema_is_used_unless_it_asks_for_more() {
    let (address, server) = (database(), Server::shared().unwrap());
    drop(open(&address).await);
    server.run(&address, "INSERT INTO bitjang.migration (version, needs) VALUES (99, 1)").unwrap();
    drop(open(&address).await);
    server.run(&address, "UPDATE bitjang.migration SET needs = 98 WHERE version = 99").unwrap();
    let error = refused(&address).await;
    assert!(matches!(error, DatabaseError::Newer { needed: 98, .. }), "{error:?}");
}

/// It runs beside a server of this one while that is rolled out, and knows nothing of `epoch_since`: what it means to end must end.
#[tokio::test]
async fn a_server_of_the_release_before_ends_sessions_by_raising_the_epoch() {
    let (address, server) = (database(), Server::shared().unwrap());
    let store = open(&address).await;
    let account = sign_up(&store, "alice", &Dice::seeded(1)).await;
    let moderator = account.trusted_with(Roles::new(["moderator"]).unwrap());
    assert_eq!(store.accounts.replace(moderator.clone(), None).await.unwrap(), Commit::Done);
    let kept = store.accounts.find(account.id).await.unwrap().unwrap().epoch;
    assert_eq!((kept.number, kept.since), (2, 1), "a change of roles ends no session");
    server.run(&address, "UPDATE bitjang.account SET epoch = 3, revision = revision + 1").unwrap();
    let raised = open(&address).await.accounts.find(account.id).await.unwrap().unwrap().epoch;
    assert_eq!((raised.number, raised.since), (3, 3));
}

#[tokio::test]
async fn who_may_not_change_the_schema_may_use_it() {
    let (address, server) = (database(), Server::shared().unwrap());
    let theirs = address.replace("postgres@", "clerk@");
    let name = address.rsplit('/').next().unwrap();
    server.run("postgres", "CREATE ROLE clerk LOGIN").unwrap();
    let error = refused(&theirs).await;
    assert!(matches!(error, DatabaseError::Forbidden { .. }), "{error:?}");
    drop(open(&address).await);
    server
        .run(
            name,
            "GRANT USAGE ON SCHEMA bitjang TO clerk; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA bitjang TO clerk",
        )
        .unwrap();
    drop(open(&theirs).await);
}

#[tokio::test]
async fn what_is_wrong_is_told_without_a_secret() {
    let server = Server::shared().unwrap();
    let missing = refused(&server.address("missing").replace("postgres@", "postgres:hunter2@")).await;
    assert!(matches!(missing, DatabaseError::Missing { .. }), "{missing:?}");
    let nobody = refused("postgres://me:hunter2@127.0.0.1:1/app").await;
    assert!(matches!(nobody, DatabaseError::Unreachable { .. }), "{nobody:?}");
    for error in [missing, nobody] {
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
    }
    let plain = refused(&format!("{}?sslmode=require", server.address("postgres"))).await;
    assert!(plain.to_string().contains("cannot be reached"), "{plain:?}");
}

#[tokio::test]
async fn a_survey_changes_nothing_and_tells_what_it_found() {
    let (address, server) = (database(), Server::shared().unwrap());
    let url = address.parse().unwrap();
    let survey = Survey::of(&url).await.unwrap();
    assert_eq!((survey.schema, survey.known, survey.is_read_only), (0, 2, false));
    assert!(survey.version.starts_with("PostgreSQL "), "{survey:?}");
    assert_eq!(survey.not_durable, ["fsync = off"]);
    assert_eq!((survey.max_connections, survey.isolation.as_str()), (Some(400), "read committed"));
    let schemas = "SELECT count(*) FROM pg_namespace WHERE nspname = 'bitjang'";
    assert_eq!(server.run(&address, schemas).unwrap(), "0");
    drop(open(&address).await);
    assert_eq!(Survey::of(&url).await.unwrap().schema, 2);
}
