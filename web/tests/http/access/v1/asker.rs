//! Who may ask: an account about itself, by any carrier; a service about anybody; nobody else.

use bitjang_core::Operator;
use bitjang_core::service_credential::ServiceName;
use serde_json::json;

use super::{about_post, asked_by, by, told, yes};
use crate::world::World;

const CALLS: [&str; 2] = ["evaluation", "evaluations"];

#[tokio::test]
async fn an_account_asks_by_each_carrier() {
    let world = World::new().await;
    let by_cookie = world.signed_up("alice").await;
    let by_tokens = world.with_token_cookies("alice").await;
    let program = world.program("alice").await;
    let question = about_post("edit", &by_cookie.account().await);
    for call in CALLS {
        let line = format!("POST /access/v1/{call}");
        for ask in [by_cookie.ask(&line), by_tokens.ask(&line), program.ask(&line)] {
            assert_eq!(told(&ask.json(question.clone()).send().await), yes());
        }
        world.ask(&line).json(question.clone()).send().await.expect_problem(401, "signed_out");
        let forged = by_cookie.ask(&line).without("x-csrf-token").json(question.clone());
        forged.send().await.expect_problem(403, "csrf_token");
        let foreign = by_cookie.ask(&line).set("sec-fetch-site", "cross-site").json(question.clone());
        foreign.send().await.expect_problem(403, "cross_site");
    }
}

#[tokio::test]
async fn an_account_asks_about_itself_alone_and_says_nothing_of_itself() {
    let world = World::new().await;
    let (alice, bob) = (world.signed_up("alice").await, world.signed_up("bob").await.account().await);
    let own = alice.account().await;
    let question = about_post("edit", &own);
    for call in CALLS {
        let ask = |body| alice.ask(&format!("POST /access/v1/{call}")).json(body).send();
        assert_eq!(told(&ask(by(&own, &question)).await), yes());
        let mut as_user = question.clone();
        as_user["subject"] = json!({"type": "user", "id": own});
        assert_eq!(told(&ask(as_user).await), yes());
        ask(by(&bob, &question)).await.expect_problem(403, "forbidden");
        ask(by("nobody", &question)).await.expect_problem(403, "forbidden");
        let mut of_itself = question.clone();
        of_itself["resource"] = json!({"type": "Account", "id": own, "properties": {"owner": own}});
        ask(of_itself).await.expect_problem(403, "forbidden");
        for subject in [
            json!({"type": "Stranger", "id": own}),
            json!({"type": "Account", "id": own.to_uppercase()}),
            json!({"type": "Account", "id": own, "properties": {"groups": ["editors"]}}),
        ] {
            let mut question = question.clone();
            question["subject"] = subject;
            ask(question).await.expect_problem(403, "forbidden");
        }
    }
}

#[tokio::test]
async fn a_service_asks_until_it_is_removed_and_nothing_else() {
    let world = World::new().await;
    let alice = world.signed_up("alice").await;
    let own = alice.account().await;
    let (token, other) = (world.service("billing").await, world.service("shop").await);
    let question = by(&own, &about_post("edit", &own));
    assert_eq!(told(&asked_by(&world, &token, "evaluation", question.clone()).await), yes());

    for (line, _) in world.calls() {
        if line.contains("/v1/session") || line.contains("/v1/account") && !line.ends_with("/v1/accounts") {
            let ask = world.ask(&line.replace("{id}", "x")).with("authorization", format!("Bearer {token}"));
            let answer = ask.send().await;
            assert!(!answer.status.is_success(), "{line} is no call for services: {answer}");
        }
    }

    let name = ServiceName::new("billing").unwrap();
    world.auth.remove_service(Operator::at_the_console(), &name).await.unwrap();
    asked_by(&world, &token, "evaluation", question.clone()).await.expect_problem(401, "signed_out");
    assert_eq!(told(&asked_by(&world, &other, "evaluation", question.clone()).await), yes());

    for odd in
        ["bjc_", "bjc_AAAA", &format!("{other}A"), &other.replace("bjc_", "bjs_"), &format!(" {other}")]
    {
        asked_by(&world, odd, "evaluation", question.clone()).await.expect_problem(401, "signed_out");
    }
    let twice = world.ask("POST /access/v1/evaluation").json(question.clone());
    let twice = twice.with("authorization", format!("Bearer {other}")).with("authorization", "Bearer x");
    twice.send().await.expect_problem(401, "signed_out");
    // A cookie beside the token counts for nothing.
    let beside = alice.ask("POST /access/v1/evaluation").without("x-csrf-token").json(question);
    beside.with("authorization", format!("Bearer {token}")).send().await.expect_problem(401, "signed_out");
}

#[tokio::test]
async fn a_locked_account_may_nothing() {
    let world = World::new().await;
    let own = world.signed_up("alice").await.account().await;
    let token = world.service("billing").await;
    let question = by(&own, &about_post("read", &own));
    assert_eq!(told(&asked_by(&world, &token, "evaluation", question.clone()).await), yes());
    let alice = bitjang_core::Identifier::new("alice").unwrap();
    world.auth.disable(Operator::at_the_console(), &alice).await.unwrap();
    let answer = asked_by(&world, &token, "evaluation", question).await;
    assert_eq!(told(&answer), (false, "unknown_account".to_owned()));
}

#[tokio::test]
async fn a_store_that_is_down_is_no_answer() {
    let world = World::new().await;
    let own = world.signed_up("alice").await.account().await;
    let token = world.service("billing").await;
    world.break_store();
    let question = by(&own, &about_post("edit", &own));
    asked_by(&world, &token, "evaluation", question).await.expect_problem(503, "unavailable");
}
