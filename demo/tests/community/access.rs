//! Every route, every actor, every method: one table.

use crate::world::{Person, World};

/// In the order of the table's columns.
const ACTORS: [&str; 8] =
    ["anonymous", "author", "other", "moderator", "banned", "admin", "ended session", "stale role"];

const METHODS: [&str; 6] = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// Route, method, and the status for each actor. What is not listed is 405 for everybody.
#[rustfmt::skip]
const TABLE: &[(&str, &str, [u16; 8])] = &[
    ("/",                         "GET",  [200, 200, 200, 200, 200, 200, 200, 200]),
    ("/posts",                    "POST", [401, 303, 303, 303, 403, 303, 401, 303]),
    ("{post}",                    "GET",  [200, 200, 200, 200, 200, 200, 200, 200]),
    ("{post}/edit",               "GET",  [401, 200, 403, 403, 403, 403, 401, 403]),
    ("{post}/edit",               "POST", [401, 303, 403, 403, 403, 403, 401, 403]),
    ("{post}/delete",             "POST", [401, 303, 403, 303, 403, 403, 401, 403]),
    ("{post}/comments",           "POST", [401, 303, 303, 303, 403, 303, 401, 303]),
    ("{draft}",                   "GET",  [404, 200, 404, 200, 404, 404, 404, 404]),
    ("{draft}/edit",              "GET",  [401, 200, 404, 403, 404, 404, 401, 404]),
    ("{draft}/edit",              "POST", [401, 303, 404, 403, 404, 404, 401, 404]),
    ("{draft}/delete",            "POST", [401, 303, 404, 303, 404, 404, 401, 404]),
    ("{draft}/comments",          "POST", [401, 403, 404, 403, 404, 404, 401, 404]),
    ("{comment}/delete",          "POST", [401, 303, 403, 303, 403, 403, 401, 403]),
    ("/posts/999999",             "GET",  [404; 8]),
    ("/posts/999999/edit",        "GET",  [401, 404, 404, 404, 404, 404, 401, 404]),
    ("/posts/999999/edit",        "POST", [401, 404, 404, 404, 404, 404, 401, 404]),
    ("/posts/999999/delete",      "POST", [401, 404, 404, 404, 404, 404, 401, 404]),
    ("/posts/999999/comments",    "POST", [401, 404, 404, 404, 404, 404, 401, 404]),
    ("/comments/999999/delete",   "POST", [401, 404, 404, 404, 404, 404, 401, 404]),
    ("/members",                  "GET",  [401, 403, 403, 200, 403, 200, 401, 403]),
    ("{member}/ban",              "POST", [401, 403, 403, 303, 403, 403, 401, 403]),
    ("{member}/unban",            "POST", [401, 403, 403, 303, 403, 403, 401, 403]),
    ("{member}/roles",            "POST", [401, 403, 403, 403, 403, 303, 401, 403]),
    ("{nobody}/ban",              "POST", [401, 403, 403, 403, 403, 403, 401, 403]),
    ("{nobody}/roles",            "POST", [401, 403, 403, 403, 403, 403, 401, 403]),
    ("{the admin}/ban",           "POST", [401, 403, 403, 403, 403, 403, 401, 403]),
    ("{the admin}/roles",         "POST", [401, 403, 403, 403, 403, 403, 401, 403]),
    ("/try",                      "GET",  [401, 200, 200, 200, 200, 200, 401, 200]),
    ("/try",                      "POST", [401, 200, 403, 200, 403, 403, 401, 403]),
    ("/community.css",            "GET",  [200; 8]),
];

struct Cast {
    world: World,
    people: [Person; 8],
    member: Person,
}

impl Cast {
    async fn assembled() -> Self {
        let world = World::new().await;
        let [author, other] = [world.person("alice", &[]).await, world.person("bob", &[]).await];
        let [moderator, admin] =
            [world.person("mo", &["moderator"]).await, world.person("ada", &["admin"]).await];
        let [banned, member] = [world.person("ned", &[]).await, world.person("kim", &[]).await];
        world.post(&moderator, &format!("/members/{}/ban", banned.id), &[]).await;
        let ended = world.signed_in("alice").await;
        world.post(&ended, "/sign-out", &[]).await;
        world.until_signed_out(&ended).await;
        // A moderator until a moment ago, whose token said so.
        let stale = world.person("sam", &["moderator"]).await;
        assert_eq!(world.get(&stale, "/members").await.status, 200);
        assert_eq!(world.post(&admin, &format!("/members/{}/roles", stale.id), &[]).await.status, 303);
        let people = [Person::default(), author, other, moderator, banned, admin, ended, stale];
        Self { world, people, member }
    }

