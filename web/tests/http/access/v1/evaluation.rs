//! `POST /access/v1/evaluation`: what is answered.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{about_post, asked_by, by, no, told, yes};
use crate::world::{Plan, World};

const CALL: &str = "POST /access/v1/evaluation";

#[tokio::test]
async fn an_account_is_told_whether_it_may_and_in_one_word_why() {
    let world = World::new().await;
    let (alice, bob) = (world.signed_up("alice").await, world.signed_up("bob").await);
    let question = about_post("delete", &alice.account().await);
    assert_snapshot!(alice.ask(CALL).json(question.clone()).send().await, @r#"
    200 OK
    content-length: 48
    content-type: application/json

    {
      "context": {
        "reason": "allowed"
      },
      "decision": true
    }
    "#);
    assert_eq!(told(&bob.ask(CALL).json(question.clone()).send().await), no("not_permitted"));
    world.trust("bob", &["moderator"]).await;
    assert_eq!(
        told(&bob.ask(CALL).json(question.clone()).send().await),
        yes(),
        "roles are those of this moment"
    );
    world.trust("bob", &["moderator", "banned"]).await;
    assert_eq!(told(&bob.ask(CALL).json(question).send().await), no("forbidden"));
    let counted: Vec<_> = world.decided().iter().map(|decision| decision.reason.code()).collect();
    assert_eq!(counted, ["allowed", "not_permitted", "allowed", "forbidden"]);
}

#[tokio::test]
async fn a_service_is_told_which_policies_decided() {
    let world = World::new().await;
    let alice = world.signed_up("alice").await.account().await;
    let token = world.service("billing").await;
    assert_snapshot!(asked_by(&world, &token, "evaluation", by(&alice, &about_post("edit", &alice))).await, @r#"
    200 OK
    content-length: 86
    content-type: application/json

    {
      "context": {
        "policies": [
          "owners-edit-and-delete"
        ],
        "reason": "allowed"
      },
      "decision": true
    }
    "#);
}

#[tokio::test]
async fn what_contradicts_the_schema_is_a_no_with_a_reason() {
    let world = World::new().await;
    let alice = world.signed_up("alice").await.account().await;
    let token = world.service("billing").await;
    let good = by(&alice, &about_post("edit", &alice));
    let with = |pointer: &str, value: Value| {
        let mut question = good.clone();
        question["context"] = json!({});
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        question.pointer_mut(parent).unwrap()[name] = value;
        question
    };
    let owner = "/resource/properties/owner";
    let cases = [
        (with("/action/name", json!("destroy")), "unknown_action"),
        (with("/action/name", json!("")), "unknown_action"),
        (with("/action/properties", json!({"fast": true})), "bad_context"),
        (with("/resource/type", json!("Comment")), "not_applicable"),
        (with("/resource/type", json!("a::b\n\"")), "not_applicable"),
        (with("/resource/properties", json!({})), "bad_resource"),
        (with(owner, json!(alice)), "bad_resource"),
        (with(owner, json!(null)), "bad_resource"),
        (with(owner, json!({"type": "Role", "id": "x"})), "bad_resource"),
        (with("/resource/properties/extra", json!(1)), "bad_resource"),
        (with("/context/now", json!("whenever")), "bad_context"),
        (with("/context/now", json!("2020-01-01T00:00:00Z")), "bad_context"),
        (with("/context/more", json!(1)), "bad_context"),
        (with("/subject/type", json!("Role")), "bad_principal"),
        (with("/subject/type", json!("Stranger")), "not_applicable"),
        (with("/subject/properties", json!({"admin": true})), "bad_principal"),
        (with("/subject/properties", json!({"groups": "editors"})), "bad_principal"),
        (with("/subject/id", json!("nobody")), "unknown_account"),
        (with("/subject/id", json!("00000000-0000-7000-8000-000000000000")), "unknown_account"),
    ];
    for (question, reason) in cases {
        let answer = asked_by(&world, &token, "evaluation", question.clone()).await;
        assert_eq!(told(&answer), no(reason), "{question}");
    }
    let missing = asked_by(&world, &token, "evaluation", with("/resource/properties", json!({}))).await;
    assert!(missing.json()["context"]["detail"].as_str().unwrap().contains("owner"), "{missing}");
}

#[tokio::test]
async fn what_is_no_question_is_a_bad_request() {
    let world = World::new().await;
    let token = world.service("billing").await;
    let alice = world.signed_up("alice").await;
    for body in [
        "",
        "{",
        "null",
        "[]",
        "{}",
        r#"{"action": {"name": "edit"}}"#,
        r#"{"action": "edit", "resource": {"type": "Post", "id": "1"}}"#,
        r#"{"action": {"name": "edit"}, "resource": {"type": "Post"}}"#,
        r#"{"action": {"name": "edit"}, "resource": {"type": "Post", "id": 1}}"#,
        r#"{"action": {"name": "edit"}, "resource": {"type": "Post", "id": "1"}, "context": []}"#,
        r#"{"action": {"name": "edit"}, "resource": {"type": "Post", "id": "1"}, "more": 1}"#,
        r#"{"action": {"name": "edit"}, "action": {"name": "edit"}, "resource": {"type": "Post", "id": "1"}}"#,
    ] {
        let by_service = world.ask(CALL).with("authorization", format!("Bearer {token}"));
        by_service.typed("application/json", body).send().await.expect_problem(400, "bad_request");
        alice.ask(CALL).typed("application/json", body).send().await.expect_problem(400, "bad_request");
    }
    let nobody = asked_by(&world, &token, "evaluation", about_post("edit", "x")).await;
    nobody.expect_problem(400, "bad_request");
    let large = vec![b' '; 100 * 1_024];
    alice.ask(CALL).typed("application/json", large).send().await.expect_problem(413, "too_large");
    alice.ask(CALL).typed("text/plain", "{}").send().await.expect_problem(415, "unsupported_media_type");
    assert!(world.decided().is_empty());
}

#[tokio::test]
async fn groups_are_those_that_a_service_names() {
    let world = World::new().await;
    let (alice, bob) =
        (world.signed_up("alice").await.account().await, world.signed_up("bob").await.account().await);
    let token = world.service("billing").await;
    let mut question = by(&bob, &about_post("edit", &alice));
    question["resource"]["properties"]["group"] = json!({"type": "Group", "id": "editors"});
    for (groups, expected) in [(json!(["editors"]), yes()), (json!(["readers"]), no("not_permitted"))] {
        question["subject"]["properties"] = json!({"groups": groups});
        assert_eq!(told(&asked_by(&world, &token, "evaluation", question.clone()).await), expected);
    }
}

#[tokio::test]
async fn a_grant_ends_by_the_server_s_clock() {
    let world = World::new().await;
    let (alice, bob) = (world.signed_up("alice").await.account().await, world.signed_up("bob").await);
    let mut question = about_post("edit", &alice);
    let properties = &mut question["resource"]["properties"];
    properties["guest"] = json!({"type": "Account", "id": bob.account().await});
    // A minute after the world's time.
    properties["guest_until"] = json!("2026-11-23T07:01:00Z");
    assert_eq!(told(&bob.ask(CALL).json(question.clone()).send().await), yes());
    world.wait(60);
    assert_eq!(told(&bob.ask(CALL).json(question).send().await), no("not_permitted"));
}

#[tokio::test]
async fn without_policies_every_answer_is_no() {
    let world = World::of(Plan { policies: None, ..Plan::default() }).await;
    let alice = world.signed_up("alice").await;
    let question = about_post("read", &alice.account().await);
    assert_eq!(told(&alice.ask(CALL).json(question).send().await), no("no_policies"));
}
