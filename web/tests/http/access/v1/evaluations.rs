//! `POST /access/v1/evaluations`: many questions at once.

use serde_json::{Value, json};

use super::{about_post, asked_by, by, no, of, told, yes};
use crate::world::World;

const CALL: &str = "POST /access/v1/evaluations";

/// Three questions about alice's post: alice may edit, and may not do what there is not, and may delete.
fn questions(alice: &str) -> Value {
    let mut questions = about_post("edit", alice);
    questions["evaluations"] = json!([{}, {"action": {"name": "destroy"}}, {"action": {"name": "delete"}}]);
    questions
}

fn all(answers: &Value) -> Vec<(bool, String)> {
    answers["evaluations"].as_array().unwrap().iter().map(of).collect()
}

#[tokio::test]
async fn each_is_answered_with_what_they_have_in_common() {
    let world = World::new().await;
    let alice = world.signed_up("alice").await;
    let questions = questions(&alice.account().await);
    let answer = alice.ask(CALL).json(questions).send().await.expect(200);
    assert_eq!(all(&answer.json()), [yes(), no("unknown_action"), yes()]);
}

#[tokio::test]
async fn the_semantic_says_when_to_stop() {
    let world = World::new().await;
    let alice = world.signed_up("alice").await;
    let mut questions = questions(&alice.account().await);
    for (semantic, expected) in [
        ("execute_all", vec![yes(), no("unknown_action"), yes()]),
        ("deny_on_first_deny", vec![yes(), no("unknown_action")]),
        ("permit_on_first_permit", vec![yes()]),
    ] {
        questions["options"] = json!({"evaluations_semantic": semantic});
        let answer = alice.ask(CALL).json(questions.clone()).send().await.expect(200);
        assert_eq!(all(&answer.json()), expected, "{semantic}");
    }
    questions["options"] = json!({"evaluations_semantic": "whatever"});
    alice.ask(CALL).json(questions).send().await.expect_problem(400, "bad_request");
}

#[tokio::test]
async fn without_a_list_it_is_one_question() {
    let world = World::new().await;
    let alice = world.signed_up("alice").await;
    let mut question = about_post("edit", &alice.account().await);
    assert_eq!(told(&alice.ask(CALL).json(question.clone()).send().await), yes());
    question["evaluations"] = json!([]);
    assert_eq!(told(&alice.ask(CALL).json(question).send().await), yes());
}

#[tokio::test]
async fn a_hundred_are_answered_and_no_more() {
    let world = World::new().await;
    let alice = world.signed_up("alice").await.account().await;
    let token = world.service("billing").await;
    let mut questions = by(&alice, &about_post("edit", &alice));
    questions["evaluations"] = json!(vec![json!({}); 100]);
    let answer = asked_by(&world, &token, "evaluations", questions.clone()).await.expect(200);
    assert_eq!(all(&answer.json()), vec![yes(); 100]);
    questions["evaluations"] = json!(vec![json!({}); 101]);
    asked_by(&world, &token, "evaluations", questions).await.expect_problem(400, "bad_request");
}

#[tokio::test]
async fn a_question_among_others_that_may_not_be_asked_is_refused_with_all() {
    let world = World::new().await;
    let (alice, bob) = (world.signed_up("alice").await, world.signed_up("bob").await.account().await);
    let own = alice.account().await;
    let mut questions = about_post("edit", &own);
    questions["evaluations"] = json!([{}, {"subject": {"type": "Account", "id": bob}}]);
    alice.ask(CALL).json(questions.clone()).send().await.expect_problem(403, "forbidden");
    questions["evaluations"] = json!([{}, {"subject": {"type": "Account", "id": own}}]);
    assert_eq!(all(&alice.ask(CALL).json(questions).send().await.expect(200).json()), [yes(), yes()]);
    let whole = json!({"evaluations": [{"action": {"name": "edit"}}]});
    alice.ask(CALL).json(whole).send().await.expect_problem(400, "bad_request");
}

#[tokio::test]
async fn what_would_take_long_to_decide_is_refused() {
    let world = World::new().await;
    let alice = world.signed_up("alice").await;
    let question = about_post("edit", &alice.account().await);
    let ask = |call: &str, body| alice.ask(&format!("POST /access/v1/{call}")).json(body).send();
    let mut heavy = question.clone();
    heavy["resource"]["properties"]["tags"] = json!(vec![json!([]); 5_000]);
    assert!(!told(&ask("evaluation", heavy.clone()).await).0);
    heavy["evaluations"] = json!([{}, {}, {}, {}]);
    ask("evaluations", heavy.clone()).await.expect_problem(400, "bad_request");
    let mut heavier = question;
    heavier["resource"]["properties"]["tags"] = json!(vec![json!([]); 20_000]);
    ask("evaluation", heavier).await.expect_problem(400, "bad_request");
}
