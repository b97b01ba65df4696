//! `/v1/revocations`: the feed that ends access tokens everywhere, for those who verify without asking.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse as _, Response};
use bitjang_core::Time;
use bitjang_core::revocation::{Bookmark, Entry, Position, Revoked, Tail};
use bitjang_guard::Problem;
use futures_util::Stream;
use http::header::{ACCEPT, CACHE_CONTROL};
use http::{HeaderMap, Uri};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ProblemShape;
use crate::App;
use crate::answer::rfc3339;

/// How many entries one answer or one step of the stream holds.
const AT_MOST: usize = 1_000;

/// How long the stream is silent at most: a fifth of the staleness that verifiers allow by default.
const HEARTBEAT: Duration = Duration::from_secs(2);

/// Where to read on.
#[derive(Deserialize)]
pub(crate) struct Beyond {
    after: Option<String>,
}

/// What ends the access tokens of one session, or all of an account's that were minted before an epoch.
#[derive(Serialize, ToSchema)]
struct EntryShape {
    /// Where it stands in the feed
    position: String,
    #[serde(flatten)]
    of: OfShape,
    #[schema(format = DateTime)]
    at: String,
    /// When it may be forgotten: every token that it concerns has expired
    #[schema(format = DateTime)]
    until: String,
}

#[derive(Serialize, ToSchema)]
#[serde(untagged)]
enum OfShape {
    Session { session: String },
    Before { account: String, epoch: u64, spared: Option<String> },
}

impl From<&Entry> for EntryShape {
    fn from(entry: &Entry) -> Self {
        let revocation = &entry.revocation;
        let of = match revocation.of {
            Revoked::Session(session) => OfShape::Session { session: session.to_string() },
            Revoked::Before { account, epoch, spared } => OfShape::Before {
                account: account.to_string(),
                epoch,
                spared: spared.map(|session| session.to_string()),
            },
        };
        let (at, until) = (rfc3339(revocation.at), rfc3339(revocation.until));
        Self { position: entry.bookmark().to_string(), of, at, until }
    }
}

/// Part of the feed.
#[derive(Serialize, ToSchema)]
pub(crate) struct Snapshot {
    entries: Vec<EntryShape>,
    /// To be sent as `after` next time
    position: String,
    #[schema(format = DateTime)]
    now: String,
    /// Whether there is more to be read at once
    more: bool,
}

/// That the stream is alive, and up to where it has told everything.
#[derive(Serialize)]
struct Heartbeat {
    position: String,
    now: String,
}

/// The revocations that still matter: a snapshot, or with `Accept: text/event-stream` a live stream of `revocation` and `heartbeat` events.
#[utoipa::path(get, path = "/v1/revocations", tag = "For verifiers", params(
    ("after" = Option<String>, Query, description = "The position up to which everything is known"),
    ("Last-Event-ID" = Option<String>, Header, description = "The same, as a stream that reconnects sends it"),
), responses(
    (status = 200, content((Snapshot = "application/json"), (String = "text/event-stream"))),
    (status = 400, body = ProblemShape, description = "`bad_request`: not a position"),
    (status = 503, body = ProblemShape, description = "`unavailable`"),
))]
pub(crate) async fn feed(State(app): State<App>, uri: Uri, headers: HeaderMap) -> Result<Response, Problem> {
    let Query(beyond) = Query::<Beyond>::try_from_uri(&uri).map_err(|_| Problem::bad_request())?;
    let last =
        headers.get("last-event-id").map(|id| id.to_str().map_err(|_| Problem::bad_request())).transpose()?;
    let after = last.or(beyond.after.as_deref()).map_or(Some(Bookmark::START), place);
    let after = after.ok_or_else(|| Problem::bad_request().because("`after` is not a position"))?;
    if accepts(&headers, "text/event-stream") {
        // In place of the `no-cache` that event streams usually have: nobody keeps any of it, as of every other answer.
        Ok(([(CACHE_CONTROL, "no-store")], Sse::new(stream(app, after))).into_response())
    } else {
        snapshot(&app, after).await
    }
}

/// A bare number says too little about the feed that it is from: everything is told again.
fn place(text: &str) -> Option<Bookmark> {
    let bare = || text.parse::<Position>().is_ok().then_some(Bookmark::START);
    text.parse().ok().or_else(bare)
}

fn accepts(headers: &HeaderMap, media_type: &str) -> bool {
    headers.get(ACCEPT).and_then(|value| value.to_str().ok()).is_some_and(|value| value.contains(media_type))
}

async fn snapshot(app: &App, after: Bookmark) -> Result<Response, Problem> {
    let now = app.auth.now();
    let part = app.auth.revocations().read_on(after, AT_MOST).await?;
    let (position, more) = (part.end().to_string(), part.entries.len() == AT_MOST);
    let entries = part.entries.iter().map(EntryShape::from).collect();
    Ok(axum::Json(Snapshot { entries, position, now: rfc3339(now), more }).into_response())
}

/// How far a stream has told.
struct Told {
    app: App,
    tail: Tail,
    /// Whether the last step told everything there was.
    caught_up: bool,
}

/// Entries as they come, and a heartbeat when there are none: at once after catching up, then every [`HEARTBEAT`]. Ends when the store fails or becomes another, or the
/// server stops: the follower comes again and reads on.
fn stream(app: App, after: Bookmark) -> impl Stream<Item = Result<Event, Infallible>> {
    let told = Told { app, tail: Tail::beyond(after), caught_up: false };
    let steps = futures_util::stream::unfold(told, async |mut told| {
        let events = told.step().await?;
        Some((futures_util::stream::iter(events.into_iter().map(Ok)), told))
    });
    futures_util::StreamExt::flatten(steps)
}

impl Told {
    async fn step(&mut self) -> Option<Vec<Event>> {
        let feed = &**self.app.auth.revocations();
        if self.caught_up {
            let mut closing = self.app.closing.clone();
            tokio::select! {
                waited = self.tail.wait(feed) => waited.ok()?,
                () = tokio::time::sleep(HEARTBEAT) => {}
                Ok(_) = closing.wait_for(|closing| *closing) => return None,
            }
        }
        // Before reading: what is written later is not promised.
        let now = self.app.auth.now();
        let entries = self.tail.next(feed, AT_MOST).await.ok()??;
        self.caught_up = entries.len() < AT_MOST;
        let mut events: Vec<Event> = entries.iter().filter_map(told_entry).collect();
        if self.caught_up {
            events.push(told_heartbeat(self.tail.place(), now)?);
        }
        Some(events)
    }
}

fn told_entry(entry: &Entry) -> Option<Event> {
    Event::default()
        .event("revocation")
        .id(entry.bookmark().to_string())
        .json_data(EntryShape::from(entry))
        .ok()
}

fn told_heartbeat(place: Bookmark, now: Time) -> Option<Event> {
    let heartbeat = Heartbeat { position: place.to_string(), now: rfc3339(now) };
    Event::default().event("heartbeat").json_data(heartbeat).ok()
}
