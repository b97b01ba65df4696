//! However a session ends, the server takes none of its access tokens from that moment on.

use bitjang_core::{Identifier, Operator};
use serde_json::json;

use crate::world::{Browser, NEW_PASSWORD, PASSWORD, Program, World};

/// The one who ends, and those whose sessions end.
struct Scene<'w> {
    world: &'w World,
    laptop: Browser<'w>,
    browser: Browser<'w>,
    program: Program<'w>,
}

impl<'w> Scene<'w> {
    async fn new(world: &'w World) -> Self {
        let laptop = world.signed_up("alice").await;
        let browser = world.with_token_cookies("alice").await;
        Self { world, laptop, browser, program: world.program("alice").await }
    }

    /// Every token is good before, and none after: neither as it was handed out, nor in the other's place.
    async fn expect_all_over(self) {
        let access = self.browser.cookie("__Host-bitjang-access").unwrap();
        let as_cookie = format!("__Host-bitjang-access={}", self.program.access_token);
        let elsewhere = [
            self.browser.ask("GET /v1/session"),
            self.program.ask("GET /v1/session"),
            self.world.ask("GET /v1/session").with("authorization", format!("Bearer {access}")),
            self.world.ask("GET /v1/session").with("cookie", as_cookie),
        ];
        for ask in elsewhere {
            ask.send().await.expect_problem(401, "signed_out");
        }
        for line in ["GET /v1/csrf", "GET /v1/sessions", "GET /v1/account", "DELETE /v1/sessions"] {
            self.browser.ask(line).send().await.expect_problem(401, "signed_out");
            self.program.call(line).await.expect_problem(401, "signed_out");
        }
    }
}

#[tokio::test]
async fn by_signing_out() {
    let world = World::new().await;
    let scene = Scene::new(&world).await;
    scene.browser.ask("DELETE /v1/session").send().await.expect(204);
    scene.program.call("DELETE /v1/session").await.expect(204);
    assert!(scene.laptop.is_signed_in().await);
    scene.expect_all_over().await;
}

#[tokio::test]
async fn by_ending_each_from_another_device() {
    let world = World::new().await;
    let mut scene = Scene::new(&world).await;
    let of_program = scene.program.call("GET /v1/session").await.json()["session"]["id"].clone();
    for id in [scene.browser.session().await, of_program.as_str().unwrap().to_owned()] {
        scene.laptop.call(&format!("DELETE /v1/sessions/{id}")).await.expect(204);
    }
    assert!(scene.laptop.is_signed_in().await);
    scene.expect_all_over().await;
}

#[tokio::test]
async fn by_ending_all_others() {
    let world = World::new().await;
    let mut scene = Scene::new(&world).await;
    scene.laptop.call("DELETE /v1/sessions").await.expect(204);
    assert!(scene.laptop.is_signed_in().await);
    scene.expect_all_over().await;
}

#[tokio::test]
async fn by_a_change_of_password() {
    let world = World::new().await;
    let mut scene = Scene::new(&world).await;
    let change = json!({"current_password": PASSWORD, "new_password": NEW_PASSWORD});
    scene.laptop.call_with("PUT /v1/account/password", change).await.expect(204);
    assert!(scene.laptop.is_signed_in().await);
    scene.expect_all_over().await;
}

#[tokio::test]
async fn by_disabling_the_account() {
    let world = World::new().await;
    let scene = Scene::new(&world).await;
    let alice = Identifier::new("alice").unwrap();
    world.auth.disable(Operator::at_the_console(), &alice).await.unwrap();
    world.auth.enable(Operator::at_the_console(), &alice).await.unwrap();
    assert!(!scene.laptop.is_signed_in().await);
    scene.expect_all_over().await;
}

#[tokio::test]
async fn by_a_reuse_of_a_refresh_token() {
    let world = World::new().await;
    let mut scene = Scene::new(&world).await;
    let (mut old_browser, old_program) = (scene.browser.clone(), scene.program.clone());
    for _ in 0..2 {
        scene.browser.refresh().await.expect(200);
        scene.program.refresh().await.expect(200);
    }
    assert!(scene.browser.is_signed_in().await && scene.program.is_signed_in().await);
    old_browser.refresh().await.expect_problem(401, "token_reuse");
    old_program.refresh_in_vain().await.expect_problem(401, "token_reuse");
    scene.expect_all_over().await;
}

#[tokio::test]
async fn who_changes_the_password_by_token_stays_signed_in() {
    let world = World::new().await;
    let mut scene = Scene::new(&world).await;
    let change = json!({"current_password": PASSWORD, "new_password": NEW_PASSWORD});
    scene.program.ask("PUT /v1/account/password").json(change).send().await.expect(204);
    assert!(scene.program.is_signed_in().await);
    scene.program.refresh().await.expect(200);
    assert!(!scene.laptop.is_signed_in().await && !scene.browser.is_signed_in().await);
}
