//! What is done with a program in a round: people sign in, are asked for by what they hold, refresh it, and sign out.

use std::cell::RefCell;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use super::{Contender, Dialect, Handed, PEOPLE};
use crate::clock::{now, per_second};
use crate::load::wire::Wire;
use crate::load::{CLIENTS, Load, Question, Tally};

/// One thing that a program is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    SignIn,
    Cookie,
    Bearer,
    Refresh,
    SignOut,
}

impl Deed {
    /// In the order of their importance.
    pub(crate) const ALL: [Self; 5] =
        [Self::Cookie, Self::Bearer, Self::Refresh, Self::SignIn, Self::SignOut];

    /// In the order of a session's life.
    const IN_ORDER: [Self; 5] = [Self::SignIn, Self::Cookie, Self::Bearer, Self::Refresh, Self::SignOut];

    /// What it is called.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::SignIn => "Sign-in",
            Self::Cookie => "Who is signed in, by cookie",
            Self::Bearer => "Who is signed in, by bearer token",
            Self::Refresh => "Refresh",
            Self::SignOut => "Sign-out",
        }
    }
}

/// What came of it.
pub(crate) struct Done {
    pub(crate) deed: Deed,
    pub(crate) tally: Tally,
    /// Of the server's time on a processor, for each request; nothing where that was too little to be told.
    pub(crate) micros: Option<f64>,
}

/// How many sign in at once: enough to keep a core hashing, few enough that one with a slow hash has answered some.
const SIGNING_IN: usize = 16;
/// Time on a processor is told in hundredths of a second: less than this says little.
const TELLING: Duration = Duration::from_millis(200);
/// More sessions than this are not needed.
const ENOUGH: usize = 2_000;

impl Contender {
    /// Everything that this program can do, each for so long.
    pub(crate) fn round(&self, load: &Load, span: Duration) -> Result<Vec<Done>> {
        if self.dialect == Dialect::Hello {
            let nobody = ["id=nobody".to_owned()];
            let ask = || load.ask(&[self.running.port], &self.by_cookie(), &nobody, span).map(Some);
            return Ok(self.costing(Deed::Cookie, ask)?.into_iter().collect());
        }
        let (mut done, mut handed) = (Vec::new(), Vec::new());
        for deed in Deed::IN_ORDER {
            let did = self.costing(deed, || match deed {
                Deed::SignIn => {
                    let tally;
                    (tally, handed) = self.sign_in(load, span)?;
                    Ok((self.dialect != Dialect::App).then_some(tally))
                }
                deed => self.after_sign_in(load, deed, &handed, span),
            })?;
            done.extend(did);
        }
        Ok(done)
    }

    fn costing(&self, deed: Deed, work: impl FnOnce() -> Result<Option<Tally>>) -> Result<Option<Done>> {
        let before = self.running.busy()?;
        let tally = work().with_context(|| format!("{}: {}", self.name, deed.title()))?;
        let spent = self.running.busy()?.saturating_sub(before);
        let cost = |tally: &Tally| (spent >= TELLING).then(|| 1e6 / per_second(tally.answers, spent));
        Ok(tally.map(|tally| Done { deed, micros: cost(&tally), tally }))
    }

