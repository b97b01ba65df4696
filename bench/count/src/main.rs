//! The hot paths, each called a number of times inside [`counted`], for callgrind to count the instructions of. `cargo xtask test --only count` compares them.
//!
//! Clock and dice are those of the tests, so that each run does the very same.

mod world;

use std::hint::black_box;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use bitjang_core::testing::Dice;
use bitjang_core::token::{Algorithm, Claims, Expect, KeySet, Scratch, SigningKey, TokenId, Verifier};
use bitjang_core::{AccountId, Carrier, Handed, SessionId};
use clap::{Parser, ValueEnum};
use futures_util::FutureExt as _;
use http::{HeaderMap, HeaderValue, header};

use crate::world::World;

/// Calls one of the hot paths again and again.
#[derive(Parser)]
struct Task {
    /// Which.
    path: HotPath,
    /// How often.
    #[arg(long)]
    times: usize,
}

#[derive(Clone, Copy, ValueEnum)]
enum HotPath {
    /// An access token is checked, HS256: parsing, claims, and a MAC.
    Token,
    /// A session cookie is checked, from the headers of a request to the proof of who is signed in.
    Cookie,
    /// A refresh token is turned, and the next pair of tokens made, Ed25519.
    Refresh,
}

fn main() -> ExitCode {
    let Task { path, times } = Task::parse();
    let done = match path {
        HotPath::Token => token(times),
        HotPath::Cookie => cookie(times),
        HotPath::Refresh => refresh(times),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

/// What callgrind is told to look at.
#[inline(never)]
fn counted(times: usize, call: &mut dyn FnMut() -> Result<()>) -> Result<()> {
    (0..times).try_for_each(|_| call())
}

fn token(times: usize) -> Result<()> {
    let (dice, now) = (Dice::seeded(1), world::now());
    let key = SigningKey::generate(Algorithm::Hs256, &dice)?;
    let claims = Claims {
        issuer: "https://id.example.org".to_owned(),
        audience: "https://id.example.org".to_owned(),
        account: AccountId::generate(&dice, now),
        session: SessionId::generate(&dice),
        epoch: 1,
        id: TokenId::generate(&dice),
        client_id: "bitjang".to_owned(),
        issued_at: now,
        expires_at: now.plus(Duration::from_secs(300)),
        authenticated_at: now,
        methods: vec!["pwd".to_owned()],
        roles: bitjang_core::account::Roles::new(["moderator", "member"])?,
    };
    let (issuer, audience) = (claims.issuer.clone(), claims.audience.clone());
    let verifier = Verifier::new(Expect { issuer, audience, leeway: Duration::ZERO });
    let (keys, token) = (KeySet::new([key.public().clone()]), key.mint(&claims)?);
    let mut scratch = Scratch::default();
    counted(times, &mut || {
        let answer = verifier.verify(&keys, black_box(&token), now, &mut scratch);
        ensure!(black_box(answer).is_ok(), "a good token is refused");
        Ok(())
    })
}

fn cookie(times: usize) -> Result<()> {
    let world = World::new()?;
    let Handed::SessionToken(token) = world.signed_up(Carrier::Cookie)?.handed else { bail!("no cookie") };
    let mut headers = HeaderMap::new();
    let cookie = format!("theme=dark; __Host-bitjang={}; lang=ko", *token.reveal());
    headers.insert(header::COOKIE, HeaderValue::from_str(&cookie)?);
    counted(times, &mut || {
        let signed_in = world.guard.identify(black_box(&headers)).now_or_never().context("it waits")?;
        black_box(signed_in)?;
        Ok(())
    })
}

fn refresh(times: usize) -> Result<()> {
    let world = World::new()?;
    let mut handed = world.signed_up(Carrier::Bearer)?.handed;
    counted(times, &mut || {
        let Handed::Tokens(tokens) = &handed else { bail!("no tokens") };
        let token = world.auth.read_refresh(black_box(&tokens.refresh)).context("it is not genuine")?;
        let held = token.into();
        let refreshed = world.auth.refresh(&held, Carrier::Bearer).now_or_never().context("it waits")?;
        handed = refreshed?.handed;
        Ok(())
    })
}
