//! A program that signs in with carrier `bearer` and keeps its tokens itself.

use serde_json::{Value, json};

use crate::process::{PASSWORD, Server};

#[derive(Clone)]
pub(crate) struct Program {
    pub(crate) access_token: String,
    pub(crate) refresh_token: String,
}

impl Program {
    /// Signs in to an account that exists.
    pub(crate) fn signed_in(server: &Server, identifier: &str) -> Self {
        let body = json!({"identifier": identifier, "password": PASSWORD, "carrier": "bearer"}).to_string();
        let (status, answer) = parts(&server.send("POST /v1/session", &[], &body));
        assert_eq!(status, 201, "{answer}");
        Self::of(&answer)
    }

    /// What an answer hands out.
    pub(crate) fn of(answer: &Value) -> Self {
        let text = |name| answer.get(name).and_then(Value::as_str).unwrap().to_owned();
        Self { access_token: text("access_token"), refresh_token: text("refresh_token") }
    }

    /// With which status a request with its access token is answered.
    pub(crate) fn call(&self, server: &Server, line: &str) -> u16 {
        let bearer = format!("Bearer {}", self.access_token);
        parts(&server.send(line, &[("Authorization", &bearer)], "")).0
    }

    /// Presents its refresh token and keeps what it is given; with which status, and which code where it is refused.
    pub(crate) fn refresh(&mut self, server: &Server) -> (u16, String) {
        let body = json!({"refresh_token": self.refresh_token}).to_string();
        let (status, answer) = parts(&server.send("POST /v1/session/refresh", &[], &body));
        if status == 200 {
            *self = Self::of(&answer);
        }
        (status, answer.get("code").and_then(Value::as_str).unwrap_or_default().to_owned())
    }
}

/// Status and body of an answer.
fn parts(answer: &str) -> (u16, Value) {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head[9..12].parse().unwrap(), serde_json::from_str(body).unwrap_or_default())
}
