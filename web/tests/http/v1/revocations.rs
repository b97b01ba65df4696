//! `/v1/revocations`: the feed that ends access tokens everywhere.

use axum::body::{Body, BodyDataStream};
use bitjang_core::Operator;
use futures_util::StreamExt as _;
use http::Request;
use insta::assert_snapshot;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::world::{NEW_PASSWORD, PASSWORD, World};

/// A place in no feed of these tests.
const ELSEWHERE: &str = "1-AAAAAAAAAAA";
/// The same, beyond the end.
const BEYOND: &str = "700-AAAAAAAAAAA";

/// A world in which one session was signed out, and then all others ended by a change of password.
async fn with_two_entries() -> World {
    let world = World::new().await;
    let mut alice = world.signed_up("alice").await;
    world.program("alice").await.call("DELETE /v1/session").await.expect(204);
    world.wait(1);
    let change = json!({"current_password": PASSWORD, "new_password": NEW_PASSWORD});
    alice.call_with("PUT /v1/account/password", change).await.expect(204);
    world
}

async fn entries(world: &World, query: &str) -> Vec<Value> {
    let answer = world.ask(&format!("GET /v1/revocations{query}")).send().await.expect(200);
    answer.json()["entries"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_snapshot_tells_what_still_matters() {
    let world = with_two_entries().await;
    let answer = world.ask("GET /v1/revocations").with("accept", "application/json").send().await;
    assert_snapshot!(answer, @r#"
    200 OK
    content-length: 386
    content-type: application/json

    {
      "entries": [
        {
          "at": "2026-11-23T07:00:00Z",
          "position": "1-VKY8EaEd_Jw",
          "session": "4WWQKh_Nl92hFbYZjJpGkQ",
          "until": "2026-11-23T07:10:00Z"
        },
        {
          "account": "01a20734-5580-7e8f-a841-378f772c40db",
          "at": "2026-11-23T07:00:01Z",
          "epoch": 2,
          "position": "2-YIH8f3NhCac",
          "spared": "D7hEcv_isVkcaSydJdlNjA",
          "until": "2026-11-23T07:10:01Z"
        }
      ],
      "more": false,
      "now": "2026-11-23T07:00:01Z",
      "position": "2-YIH8f3NhCac"
    }
    "#);
}

#[tokio::test]
async fn where_nothing_ended_there_is_nothing_to_tell() {
    let world = World::new().await;
    world.signed_up("alice").await;
    assert_snapshot!(world.ask("GET /v1/revocations").send().await, @r#"
    200 OK
    content-length: 71
    content-type: application/json

    {
      "entries": [],
      "more": false,
      "now": "2026-11-23T07:00:00Z",
      "position": "0"
    }
    "#);
}

#[tokio::test]
async fn a_snapshot_goes_on_from_where_one_knows() {
    let world = with_two_entries().await;
    let all = entries(&world, "").await;
    assert_eq!(all.len(), 2);
    let first = all[0]["position"].as_str().unwrap();
    assert_eq!(entries(&world, &format!("?after={first}")).await, all[1..]);
    let last = all[1]["position"].as_str().unwrap();
    assert_eq!(entries(&world, &format!("?after={last}")).await, [json!(null); 0]);
    let by_id = world.ask("GET /v1/revocations").with("last-event-id", first).send().await.expect(200);
    assert_eq!(by_id.json()["entries"], json!(all[1..]));
}

#[tokio::test]
async fn a_snapshot_begins_at_the_start_for_who_comes_from_another_feed() {
    let world = with_two_entries().await;
    let whole = world.ask("GET /v1/revocations").send().await.expect(200).json();
    for place in [ELSEWHERE, BEYOND, "0", "1", "99"] {
        let told = world.ask(&format!("GET /v1/revocations?after={place}")).send().await.expect(200).json();
        assert_eq!(told, whole, "{place}");
    }
    let nothing = World::new().await;
    let told = nothing.ask(&format!("GET /v1/revocations?after={BEYOND}")).send().await.expect(200).json();
    assert_eq!((&told["entries"], &told["position"]), (&json!([]), &json!("0")));
}

#[tokio::test]
async fn what_is_no_position_is_refused() {
    let world = with_two_entries().await;
    for after in [
        "x",
        "",
        "-1",
        "1.5",
        "18446744073709551616",
        "1%00",
        "1;2",
        "%FF",
        "1&after=2",
        "1-x",
        "0-AAAAAAAAAAA",
    ] {
        for accept in ["application/json", "text/event-stream"] {
            let ask = world.ask(&format!("GET /v1/revocations?after={after}")).with("accept", accept);
            ask.send().await.expect_problem(400, "bad_request");
        }
    }
    for id in [b"x".as_slice(), b"\xff", b"-1"] {
        let ask = world.ask("GET /v1/revocations").with("last-event-id", id);
        ask.send().await.expect_problem(400, "bad_request");
    }
}

#[tokio::test]
async fn nothing_in_the_feed_opens_anything() {
    let world = with_two_entries().await;
    for entry in entries(&world, "").await {
        let known = ["position", "session", "account", "epoch", "spared", "at", "until"];
        assert!(entry.as_object().unwrap().keys().all(|key| known.contains(&key.as_str())), "{entry}");
    }
}

#[tokio::test]
async fn refreshes_and_signing_in_are_not_in_the_feed() {
    let world = World::new().await;
    world.signed_up("alice").await;
    let mut program = world.program("alice").await;
    program.refresh().await.expect(200);
    program.refresh().await.expect(200);
    assert_eq!(entries(&world, "").await, [json!(null); 0]);
    let thief = program.clone();
    program.refresh().await.expect(200);
    program.refresh().await.expect(200);
    thief.refresh_in_vain().await.expect_problem(401, "token_reuse");
    assert_eq!(entries(&world, "").await.len(), 1, "a reuse is");
}

/// A stream of the feed, and what of it was not read yet.
struct Live {
    frames: BodyDataStream,
    unread: Vec<String>,
}

impl Live {
    async fn open(world: &World, last: Option<&str>) -> Self {
        let request = Request::get("/v1/revocations").header("accept", "text/event-stream");
        let request = last.into_iter().fold(request, |request, id| request.header("last-event-id", id));
        let response = world.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { frames: response.into_body().into_data_stream(), unread: Vec::new() }
    }

    /// The next event; nothing once the stream has ended.
    async fn next(&mut self) -> Option<String> {
        while self.unread.is_empty() {
            let frame = self.frames.next().await?.unwrap();
            let text = String::from_utf8(frame.to_vec()).unwrap();
            assert!(text.ends_with("\n\n"), "half an event: {text}");
            self.unread.extend(text.split_terminator("\n\n").map(str::to_owned));
        }
        Some(self.unread.remove(0))
    }

    /// Every event up to the next heartbeat, which is the last.
    async fn until_heartbeat(&mut self) -> Vec<String> {
        let mut events = Vec::new();
        loop {
            let event = self.next().await.unwrap();
            let is_heartbeat = event.contains("event: heartbeat");
            events.push(event);
            if is_heartbeat {
                return events;
            }
        }
    }
}

#[tokio::test]
async fn a_stream_tells_all_there_is_and_then_that_it_lives() {
    let world = with_two_entries().await;
    let mut live = Live::open(&world, None).await;
    assert_snapshot!(live.until_heartbeat().await.join("\n\n"), @r#"
    event: revocation
    id: 1-VKY8EaEd_Jw
    data: {"position":"1-VKY8EaEd_Jw","session":"4WWQKh_Nl92hFbYZjJpGkQ","at":"2026-11-23T07:00:00Z","until":"2026-11-23T07:10:00Z"}

    event: revocation
    id: 2-YIH8f3NhCac
    data: {"position":"2-YIH8f3NhCac","account":"01a20734-5580-7e8f-a841-378f772c40db","epoch":2,"spared":"D7hEcv_isVkcaSydJdlNjA","at":"2026-11-23T07:00:01Z","until":"2026-11-23T07:10:01Z"}

    event: heartbeat
    data: {"position":"2-YIH8f3NhCac","now":"2026-11-23T07:00:01Z"}
    "#);
}

#[tokio::test]
async fn a_stream_goes_on_from_the_last_event_that_was_heard() {
    let world = with_two_entries().await;
    let all = entries(&world, "").await;
    let mut live = Live::open(&world, all[0]["position"].as_str()).await;
    let events = live.until_heartbeat().await;
    assert_eq!(events.len(), 2, "{events:?}");
    assert!(events[0].contains(&format!("id: {}", all[1]["position"].as_str().unwrap())), "{events:?}");
}

#[tokio::test]
async fn a_stream_begins_at_the_start_for_who_comes_from_another_feed() {
    let world = with_two_entries().await;
    let whole = Live::open(&world, None).await.until_heartbeat().await;
    for place in [ELSEWHERE, BEYOND, "0", "1", "99"] {
        assert_eq!(Live::open(&world, Some(place)).await.until_heartbeat().await, whole, "{place}");
    }
}

#[tokio::test]
async fn who_comes_from_another_feed_to_an_empty_one_hears_its_first_entry() {
    let world = World::new().await;
    world.signed_up("alice").await;
    let program = world.program("alice").await;
    let mut live = Live::open(&world, Some(BEYOND)).await;
    let [heartbeat] = live.until_heartbeat().await.try_into().unwrap();
    assert!(heartbeat.contains("{\"position\":\"0\","), "{heartbeat}");
    program.call("DELETE /v1/session").await.expect(204);
    assert!(live.next().await.unwrap().contains("id: 1-"));
}

#[tokio::test]
async fn a_stream_whose_entries_have_all_been_forgotten_goes_on() {
    let world = World::new().await;
    world.signed_up("alice").await;
    world.program("alice").await.call("DELETE /v1/session").await.expect(204);
    let mut live = Live::open(&world, None).await;
    assert_eq!(live.until_heartbeat().await.len(), 2);
    world.wait(1_000);
    world.auth.sweep(Operator::at_the_console(), 10).await.unwrap();
    assert_eq!(entries(&world, "").await, [json!(null); 0]);
    world.program("alice").await.call("DELETE /v1/session").await.expect(204);
    assert!(live.next().await.unwrap().contains("id: 2-"));
}

#[tokio::test]
async fn a_stream_has_the_headers_of_every_other_answer() {
    let world = World::new().await;
    let request = Request::get("/v1/revocations").header("accept", "text/event-stream");
    let response = world.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let headers =
        response.headers().iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()));
    let mut headers: Vec<_> = headers.collect();
    headers.sort();
    assert_snapshot!(headers.join("\n"), @r"
    cache-control: no-store
    content-security-policy: default-src 'none'; base-uri 'none'; frame-ancestors 'none'
    content-type: text/event-stream
    cross-origin-resource-policy: same-origin
    strict-transport-security: max-age=63072000; includeSubDomains
    x-content-type-options: nosniff
    x-frame-options: DENY
    ");
}

#[tokio::test]
async fn a_stream_tells_at_once_what_ends_while_it_is_open() {
    let world = World::new().await;
    world.signed_up("alice").await;
    let program = world.program("alice").await;
    let session = program.call("GET /v1/session").await.json()["session"]["id"].as_str().unwrap().to_owned();
    let mut live = Live::open(&world, None).await;
    assert_eq!(live.until_heartbeat().await.len(), 1, "nothing has ended yet");
    program.call("DELETE /v1/session").await.expect(204);
    let events = live.until_heartbeat().await;
    assert!(events[0].contains("event: revocation") && events[0].contains(&session), "{events:?}");
    assert_eq!(events.len(), 2);
}

#[tokio::test]
async fn a_stream_ends_when_the_store_fails() {
    let world = with_two_entries().await;
    let mut live = Live::open(&world, None).await;
    live.until_heartbeat().await;
    world.break_store();
    assert_eq!(live.next().await, None);
}

#[tokio::test]
async fn a_stream_ends_when_the_server_stops() {
    let world = with_two_entries().await;
    let mut live = Live::open(&world, None).await;
    live.until_heartbeat().await;
    world.closing.send(true).unwrap();
    assert_eq!(live.next().await, None);
}
