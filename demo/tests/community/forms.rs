//! Forms: where they come from, what they carry, and what they cannot set.

use axum::body::Body;
use http::header::{CONTENT_TYPE, COOKIE, ORIGIN};

use crate::world::{World, form, request};

type Headers<'a> = &'a [(&'a str, &'a str)];

const FORM: &str = "application/x-www-form-urlencoded";

#[tokio::test]
async fn a_form_that_is_not_from_a_page_of_ours_is_refused() {
    let world = World::new().await;
    let (alice, bob) = (world.person("alice", &[]).await, world.person("bob", &[]).await);
    let post = world.written(&alice, &[]).await;
    let good = form(&alice.csrf_token, &[]);
    let theirs = form(&bob.csrf_token, &[]);
    let forged: [(Headers<'_>, &str, u16); 10] = [
        (&[], FORM, 403),
        (&[("sec-fetch-site", "cross-site")], FORM, 403),
        (&[("sec-fetch-site", "same-site")], FORM, 403),
        (&[("origin", "http://evil.example")], FORM, 403),
        (&[("origin", "null")], FORM, 403),
        (&[("origin", "http://localhost:8081")], FORM, 403),
        (&[("sec-fetch-site", "cross-site"), ("origin", "http://localhost:8080")], FORM, 403),
        (&[("sec-fetch-site", "same-origin")], "text/plain", 415),
        (&[("sec-fetch-site", "same-origin")], "multipart/form-data", 415),
        (&[("sec-fetch-site", "same-origin")], "application/json", 415),
    ];
    let send = async |headers: &[(&str, &str)], kind: &str, body: &str| {
        let mut sent = request("POST", &format!("{post}/delete")).header(COOKIE, &alice.cookie);
        sent = sent.header(CONTENT_TYPE, kind);
        for (name, value) in headers {
            sent = sent.header(*name, *value);
        }
        world.send(sent.body(Body::from(body.to_owned())).unwrap()).await.status.as_u16()
    };
    for (headers, kind, status) in forged {
        assert_eq!(send(headers, kind, &good).await, status, "{headers:?} {kind}");
    }
    let own = [("sec-fetch-site", "same-origin")];
    for body in [theirs.as_str(), "", "csrf_token=", "csrf_token=a&csrf_token=b"] {
        assert!([400, 403].contains(&send(&own, FORM, body).await), "{body}");
    }
    assert_eq!(world.get(&alice, &post).await.status, 200, "it is still there");
    assert_eq!(send(&[(ORIGIN.as_str(), "http://localhost:8080")], FORM, &good).await, 303);
}

#[tokio::test]
async fn a_form_sets_the_text_and_nothing_else() {
    let world = World::new().await;
    let (alice, bob) = (world.person("alice", &[]).await, world.person("bob", &[]).await);
    let more = [
        ("author", bob.id.as_str()),
        ("account", &bob.id),
        ("owner", &bob.id),
        ("id", "4711"),
        ("revision", "99"),
        ("created_at", "1999-01-01T00:00:00Z"),
        ("roles", "admin"),
        ("is_banned", "true"),
    ];
    let path = world.written(&alice, &more).await;
    let id = path.trim_start_matches("/posts/").parse().unwrap();
    let written = world.store.post(id).unwrap().unwrap();
    assert_eq!((written.author.to_string(), written.revision), (alice.id.clone(), 1));
    assert!(id.0 != 4711 && !written.created_at.starts_with("1999"));
    let fields = [&[("title", "B"), ("body", "C")], more.as_slice()].concat();
    assert_eq!(world.post(&alice, &format!("{path}/edit"), &fields).await.status, 303);
    let edited = world.store.post(id).unwrap().unwrap();
    assert_eq!((edited.author, edited.revision), (written.author, 2));
    assert_eq!(world.get(&alice, "/members").await.status, 403);
}

#[tokio::test]
async fn text_that_is_nothing_or_too_much_is_refused() {
    let world = World::new().await;
    let alice = world.person("alice", &[]).await;
    let (long_title, long_body) = ("가".repeat(121), "a".repeat(10_001));
    for (title, body) in [("", "b"), ("t", ""), (" \n", "b"), (&long_title, "b"), ("t", &long_body)] {
        let answer = world.post(&alice, "/posts", &[("title", title), ("body", body)]).await;
        assert_eq!(answer.status, 422, "{title} {body}");
    }
    assert_eq!(
        world.post(&alice, "/posts", &[("title", "t"), ("body", &"a".repeat(70_000))]).await.status,
        413
    );
    let most = [("title", "가".repeat(120)), ("body", "a".repeat(10_000))];
    let most = most.each_ref().map(|(name, value)| (*name, value.as_str()));
    assert_eq!(world.post(&alice, "/posts", &most).await.status, 303);
}

#[tokio::test]
async fn hostile_text_is_shown_and_not_obeyed() {
    let world = World::new().await;
    let alice = world.person("alice", &[]).await;
    let hostile =
        "</textarea></title><script>alert(1)</script><img src=x onerror=alert(1)>\"'{{ 7*7 }}{% raw %}";
    let answer = world.post(&alice, "/posts", &[("title", hostile), ("body", hostile)]).await;
    world.post(&alice, &format!("{}/comments", answer.location), &[("body", hostile)]).await;
    for path in ["/".to_owned(), answer.location.clone(), format!("{}/edit", answer.location)] {
        let page = world.get(&alice, &path).await.body;
        assert!(!page.contains("<script>") && !page.contains("<img") && !page.contains(">49"), "{path}");
        assert!(page.contains("&lt;script&gt;"), "{path}");
    }
}
