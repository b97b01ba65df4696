//! What people use in axum today, written the smallest honest way with the settings that its documentation recommends, to be measured beside Bitjang.
//!
//! Every program here has the same routes: `POST`, `GET` and `DELETE /v1/session`. People are in memory, which spares these programs a query that Bitjang makes.

mod people;
mod sessions;
mod tokens;

use std::net::Ipv4Addr;

use anyhow::Result;
use axum::Router;
use clap::{Parser, ValueEnum};
use tokio::net::TcpListener;

/// A program that people sign in to.
#[derive(Parser)]
struct Arguments {
    /// Where to listen on this machine.
    #[arg(long)]
    port: u16,
    /// How sessions travel, and where they are kept.
    #[arg(long)]
    kind: Kind,
    /// The database file, or Redis's address.
    #[arg(long, default_value = "")]
    store: String,
}

#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    /// tower-sessions and axum-login, in memory.
    Memory,
    /// The same, in SQLite.
    Sqlite,
    /// The same, in Redis.
    Redis,
    /// Access tokens by jsonwebtoken, HS256.
    Hs256,
    /// Access tokens by jsonwebtoken, EdDSA.
    Eddsa,
}

#[tokio::main]
async fn main() -> Result<()> {
    let Arguments { port, kind, store } = Arguments::parse();
    let app: Router = match kind {
        Kind::Memory => sessions::in_memory(),
        Kind::Sqlite => sessions::in_sqlite(&store).await?,
        Kind::Redis => sessions::in_redis(&store).await?,
        Kind::Hs256 => tokens::by_secret(),
        Kind::Eddsa => tokens::by_key_pair()?,
    };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    Ok(axum::serve(listener, app).await?)
}