    /// Nothing where the program does not have it.
    fn after_sign_in(
        &self,
        load: &Load,
        deed: Deed,
        all: &[Handed],
        span: Duration,
    ) -> Result<Option<Tally>> {
        let held = |of: fn(&Handed) -> &Option<String>| -> Vec<String> {
            all.iter().filter_map(|one| of(one).clone()).collect()
        };
        let ports = [self.running.port];
        let tally = match deed {
            Deed::Cookie => {
                let cookies = held(|handed| &handed.cookie);
                (!cookies.is_empty()).then(|| load.ask(&ports, &self.by_cookie(), &cookies, span))
            }
            Deed::Bearer => {
                let tokens = held(|handed| &handed.bearer);
                (!tokens.is_empty()).then(|| load.ask(&ports, &self.by_bearer(), &tokens, span))
            }
            Deed::Refresh => {
                let tokens = held(|handed| &handed.refresh);
                let refresh = |client: usize| self.keep_refreshing(tokens.get(client).cloned(), now() + span);
                (!tokens.is_empty()).then(|| load.run(tokens.len().min(CLIENTS), refresh))
            }
            Deed::SignOut => {
                let ends = matches!(self.dialect, Dialect::Ours | Dialect::BetterAuth)
                    || all.iter().any(|handed| handed.cookie.is_some() && self.dialect == Dialect::Theirs);
                let share = all.len().div_ceil(SIGNING_IN).max(1);
                let sign_out = |client| self.sign_out(all.chunks(share).nth(client).unwrap_or_default());
                ends.then(|| load.run(SIGNING_IN, sign_out))
            }
            Deed::SignIn => None,
        };
        tally.transpose()
    }

    pub(crate) fn by_cookie(&self) -> Question {
        Question::by_cookie(self.dialect.session())
    }

    pub(crate) fn by_bearer(&self) -> Question {
        Question::by_bearer(self.dialect.session())
    }

    /// Makes the people known to one of ours.
    pub(super) fn sign_up(&self, load: &Load) -> Result<()> {
        load.run(1, |_| self.sign_up_all()).map(drop)
    }

    async fn sign_up_all(&self) -> Result<Vec<Duration>> {
        let mut wire = Wire::connect(self.running.port).await?;
        for number in 0..PEOPLE {
            let status = wire.ask(&self.sign_up_request(number)).await?.status;
            ensure!(status == 201, "a sign-up was answered with {status}");
        }
        Ok(Vec::new())
    }

    /// People sign in for so long, each at least once.
    pub(crate) fn sign_in(&self, load: &Load, span: Duration) -> Result<(Tally, Vec<Handed>)> {
        let (handed, until) = (RefCell::default(), now() + span);
        let tally = load.run(SIGNING_IN, |client| self.keep_signing_in(client, &handed, until))?;
        Ok((tally, handed.into_inner()))
    }

    async fn keep_signing_in(
        &self,
        client: usize,
        handed: &RefCell<Vec<Handed>>,
        until: Instant,
    ) -> Result<Vec<Duration>> {
        let (mut wire, mut times) = (Wire::connect(self.running.port).await?, Vec::new());
        for turn in 0.. {
            // Every client has its own person, who takes a cookie and a token by turns.
            let (request, asked_at) = (self.sign_in_request(2 * client + turn % 2), now());
            let answer = wire.ask(&request).await?;
            ensure!(matches!(answer.status, 200 | 201), "a sign-in was answered with {}", answer.status);
            times.push(asked_at.elapsed());
            handed.borrow_mut().push(Handed::of(&answer));
            if now() >= until || handed.borrow().len() >= ENOUGH {
                break;
            }
        }
        Ok(times)
    }

    async fn keep_refreshing(&self, token: Option<String>, until: Instant) -> Result<Vec<Duration>> {
        let (mut wire, mut token, mut times) = (Wire::connect(self.running.port).await?, token, Vec::new());
        while let Some(present) = token.take().filter(|_| now() < until) {
            let (request, asked_at) = (self.refresh_request(&present), now());
            let answer = wire.ask(&request).await?;
            ensure!(answer.status == 200, "a refresh was answered with {}", answer.status);
            times.push(asked_at.elapsed());
            token = Handed::of(&answer).refresh;
        }
        Ok(times)
    }

    async fn sign_out(&self, all: &[Handed]) -> Result<Vec<Duration>> {
        let (mut wire, mut times) = (Wire::connect(self.running.port).await?, Vec::new());
        for handed in all {
            let (request, asked_at) = (self.sign_out_request(handed), now());
            let status = wire.ask(&request).await?.status;
            ensure!(matches!(status, 200 | 204), "a sign-out was answered with {status}");
            times.push(asked_at.elapsed());
        }
        Ok(times)
    }
}
