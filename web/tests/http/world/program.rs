//! A program: keeps its tokens itself, and sends them as bearer tokens.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::{Answer, Ask, PASSWORD, World};

#[derive(Clone)]
pub(crate) struct Program<'w> {
    world: &'w World,
    pub(crate) access_token: String,
    pub(crate) refresh_token: String,
}

impl<'w> Program<'w> {
    pub(super) async fn signed_in(world: &'w World, identifier: &str) -> Self {
        let body = json!({"identifier": identifier, "password": PASSWORD, "carrier": "bearer"});
        let answer = world.ask("POST /v1/session").json(body).send().await.expect(201);
        let mut program = Self { world, access_token: String::new(), refresh_token: String::new() };
        program.keep(&answer);
        program
    }

    pub(crate) fn ask(&self, line: &str) -> Ask<'w> {
        self.world.ask(line).with("authorization", format!("Bearer {}", self.access_token))
    }

    pub(crate) async fn call(&self, line: &str) -> Answer {
        self.ask(line).send().await
    }

    /// Asks for the next tokens, and keeps what it is given.
    pub(crate) async fn refresh(&mut self) -> Answer {
        let answer = self.refresh_in_vain().await;
        if answer.status == 200 {
            self.keep(&answer);
        }
        answer
    }

    /// Asks for the next tokens; the answer is lost.
    pub(crate) async fn refresh_in_vain(&self) -> Answer {
        let body = json!({"refresh_token": self.refresh_token});
        self.world.ask("POST /v1/session/refresh").json(body).send().await
    }

    pub(crate) async fn is_signed_in(&self) -> bool {
        let answer = self.call("GET /v1/session").await;
        assert!(matches!(answer.status.as_u16(), 200 | 401), "{answer}");
        answer.status == 200
    }

    /// What stands in the header of its access token.
    pub(crate) fn token_header(&self) -> Value {
        self.token_part(0)
    }

    /// What its access token claims.
    pub(crate) fn token_claims(&self) -> Value {
        self.token_part(1)
    }

    fn token_part(&self, index: usize) -> Value {
        let part = self.access_token.split('.').nth(index).unwrap();
        let mut said: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
        said.sort_all_objects();
        said
    }

    /// Keeps the tokens of an answer.
    pub(crate) fn keep(&mut self, answer: &Answer) {
        let json = answer.json();
        let token = |name: &str| json[name].as_str().unwrap().to_owned();
        (self.access_token, self.refresh_token) = (token("access_token"), token("refresh_token"));
    }
}
