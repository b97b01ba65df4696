//! The answer that is asked for all the time, who is signed in, written member by member.
//!
//! It says what [`SignedInShape`](crate::answer::SignedInShape) says of a session without tokens, which is what a sign-in is answered: a test compares both. Derived code costs three times as much.

use std::fmt::{Display, Write as _};

use bitjang_core::account::{Account, Name};
use bitjang_core::{Carrier, CsrfToken, Session, Time};
use bitjang_guard::SignedIn;

use crate::App;
use crate::answer::{USUAL_BYTES, write_rfc3339};

impl App {
    /// Who is signed in, by which session, and what pages need to act for them.
    pub(crate) fn told(&self, who: &SignedIn) -> String {
        let session = who.session();
        let csrf_token = (session.carrier != Carrier::Bearer).then(|| self.guard.csrf_token(session.id));
        told(who.account(), session, csrf_token.as_ref())
    }
}

/// `{account, session, csrf_token?}`, without any tokens.
fn told(account: &Account, session: &Session, csrf_token: Option<&CsrfToken>) -> String {
    let mut json = Text(String::with_capacity(USUAL_BYTES));
    json.raw(r#"{"account":{"id":"#).plain(account.id);
    json.raw(r#","identifier":"#).string(account.identifier.as_str());
    json.raw(r#","name":"#).string_or_null(account.name.as_ref().map(Name::as_str));
    json.raw(r#","roles":"#).strings(account.roles.as_slice());
    json.raw(r#","created_at":"#).moment(account.created_at);
    json.raw(r#"},"session":{"id":"#).plain(session.id);
    json.raw(r#","carrier":"#).plain(session.carrier.as_str());
    json.raw(r#","created_at":"#).moment(session.created_at);
    json.raw(r#","expires_at":"#).moment(session.expires_at());
    json.raw(r#","seen_at":"#).moment(session.seen_at);
    json.raw(r#","device":{"agent":"#).string_or_null(session.client.agent.as_deref());
    json.raw(r#","address":"#).plain(session.client.address).raw("}}");
    if let Some(token) = csrf_token {
        json.raw(r#","csrf_token":"#).plain(token.reveal());
    }
    json.raw("}");
    json.0
}

/// JSON as it is written.
struct Text(String);

impl Text {
    fn raw(&mut self, json: &str) -> &mut Self {
        self.0.push_str(json);
        self
    }

    /// What never holds a character that JSON would escape.
    fn plain(&mut self, value: impl Display) -> &mut Self {
        // Memory takes every write.
        let _ = write!(self.0, "\"{value}\"");
        self
    }

    fn moment(&mut self, time: Time) {
        self.0.push('"');
        write_rfc3339(time, &mut self.0);
        self.0.push('"');
    }

    fn string(&mut self, text: &str) {
        let is_escaped = |byte: u8| byte < b' ' || byte == b'"' || byte == b'\\';
        // Over all bytes, without a way out in between: so the compiler makes it many bytes at a time.
        if text.bytes().fold(false, |found, byte| found | is_escaped(byte)) {
            // Text always serialises.
            self.0.push_str(&serde_json::to_string(text).unwrap_or_default());
        } else {
            self.raw("\"").raw(text).raw("\"");
        }
    }

    fn string_or_null(&mut self, text: Option<&str>) {
        match text {
            Some(text) => self.string(text),
            None => drop(self.raw("null")),
        }
    }

    fn strings(&mut self, texts: &[String]) {
        let mut before = "[";
        for text in texts {
            self.raw(before).string(text);
            before = ",";
        }
        self.raw(if texts.is_empty() { "[]" } else { "]" });
    }
}
