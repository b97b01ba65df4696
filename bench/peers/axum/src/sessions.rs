//! Sessions by tower-sessions, sign-in by axum-login.

use std::convert::Infallible;
use std::str::FromStr as _;

use anyhow::Result;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use axum_login::{AuthManagerLayerBuilder, AuthnBackend};
use time::Duration;
use tower_sessions::session_store::ExpiredDeletion as _;
use tower_sessions::{Expiry, MemoryStore, SessionManagerLayer, SessionStore};
use tower_sessions_redis_store::RedisStore;
use tower_sessions_redis_store::fred::prelude::{ClientLike as _, Config, Pool};
use tower_sessions_sqlx_store::SqliteStore;
use tower_sessions_sqlx_store::sqlx::SqlitePool;
use tower_sessions_sqlx_store::sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};

use crate::people::{Account, Credentials, People, Person};

type AuthSession = axum_login::AuthSession<People>;

/// As the documentation of the Redis store has it.
const CONNECTIONS: usize = 6;
const SWEEP_EVERY: std::time::Duration = std::time::Duration::from_secs(60);

impl AuthnBackend for People {
    type User = Person;
    type Credentials = Credentials;
    type Error = Infallible;

    async fn authenticate(&self, credentials: Credentials) -> Result<Option<Person>, Infallible> {
        Ok(self.check(credentials).await)
    }

    async fn get_user(&self, id: &u32) -> Result<Option<Person>, Infallible> {
        Ok(self.find(*id))
    }
}

/// Sessions that a restart forgets.
pub fn in_memory() -> Router {
    over(MemoryStore::default())
}

/// Sessions in a file, as durable as Bitjang's.
pub async fn in_sqlite(file: &str) -> Result<Router> {
    let options = SqliteConnectOptions::from_str(file)?.create_if_missing(true);
    let options = options.journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Full);
    let store = SqliteStore::new(SqlitePool::connect_with(options).await?);
    store.migrate().await?;
    tokio::spawn(store.clone().continuously_delete_expired(SWEEP_EVERY));
    Ok(over(store))
}

/// Sessions that several servers share.
pub async fn in_redis(address: &str) -> Result<Router> {
    let pool = Pool::new(Config::from_url(address)?, None, None, None, CONNECTIONS)?;
    pool.connect();
    pool.wait_for_connect().await?;
    Ok(over(RedisStore::new(pool)))
}

fn over(store: impl SessionStore + Clone) -> Router {
    let sessions = SessionManagerLayer::new(store).with_expiry(Expiry::OnInactivity(Duration::days(1)));
    Router::new()
        .route("/v1/session", get(who).post(sign_in).delete(sign_out))
        .layer(AuthManagerLayerBuilder::new(People::sign_up(), sessions).build())
}

async fn sign_in(
    mut auth: AuthSession,
    Json(credentials): Json<Credentials>,
) -> Result<(StatusCode, Json<Account>), StatusCode> {
    let found = auth.authenticate(credentials).await.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    let person = found.ok_or(StatusCode::UNAUTHORIZED)?;
    auth.login(&person).await.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    Ok((StatusCode::CREATED, Json(Account::from(&person))))
}

async fn who(auth: AuthSession) -> Result<Json<Account>, StatusCode> {
    auth.user.as_ref().map(|person| Json(Account::from(person))).ok_or(StatusCode::UNAUTHORIZED)
}

async fn sign_out(mut auth: AuthSession) -> StatusCode {
    match auth.logout().await {
        Ok(Some(_)) => StatusCode::NO_CONTENT,
        Ok(None) => StatusCode::UNAUTHORIZED,
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
