//! Its calls: one question, many questions, and who may ask them.

mod asker;
mod evaluation;
mod evaluations;

use serde_json::{Value, json};

use crate::world::{Answer, World};

/// May somebody do that to a post of the account with this id?
pub(super) fn about_post(action: &str, owner: &str) -> Value {
    let owner = json!({"type": "Account", "id": owner});
    json!({"action": {"name": action}, "resource": {"type": "Post", "id": "1", "properties": {"owner": owner}}})
}

/// The same about whoever is named, not whoever asks.
pub(super) fn by(who: &str, question: &Value) -> Value {
    let mut question = question.clone();
    question["subject"] = json!({"type": "Account", "id": who});
    question
}

/// The answer to a service.
pub(super) async fn asked_by(world: &World, token: &str, call: &str, body: Value) -> Answer {
    let ask = world.ask(&format!("POST /access/v1/{call}")).with("authorization", format!("Bearer {token}"));
    ask.json(body).send().await
}

pub(super) fn told(answer: &Answer) -> (bool, String) {
    assert_eq!(answer.status, 200, "{answer}");
    of(&answer.json())
}

/// Yes or no, and the reason.
pub(super) fn of(answer: &Value) -> (bool, String) {
    (answer["decision"].as_bool().unwrap(), answer["context"]["reason"].as_str().unwrap().to_owned())
}

pub(super) fn yes() -> (bool, String) {
    (true, "allowed".to_owned())
}

pub(super) fn no(reason: &str) -> (bool, String) {
    (false, reason.to_owned())
}
