//! The feed over HTTP: an event stream that says nothing but entries and heartbeats.

use async_trait::async_trait;
use bitjang_core::Failure;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;

use super::event_stream::EventStream;
use super::wire;
use crate::verifier::source::{Feed, Heard, Lost};

pub(super) struct EventFeed {
    body: Incoming,
    stream: EventStream,
}

impl EventFeed {
    pub(super) fn of(body: Incoming) -> Self {
        Self { body, stream: EventStream::default() }
    }
}

#[async_trait]
impl Feed for EventFeed {
    async fn next(&mut self) -> Result<Heard, Lost> {
        loop {
            if let Some(event) = self.stream.next().map_err(Lost::Lie)? {
                return wire::heard(&event).map_err(Lost::Lie);
            }
            match self.body.frame().await {
                Some(Ok(frame)) => self.stream.push(frame.data_ref().map(AsRef::as_ref).unwrap_or_default()),
                Some(Err(error)) => return Err(Failure::new("read the revocation feed", error).into()),
                None if self.stream.is_between_events() => {
                    return Err(Failure::new("read the revocation feed", "it has ended").into());
                }
                None => return Err(Lost::Lie("it ends within an event")),
            }
        }
    }
}
