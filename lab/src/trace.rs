//! What was seen while an attack ran: who said what to whom, and what came back.

use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;

use crate::jwt::{Decoded, decoded};
use crate::text::Text;
use crate::wire::Answer;

/// One message and its answer.
#[derive(Clone, Debug, Serialize)]
pub struct Step {
    /// Who.
    pub from: String,
    /// To whom.
    pub to: String,
    /// What happens, in a sentence.
    pub says: Text,
    /// Method and path; empty when nothing was sent over HTTP.
    pub request: String,
    /// The headers and the body that matter.
    pub sent: Vec<(String, String)>,
    /// The status; nothing when there was no answer.
    pub status: Option<u16>,
    /// Cookies that were set, and the body.
    pub received: Vec<(String, String)>,
    /// Every JWT in it, decoded.
    pub tokens: Vec<Decoded>,
}

/// The steps of one run, shared by all who take part.
#[derive(Clone, Debug, Default)]
pub struct Trace(Arc<Mutex<Vec<Step>>>);

impl Trace {
    /// The steps so far.
    pub fn steps(&self) -> Vec<Step> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Notes something that is no request.
    pub fn note(&self, from: &str, to: &str, says: Text) {
        self.push(Step::bare(from, to, says));
    }

    /// Notes a request and what came of it.
    pub(crate) fn exchange(&self, mut step: Step, answer: Option<&Answer>) {
        if let Some(answer) = answer {
            step.status = Some(answer.status.as_u16());
            let cookies = answer.headers.get_all(http::header::SET_COOKIE).iter();
            let cookies = cookies
                .map(|cookie| ("Set-Cookie".into(), String::from_utf8_lossy(cookie.as_bytes()).into_owned()));
            step.received.extend(cookies);
            if !answer.body.is_empty() {
                step.received.push(("body".into(), answer.text().chars().take(2_000).collect()));
            }
        }
        step.tokens = step.sent.iter().chain(&step.received).flat_map(|(_, text)| decoded(text)).collect();
        step.tokens.dedup();
        self.push(step);
    }

    fn push(&self, step: Step) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(step);
    }
}

impl Step {
    pub(crate) fn bare(from: &str, to: &str, says: Text) -> Self {
        let (request, sent, received, tokens) = (String::new(), Vec::new(), Vec::new(), Vec::new());
        Self { from: from.into(), to: to.into(), says, request, sent, status: None, received, tokens }
    }
}