    /// The path of a route of the table, with things of the author's that nobody has touched.
    async fn path(&self, route: &str) -> (String, String) {
        let author = &self.people[1];
        let post = self.world.written(author, &[]).await;
        let mut path = route
            .replace("{post}", &post)
            .replace("{nobody}", "/members/00000000-0000-7000-8000-000000000000");
        path = path.replace("{member}", &format!("/members/{}", self.member.id));
        path = path.replace("{the admin}", &format!("/members/{}", self.people[5].id));
        if route.contains("{draft}") {
            path = path.replace("{draft}", &self.world.written(author, &[("draft", "yes")]).await);
        }
        if route.contains("{comment}") {
            path = path.replace("{comment}", &self.world.remarked(author, &post).await);
        }
        (path, post.trim_start_matches("/posts/").to_owned())
    }
}

#[tokio::test]
async fn every_route_answers_every_actor_by_every_method_as_the_table_says() {
    let cast = Cast::assembled().await;
    let mut wrong = Vec::new();
    let mut routes: Vec<_> = TABLE.iter().map(|(route, ..)| *route).collect();
    routes.dedup();
    for route in routes {
        for method in METHODS {
            let row = TABLE.iter().find(|(path, by, _)| *path == route && *by == method);
            let expected = row.map_or([405; 8], |(_, _, expected)| *expected);
            for ((actor, person), expected) in ACTORS.iter().zip(&cast.people).zip(expected) {
                let (path, post) = cast.path(route).await;
                let fields = [("title", "Another"), ("body", "Taken over"), ("post", post.as_str())];
                let answer = cast.world.ask(person, method, &path, &fields).await;
                if answer.status != expected {
                    wrong.push(format!(
                        "{method} {route} as {actor}: {} instead of {expected}",
                        answer.status
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn what_is_refused_changes_nothing() {
    let cast = Cast::assembled().await;
    let [anonymous, author, other, _, banned, admin, ended, stale] = &cast.people;
    let post = cast.world.written(author, &[]).await;
    let comment = cast.world.remarked(author, &post).await;
    let before = cast.world.get(anonymous, &post).await.body;
    for person in [anonymous, other, banned, admin, ended, stale] {
        for path in [format!("{post}/edit"), format!("{post}/delete"), format!("{comment}/delete")] {
            let answer = cast.world.post(person, &path, &[("title", "Mine"), ("body", "now")]).await;
            assert!([401, 403].contains(&answer.status.as_u16()), "{path}: {answer:?}");
        }
    }
    assert_eq!(cast.world.get(anonymous, &post).await.body, before);
}

#[tokio::test]
async fn a_role_that_is_given_counts_at_once_and_one_that_is_taken_as_well() {
    let world = World::new().await;
    let (admin, kim) = (world.person("ada", &["admin"]).await, world.person("kim", &[]).await);
    let roles = format!("/members/{}/roles", kim.id);
    assert_eq!(world.get(&kim, "/members").await.status, 403);
    world.post(&admin, &roles, &[("moderator", "yes")]).await;
    assert_eq!(world.get(&kim, "/members").await.status, 200);
    world.post(&admin, &roles, &[]).await;
    assert_eq!(world.get(&kim, "/members").await.status, 403);
}

#[tokio::test]
async fn a_banned_account_writes_again_when_it_is_let_back() {
    let world = World::new().await;
    let (mo, ned) = (world.person("mo", &["moderator"]).await, world.person("ned", &[]).await);
    let text = [("title", "A title"), ("body", "Some text")];
    for (deed, status) in [("ban", 403), ("ban", 403), ("unban", 303)] {
        assert_eq!(world.post(&mo, &format!("/members/{}/{deed}", ned.id), &[]).await.status, 303);
        assert_eq!(world.post(&ned, "/posts", &text).await.status, status);
    }
}
