//! What a sign-in hands out, and the requests that come before and after it.

use serde_json::{Value, json};

use super::{Contender, Dialect, PEOPLE};
use crate::load::wire::{Answer, field, fields};
use crate::program::issuer;
use crate::seed::{PASSWORD, person};

/// What somebody holds who has signed in.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Handed {
    /// As it stands in a `Cookie` header.
    pub(crate) cookie: Option<String>,
    pub(crate) csrf: Option<String>,
    pub(crate) bearer: Option<String>,
    pub(crate) refresh: Option<String>,
}

impl Handed {
    /// What an answer hands out, wherever a program puts it.
    pub(super) fn of(answer: &Answer<'_>) -> Self {
        let cookies =
            fields(answer.head, b"set-cookie").filter_map(|cookie| cookie.split(|byte| *byte == b';').next());
        let cookies: Vec<_> = cookies.map(|cookie| String::from_utf8_lossy(cookie).into_owned()).collect();
        let body = serde_json::from_slice::<Value>(answer.body).unwrap_or_default();
        let text = |name| body.get(name).and_then(Value::as_str).map(str::to_owned);
        let token =
            field(answer.head, b"set-auth-token").map(|token| String::from_utf8_lossy(token).into_owned());
        Self {
            cookie: (!cookies.is_empty()).then(|| cookies.join("; ")),
            csrf: text("csrf_token"),
            bearer: text("access_token").or(token),
            refresh: text("refresh_token"),
        }
    }
}

impl Contender {
    /// The `number`th of the people signs in. With ours, every other one carries the session by itself.
    pub(super) fn sign_in_request(&self, number: usize) -> Vec<u8> {
        let (who, carrier) =
            (person(number / 2 % PEOPLE), if number.is_multiple_of(2) { "cookie" } else { "bearer" });
        match self.dialect {
            Dialect::BetterAuth => {
                self.post("/api/auth/sign-in/email", "", &json!({ "email": who, "password": PASSWORD }))
            }
            Dialect::Ours => self.post(
                "/v1/session",
                "",
                &json!({ "identifier": who, "password": PASSWORD, "carrier": carrier }),
            ),
            _ => self.post("/v1/session", "", &json!({ "identifier": who, "password": PASSWORD })),
        }
    }

    pub(super) fn sign_up_request(&self, number: usize) -> Vec<u8> {
        self.post("/v1/accounts", "", &json!({ "identifier": person(number), "password": PASSWORD }))
    }

    pub(super) fn refresh_request(&self, token: &str) -> Vec<u8> {
        self.post("/v1/session/refresh", "", &json!({ "refresh_token": token }))
    }

    pub(super) fn sign_out_request(&self, handed: &Handed) -> Vec<u8> {
        let line = |name: &str, value: &Option<String>| {
            value.as_ref().map(|value| format!("{name}{value}\r\n")).unwrap_or_default()
        };
        let proof = match &handed.cookie {
            Some(_) => line("Cookie: ", &handed.cookie) + &line("X-CSRF-Token: ", &handed.csrf),
            None => line("Authorization: Bearer ", &handed.bearer),
        };
        if self.dialect == Dialect::BetterAuth {
            return self.post("/api/auth/sign-out", &proof, &json!({}));
        }
        format!("DELETE /v1/session HTTP/1.1\r\n{}{proof}\r\n", self.same_origin()).into_bytes()
    }

    fn post(&self, path: &str, fields: &str, body: &Value) -> Vec<u8> {
        let (body, origin) = (body.to_string(), self.same_origin());
        let head = format!("POST {path} HTTP/1.1\r\n{origin}{fields}Content-Type: application/json\r\n");
        format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
    }

    /// What a browser says of a page of the program's own.
    fn same_origin(&self) -> String {
        let origin = issuer(self.running.port);
        let host = origin.trim_start_matches("http://");
        format!("Host: {host}\r\nOrigin: {origin}\r\nSec-Fetch-Site: same-origin\r\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_handed_out_is_found_wherever_it_is() {
        let answer = Answer {
            status: 201,
            head: b"HTTP/1.1 201 Created\r\nset-cookie: a=1; Path=/\r\nset-cookie: b=2\r\n\r\n",
            body: br#"{"csrf_token":"c","account":null}"#,
        };
        let handed = Handed { cookie: Some("a=1; b=2".into()), csrf: Some("c".into()), ..Handed::default() };
        assert_eq!(Handed::of(&answer), handed);
        let answer = Answer {
            status: 201,
            head: b"HTTP/1.1 201 Created\r\n\r\n",
            body: br#"{"access_token":"t","refresh_token":"r"}"#,
        };
        let handed = Handed { bearer: Some("t".into()), refresh: Some("r".into()), ..Handed::default() };
        assert_eq!(Handed::of(&answer), handed);
    }
}
