//! One copy of what a client holds of a session, whatever carries it.
#![expect(clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bitjang_core::ratchet::Branch;
use serde_json::{Value, json};

use super::checker::{Answer, Call, Request, Token};
use super::sky::{Exchange, Sky};

/// How a session travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Carrier {
    Bearer,
    TokenCookies,
    Cookie,
}

impl Carrier {
    pub(super) const ALL: [Self; 3] = [Self::Bearer, Self::TokenCookies, Self::Cookie];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Bearer => "bearer",
            Self::TokenCookies => "token_cookies",
            Self::Cookie => "cookie",
        }
    }
}

#[derive(Clone)]
pub(super) struct Held {
    carrier: Carrier,
    session: String,
    /// The access token, or the value of the session cookie.
    access: String,
    refresh: String,
    csrf: String,
}

impl Held {
    /// Begins a session, however long it takes; nothing when the storm is over, or when it is refused, which is a fault.
    pub(super) fn signed_in(sky: &Sky, carrier: Carrier, identifier: &str, password: &str) -> Option<Self> {
        let body = json!({"identifier": identifier, "password": password, "carrier": carrier.name()});
        while !sky.is_over() {
            let asked = sky.ask("POST /v1/session", "", &body.to_string());
            match &asked.said {
                Some((201, _)) => return Self::of(carrier, &asked),
                Some(other) => {
                    sky.fault(format!("{identifier} could not sign in: {other:?}"));
                    return None;
                }
                None => {}
            }
        }
        None
    }

    /// What is held after such an answer.
    pub(super) fn of(carrier: Carrier, asked: &Exchange) -> Option<Self> {
        let (_, body) = asked.said.as_ref()?;
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let (session, csrf) = (text(&body["session"]["id"]), body["csrf_token"].as_str().unwrap_or_default());
        let (access, refresh) = match carrier {
            Carrier::Bearer => (text(&body["access_token"]), text(&body["refresh_token"])),
            Carrier::TokenCookies => {
                (asked.cookie("__Host-bitjang-access"), asked.cookie("__Host-bitjang-refresh"))
            }
            Carrier::Cookie => (asked.cookie("__Host-bitjang"), String::new()),
        };
        Some(Self { carrier, session, access, refresh, csrf: csrf.to_owned() })
    }

    pub(super) fn session(&self) -> &str {
        &self.session
    }

    /// What a request of this session carries.
    pub(super) fn headers(&self) -> String {
        let Self { access, refresh, csrf, .. } = self;
        let cookies = match self.carrier {
            Carrier::Bearer => return format!("Authorization: Bearer {access}\r\n"),
            Carrier::TokenCookies => {
                format!("__Host-bitjang-access={access}; __Host-bitjang-refresh={refresh}")
            }
            Carrier::Cookie => format!("__Host-bitjang={access}"),
        };
        format!("Cookie: {cookies}\r\nX-CSRF-Token: {csrf}\r\nSec-Fetch-Site: same-origin\r\n")
    }

    /// What the table looks at: bytes 20 to 32 are generation and branch.
    fn token(&self) -> Token {
        let bytes = URL_SAFE_NO_PAD.decode(&self.refresh[4..]).unwrap();
        let (generation, branch) = (bytes[20..24].try_into().unwrap(), bytes[24..32].try_into().unwrap());
        Token { generation: u32::from_be_bytes(generation), branch: Branch(branch) }
    }

    /// Presents the refresh token, and keeps what is given. A session without one is looked at instead.
    pub(super) fn refresh(&mut self, sky: &Sky) -> Answer {
        let (headers, body) = match self.carrier {
            Carrier::Bearer => (String::new(), json!({"refresh_token": self.refresh}).to_string()),
            Carrier::TokenCookies => (self.headers(), String::new()),
            Carrier::Cookie => return self.check(sky),
        };
        let asked = sky.ask("POST /v1/session/refresh", &headers, &body);
        let is_good = asked.said.as_ref().is_some_and(|(status, _)| *status == 200);
        let given = if is_good { Self::of(self.carrier, &asked) } else { None };
        let turned = given.as_ref().map(|given| Answer::Turned(given.token().generation));
        let answer = self.note(sky, Call::Refresh(self.token()), &asked, turned);
        *self = given.unwrap_or_else(|| self.clone());
        answer
    }

    pub(super) fn check(&self, sky: &Sky) -> Answer {
        let asked = sky.ask("GET /v1/session", &self.headers(), "");
        self.note(sky, Call::Check, &asked, Some(Answer::SignedIn))
    }

    pub(super) fn sign_out(&self, sky: &Sky) -> Answer {
        let asked = sky.ask("DELETE /v1/session", &self.headers(), "");
        self.note(sky, Call::SignOut, &asked, None)
    }

    /// Signs out, for sure, and tries again what must be of no use now.
    pub(super) fn leave(mut self, sky: &Sky) {
        while self.sign_out(sky) != Answer::SignedOut {
            if sky.is_over() {
                return;
            }
        }
        self.check(sky);
        self.refresh(sky);
        sky.leave(self);
    }

    /// Notes that somebody else has ended this session, between two ticks.
    pub(super) fn was_ended(self, sky: &Sky, asked: u64, answered: u64) {
        let (call, answer) = (Call::SignOut, Answer::SignedOut);
        sky.note(&self.session, Request { asked, answered, call, answer });
        self.check(sky);
        sky.leave(self);
    }

    /// Notes what was asked of the session, and what was answered; `good` is what 200 means.
    fn note(&self, sky: &Sky, call: Call, asked: &Exchange, good: Option<Answer>) -> Answer {
        let answer = match (&asked.said, good) {
            (None, _) => Answer::Lost,
            (Some((200, _)), Some(good)) => good,
            (Some((204, _)), None) => Answer::SignedOut,
            (Some((401, body)), _) if body["code"] == "token_reuse" => Answer::Reuse,
            (Some((401, _)), _) => Answer::Refused,
            (Some(other), _) => {
                sky.fault(format!("{call:?} was answered with {other:?}"));
                Answer::Lost
            }
        };
        sky.note(&self.session, Request { asked: asked.asked, answered: asked.answered, call, answer });
        answer
    }
}
