//! `/account`: who one is, where one is signed in, and the password.

use crate::world::{Browser, NEW_PASSWORD, PASSWORD, World};

const CHANGE: [(&str, &str); 2] = [("current_password", PASSWORD), ("new_password", NEW_PASSWORD)];

async fn submit(browser: &mut Browser<'_>, path: &str, fields: &[(&str, &str)]) -> crate::world::Answer {
    let token = browser.open("/account").await.expect(200).field("csrf_token").unwrap();
    browser.submit(path, &[fields, &[("csrf_token", &token)]].concat()).await
}

#[tokio::test]
async fn a_stranger_is_asked_to_sign_in_first() {
    let world = World::new().await;
    let mut stranger = world.browser();
    stranger.open("/account").await.expect_redirect("/sign-in?return_to=%2Faccount");
    stranger.open("/account?notice=x").await.expect_redirect("/sign-in?return_to=%2Faccount%3Fnotice%3Dx");
    world.ask("GET /account").send().await.expect_problem(401, "signed_out");
}

#[tokio::test]
async fn an_account_shows_its_sessions() {
    let world = World::new().await;
    let laptop = world.signed_up("alice").await;
    let mut phone = world.browser().on("<script>alert(1)</script>", "2001:db8::9");
    phone.sign_in("alice", PASSWORD).await.expect(201);
    let answer = phone.open("/account").await.expect(200).expect_to_say("2001:db8::9");
    assert_eq!(answer.body.matches("<script").count(), 1);
    answer.expect_to_say(&format!("action=\"/account/sessions/{}/end\"", laptop.session().await));
}

#[tokio::test]
async fn another_session_is_ended_by_a_button() {
    let world = World::new().await;
    let (laptop, mut phone) = (world.signed_up("alice").await, world.signed_in("alice").await);
    let path = format!("/account/sessions/{}/end", laptop.session().await);
    submit(&mut phone, &path, &[]).await.expect_redirect("/account?notice=other_ended");
    assert!(!laptop.is_signed_in().await && phone.is_signed_in().await);
}

#[tokio::test]
async fn all_other_sessions_are_ended_by_a_button() {
    let world = World::new().await;
    let (laptop, mut phone) = (world.signed_up("alice").await, world.signed_in("alice").await);
    submit(&mut phone, "/account/sessions/end-others", &[])
        .await
        .expect_redirect("/account?notice=others_ended");
    assert!(!laptop.is_signed_in().await && phone.is_signed_in().await);
}

#[tokio::test]
async fn a_session_of_somebody_else_is_not_found() {
    let world = World::new().await;
    let (alice, mut mallory) = (world.signed_up("alice").await, world.signed_up("mallory").await);
    let foreign = format!("/account/sessions/{}/end", alice.session().await);
    let foreign = submit(&mut mallory, &foreign, &[]).await.expect(404);
    let missing = submit(&mut mallory, "/account/sessions/AAAAAAAAAAAAAAAAAAAAAA/end", &[]).await.expect(404);
    assert_eq!(foreign.to_string(), missing.to_string());
    assert!(alice.is_signed_in().await);
}

#[tokio::test]
async fn the_password_is_changed_by_a_form() {
    let world = World::new().await;
    let (mut laptop, phone) = (world.signed_up("alice").await, world.signed_in("alice").await);
    let changed = submit(&mut laptop, "/account/password", &CHANGE).await;
    changed.expect_redirect("/account?notice=password_changed");
    assert!(laptop.is_signed_in().await && !phone.is_signed_in().await);
    world.browser().sign_in("alice", NEW_PASSWORD).await.expect(201);
}

