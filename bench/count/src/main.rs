//! The hot paths, each called a number of times inside [`counted`], for callgrind to count the instructions of. `cargo xtask test --only count` compares them.
//!
//! Clock and dice are those of the tests, so that each run does the very same.

mod guarded;
mod world;

use std::hint::black_box;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use bitjang_core::testing::Dice;
use bitjang_core::token::{Algorithm, Expect, KeySet, Scratch, SigningKey, Verifier};
use bitjang_core::{Carrier, Handed};
use clap::{Parser, ValueEnum};
use futures_util::FutureExt as _;
use http::{HeaderMap, HeaderName, HeaderValue, header};

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
    /// An access token that the server has read before is checked, in the same way.
    Access,
    /// A refresh token is turned, and the next pair of tokens made, Ed25519.
    Refresh,
    /// An app's router answers whoever has an access token that its verifier has seen before.
    Guarded,
    /// The same router answers everybody: what of the above is not ours.
    Hello,
}

fn main() -> ExitCode {
    let Task { path, times } = Task::parse();
    let done = match path {
        HotPath::Token => token(times),
        HotPath::Cookie => cookie(times),
        HotPath::Access => access(times),
        HotPath::Refresh => refresh(times),
        HotPath::Guarded => guarded::seen_before(times),
        HotPath::Hello => guarded::hello(times),
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
    let (key, claims) = (SigningKey::generate(Algorithm::Hs256, &Dice::seeded(1))?, world::claims()?);
    let (issuer, audience) = (claims.issuer.clone(), claims.audience.clone());
    let verifier = Verifier::new(Expect { issuer, audience, leeway: Duration::ZERO });
    let (keys, token, now) = (KeySet::new([key.public().clone()]), key.mint(&claims)?, world::now());
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
    let cookie = format!("theme=dark; __Host-bitjang={}; lang=ko", *token.reveal());
    identified(&world, (header::COOKIE, &cookie), times)
}

fn access(times: usize) -> Result<()> {
    let world = World::new()?;
    let Handed::Tokens(tokens) = world.signed_up(Carrier::Bearer)?.handed else { bail!("no tokens") };
    identified(&world, (header::AUTHORIZATION, &format!("Bearer {}", *tokens.access.text)), times)
}

fn identified(world: &World, (name, value): (HeaderName, &str), times: usize) -> Result<()> {
    let mut headers = HeaderMap::new();
    headers.insert(name, HeaderValue::from_str(value)?);
    let mut identify = || {
        let signed_in = world.guard.identify(black_box(&headers)).now_or_never().context("it waits")?;
        black_box(signed_in)?;
        Ok(())
    };
    identify()?;
    counted(times, &mut identify)
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
