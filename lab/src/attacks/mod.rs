//! The faults and the attacks: each is played over real HTTP against any scheme, and judged by what was observed alone.

mod authorization;
mod csrf;
mod races;
mod remember;
mod stolen;
mod store;
mod tamper;
mod thieves;
mod xss;

use std::path::PathBuf;

use anyhow::Result;
use futures_util::future::BoxFuture;
use http::Method;
use serde::Serialize;

use crate::browser::Browser;
use crate::running::{Running, Time};
use crate::schemes::Scheme;
use crate::text::{Text, say};
use crate::trace::{Step, Trace};

/// How it ended, as one sees it from afar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Colour {
    /// The scheme holds.
    Green,
    /// It holds after a while, or at a price.
    Amber,
    /// It falls.
    Red,
}

/// How it ended, and why, in a sentence.
#[derive(Clone, Debug, Serialize)]
pub struct Verdict {
    /// From afar.
    pub colour: Colour,
    /// From near.
    pub why: Text,
}

/// A fault or an attack.
pub struct Attack {
    /// Its name in addresses.
    pub id: &'static str,
    /// What it is called.
    pub name: Text,
    run: for<'s> fn(&'s mut Stage) -> BoxFuture<'s, Result<Verdict>>,
}

/// Where an attack is played: a scheme that runs, and everybody who takes part.
pub(crate) struct Stage {
    pub(crate) running: Running,
    pub(crate) alice: Browser,
    pub(crate) mallory: Browser,
    pub(crate) thief: Browser,
    pub(crate) trace: Trace,
}

/// One run of an attack against a scheme.
#[derive(Clone, Debug, Serialize)]
pub struct Cell {
    /// Against which scheme.
    pub scheme: &'static str,
    /// Which attack.
    pub attack: &'static str,
    /// How it ended.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// Whatever was seen.
    pub steps: Vec<Step>,
}

/// All of them, in the order in which they are told.
pub static ALL: [Attack; 22] = [
    attack("reload", say("signed in after a reload", "새로고침 후에도 로그인"), |s| {
        Box::pin(remember::reload(s))
    }),
    attack("restart", say("the servers restart", "서버 재시작"), |s| Box::pin(remember::restart(s))),
    attack("second-server", say("the second and the third server", "두 번째·세 번째 서버"), |s| {
        Box::pin(remember::second_server(s))
    }),
    attack("store-down", say("the session DB stops", "세션 DB 중단"), |s| Box::pin(store::down(s))),
    attack("load", say("questions to the session DB", "세션 DB에 묻는 횟수"), |s| {
        Box::pin(store::load(s))
    }),
    attack("read-payload", say("reading what the credential says", "자격 증명 내용 읽기"), |s| {
        Box::pin(tamper::read(s))
    }),
    attack("tamper-payload", say("another payload", "페이로드 변조"), |s| Box::pin(tamper::payload(s))),
    attack("tamper-signature", say("a guessed signature", "서명 위조"), |s| {
        Box::pin(tamper::signature(s))
    }),
    attack("tamper-algorithm", say("another algorithm", "알고리즘 변조"), |s| {
        Box::pin(tamper::algorithm(s))
    }),
    attack("after-sign-out", say("a copy, after sign-out", "로그아웃 뒤 훔친 사본"), |s| {
        Box::pin(stolen::after_sign_out(s))
    }),
    attack("stolen-access", say("a stolen access credential", "훔친 access 자격 증명"), |s| {
        Box::pin(stolen::access(s))
    }),
    attack(
        "thief-first",
        say("a stolen refresh token, thief first", "훔친 refresh 토큰, 도둑이 먼저"),
        |s| Box::pin(thieves::thief_first(s)),
    ),
    attack(
        "owner-first",
        say("a stolen refresh token, owner first", "훔친 refresh 토큰, 주인이 먼저"),
        |s| Box::pin(thieves::owner_first(s)),
    ),
    attack("two-tabs", say("two tabs refresh at once", "두 탭이 동시에 갱신"), |s| {
        Box::pin(races::two_tabs(s))
    }),
    attack("lost-answer", say("a refresh whose answer is lost", "갱신 응답 유실"), |s| {
        Box::pin(races::lost_answer(s))
    }),
    attack("xss-exfiltrate", say("XSS that sends secrets away", "비밀을 빼내는 XSS"), |s| {
        Box::pin(xss::exfiltrate(s))
    }),
    attack("xss-act", say("XSS that acts in the page", "페이지 안에서 행동하는 XSS"), |s| {
        Box::pin(xss::act(s))
    }),
    attack("csrf-form", say("CSRF by a form", "폼을 이용한 CSRF"), |s| Box::pin(csrf::form(s))),
    attack("csrf-image", say("CSRF by an image", "이미지를 이용한 CSRF"), |s| {
        Box::pin(csrf::image(s))
    }),
    attack("csrf-fetch", say("CSRF by fetch", "fetch를 이용한 CSRF"), |s| Box::pin(csrf::fetch(s))),
    attack("delete-anothers", say("deleting another's post", "남의 글 지우기"), |s| {
        Box::pin(authorization::delete_anothers(s))
    }),
    attack("role-taken", say("a role that was taken away", "회수된 권한"), |s| {
        Box::pin(authorization::role_taken(s))
    }),
];

const fn attack(
    id: &'static str,
    name: Text,
    run: for<'s> fn(&'s mut Stage) -> BoxFuture<'s, Result<Verdict>>,
) -> Attack {
    Attack { id, name, run }
}

impl Attack {
    /// The attack with this name.
    pub fn named(id: &str) -> Option<&'static Self> {
        ALL.iter().find(|attack| attack.id == id)
    }

    /// Plays it against `scheme`, in a world of its own.
    pub async fn play(&self, scheme: &'static Scheme, program: Option<&PathBuf>) -> Result<Cell> {
        let mut stage = Stage::set(scheme, program).await?;
        let verdict = (self.run)(&mut stage).await?;
        Ok(Cell { scheme: scheme.id, attack: self.id, verdict, steps: stage.trace.steps() })
    }
}

impl Stage {
    async fn set(scheme: &'static Scheme, program: Option<&PathBuf>) -> Result<Self> {
        let running = Running::start(scheme, program, Time::Short).await?;
        let trace = Trace::default();
        let browser = |who| Browser::new(who, scheme.keeping, running.ports(), trace.clone());
        let (alice, mallory, thief) = (browser("alice"), browser("mallory"), browser("thief"));
        Ok(Self { running, alice, mallory, thief, trace })
    }

    /// Alice opens the page and signs in.
    pub(crate) async fn alice_signs_in(&mut self) -> Result<()> {
        let answer = self.alice.sign_in(say("Alice signs in.", "앨리스가 로그인한다.")).await?;
        anyhow::ensure!(answer.status.is_success(), "alice cannot sign in: {}", answer.status);
        Ok(())
    }

    /// Whether the post is still there, as anybody sees it.
    pub(crate) async fn is_there(&mut self, post: u64) -> Result<bool> {
        let says = say("Is the post still there?", "글이 아직 있는가?");
        let posts = self.thief.once(Method::GET, "/posts", says).await?.json();
        Ok(posts.get(post.to_string()).is_some())
    }
}

const fn green(en: &'static str, ko: &'static str) -> Verdict {
    Verdict { colour: Colour::Green, why: say(en, ko) }
}

const fn amber(en: &'static str, ko: &'static str) -> Verdict {
    Verdict { colour: Colour::Amber, why: say(en, ko) }
}

const fn red(en: &'static str, ko: &'static str) -> Verdict {
    Verdict { colour: Colour::Red, why: say(en, ko) }
}