#[tokio::test]
async fn what_is_wrong_is_told_beside_its_field() {
    let world = World::new().await;
    let mut alice = world.signed_up("alice").await;
    for (current, new, problem, status) in [
        ("not the password", NEW_PASSWORD, "current_password-problem", 401),
        ("", NEW_PASSWORD, "current_password-problem", 401),
        (PASSWORD, "password", "new_password-problem", 422),
        (PASSWORD, "", "new_password-problem", 422),
    ] {
        let fields = [("current_password", current), ("new_password", new)];
        let answer = submit(&mut alice, "/account/password", &fields).await.expect(status);
        answer.expect_to_say(&format!("id=\"{problem}\""));
    }
    world.browser().sign_in("alice", PASSWORD).await.expect(201);
}

#[tokio::test]
async fn every_form_is_refused_without_the_token_of_its_session() {
    let world = World::new().await;
    let (mut laptop, phone) = (world.signed_up("alice").await, world.signed_in("alice").await);
    let mallory = world.signed_up("mallory").await;
    let form_token = world.browser().open("/sign-in").await.field("csrf_token").unwrap();
    for path in paths(&phone).await {
        for token in ["", mallory.csrf_token(), phone.csrf_token(), &form_token] {
            let fields = [CHANGE.as_slice(), &[("csrf_token", token)]].concat();
            laptop.submit(&path, &fields).await.expect(403).expect_to_say("This page has expired");
        }
        laptop.submit(&path, &CHANGE).await.expect(403);
        assert!(laptop.is_signed_in().await && phone.is_signed_in().await, "{path}");
    }
    world.browser().sign_in("alice", PASSWORD).await.expect(201);
}

#[tokio::test]
async fn every_form_is_refused_to_another_site() {
    let world = World::new().await;
    let (laptop, phone) = (world.signed_up("alice").await, world.signed_in("alice").await);
    let fields = [CHANGE.as_slice(), &[("csrf_token", laptop.csrf_token())]].concat();
    for path in paths(&phone).await {
        let form = || laptop.ask(&format!("POST {path}")).by_a_person().form(&fields);
        form().set("sec-fetch-site", "cross-site").send().await.expect(403).expect_to_say("another site");
        form().set("sec-fetch-site", "same-site").send().await.expect(403);
        form().without("sec-fetch-site").send().await.expect(403);
        form().without("sec-fetch-site").with("origin", "null").send().await.expect(403);
        form()
            .without("accept")
            .set("sec-fetch-site", "cross-site")
            .send()
            .await
            .expect_problem(403, "cross_site");
        assert!(laptop.is_signed_in().await && phone.is_signed_in().await, "{path}");
    }
}

#[tokio::test]
async fn a_form_of_an_ended_session_leads_to_sign_in() {
    let world = World::new().await;
    let (mut laptop, mut phone) = (world.signed_up("alice").await, world.signed_in("alice").await);
    let paths = paths(&phone).await;
    let token = laptop.csrf_token().to_owned();
    submit(&mut phone, "/account/sessions/end-others", &[]).await.expect(303);
    for path in paths.iter().filter(|path| *path != "/sign-out") {
        let fields = [CHANGE.as_slice(), &[("csrf_token", &token)]].concat();
        laptop.submit(path, &fields).await.expect_redirect("/sign-in?notice=session_ended");
    }
    laptop.open("/sign-in?notice=session_ended").await.expect(200).expect_to_say("role=\"status\"");
    world.browser().sign_in("alice", PASSWORD).await.expect(201);
}

#[tokio::test]
async fn json_is_no_form() {
    let world = World::new().await;
    let (laptop, phone) = (world.signed_up("alice").await, world.signed_in("alice").await);
    for path in paths(&phone).await.iter().filter(|path| *path != "/sign-out") {
        let ask =
            laptop.ask(&format!("POST {path}")).json(serde_json::json!({"csrf_token": laptop.csrf_token()}));
        ask.send().await.expect_problem(415, "unsupported_media_type");
    }
}

/// Where the forms of a signed-in person are sent.
async fn paths(other: &Browser<'_>) -> Vec<String> {
    let end = format!("/account/sessions/{}/end", other.session().await);
    ["/account/password", &end, "/account/sessions/end-others", "/sign-out"].map(str::to_owned).to_vec()
}
