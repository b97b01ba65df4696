//! An issuer elsewhere, over HTTP/1.1. Redirects are not followed, answers are bounded in size and time.

mod event_stream;
mod feed;
mod issuer;
#[cfg(feature = "testing")]
pub mod testing;
mod wire;

use std::time::Duration;

use async_trait::async_trait;
use bitjang_core::Failure;
use bitjang_core::revocation::Bookmark;
use bitjang_core::token::KeySet;
use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::body::Incoming;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use serde::Deserialize;

use super::CannotFollow;
use super::source::{Answer, Feed, Pace, Source};
use feed::EventFeed;
use issuer::Issuer;

/// How long to wait for an answer that is more than one connection old.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long to wait for the issuer's word on a token: somebody is waiting.
const SHORT_PATIENCE: Duration = Duration::from_secs(2);
/// The most bytes of an answer that is read as a whole.
const LARGEST: usize = 64 * 1024;

pub(super) struct Remote {
    issuer: Issuer,
    client: Client<HttpsConnector<HttpConnector>, Empty<Bytes>>,
}

type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

impl Remote {
    pub(super) fn at(url: &str, authorities: Option<&str>) -> Result<Self, CannotFollow> {
        let issuer: Issuer = url.parse().map_err(|_| CannotFollow::BadIssuer)?;
        let client = issuer.client(authorities.map(issuer::authorities).transpose()?)?;
        Ok(Self { issuer, client })
    }

    async fn send(&self, request: Request<Empty<Bytes>>) -> Outcome<Response<Incoming>> {
        Ok(tokio::time::timeout(PATIENCE, self.client.request(request)).await??)
    }

    async fn read_keys(&self) -> Outcome<KeySet> {
        let request =
            Request::get(self.issuer.below("/.well-known/jwks.json")).header(ACCEPT, "application/json");
        let answer = self.send(request.body(Empty::new())?).await?;
        expect(&answer, StatusCode::OK)?;
        let body = Limited::new(answer.into_body(), LARGEST).collect();
        let keys = KeySet::from_jwks(&tokio::time::timeout(PATIENCE, body).await??.to_bytes())?;
        // An issuer without keys could not have issued anything: rather a mistake than the truth.
        if keys.is_empty() { Err("there is no usable key in it".into()) } else { Ok(keys) }
    }

    async fn open(&self, after: Bookmark) -> Outcome<EventFeed> {
        let request = Request::get(self.issuer.below(&format!("/v1/revocations?after={after}")));
        let answer = self.send(request.header(ACCEPT, "text/event-stream").body(Empty::new())?).await?;
        expect(&answer, StatusCode::OK)?;
        let kind = answer.headers().get(CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
        let kind = kind.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
        if !kind.eq_ignore_ascii_case(b"text/event-stream") {
            return Err("the answer is not an event stream".into());
        }
        Ok(EventFeed::of(answer.into_body()))
    }

    async fn read_session(&self, token: &str) -> Outcome<Answer> {
        let mut bearer = HeaderValue::from_str(&format!("Bearer {token}"))?;
        bearer.set_sensitive(true);
        let request =
            Request::get(self.issuer.below("/v1/session")).header(AUTHORIZATION, bearer).body(Empty::new())?;
        let answer = tokio::time::timeout(SHORT_PATIENCE, self.client.request(request)).await??;
        match answer.status() {
            StatusCode::OK => {
                let body = Limited::new(answer.into_body(), LARGEST).collect();
                let body = tokio::time::timeout(SHORT_PATIENCE, body).await??.to_bytes();
                let Session { account: Account { roles } } = serde_json::from_slice(&body)?;
                Ok(Answer::Live { roles })
            }
            StatusCode::UNAUTHORIZED => Ok(Answer::Ended),
            other => Err(format!("the answer is {other}").into()),
        }
    }
}

/// What matters of the answer to `GET /v1/session`.
#[derive(Deserialize)]
struct Session {
    account: Account,
}

#[derive(Deserialize)]
struct Account {
    roles: Vec<String>,
}

fn expect(answer: &Response<Incoming>, status: StatusCode) -> Outcome<()> {
    let found = answer.status();
    if found == status { Ok(()) } else { Err(format!("the answer is {found}").into()) }
}

#[async_trait]
impl Source for Remote {
    async fn keys(&self) -> Result<KeySet, Failure> {
        self.read_keys().await.map_err(|error| Failure::new("read the issuer's keys", error))
    }

    fn key_pace(&self) -> Pace {
        Pace { every: Duration::from_secs(300), apart: Duration::from_secs(30) }
    }

    async fn feed(&self, after: Bookmark) -> Result<Box<dyn Feed>, Failure> {
        match self.open(after).await {
            Ok(feed) => Ok(Box::new(feed)),
            Err(error) => Err(Failure::new("open the revocation feed", error)),
        }
    }

    async fn ask(&self, token: &str) -> Result<Answer, Failure> {
        self.read_session(token).await.map_err(|error| Failure::new("ask about a token", error))
    }
}
