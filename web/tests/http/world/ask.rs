//! One request, put together header by header.

use std::net::{IpAddr, SocketAddr};

use axum::body::Body;
use axum::extract::ConnectInfo;
use bitjang_web::Who;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request};
use serde_json::Value;
use tower::{Service as _, ServiceExt as _};

use super::{ADDRESS, Answer, World, rules};

/// A request that has not been sent yet.
#[derive(Clone)]
pub(crate) struct Ask<'w> {
    world: &'w World,
    method: Method,
    path: String,
    headers: HeaderMap,
    body: Vec<u8>,
    peer: IpAddr,
}

impl<'w> Ask<'w> {
    pub(super) fn new(world: &'w World, line: &str) -> Self {
        let (method, path) = line.split_once(' ').unwrap();
        Self {
            world,
            method: method.parse().unwrap(),
            path: path.to_owned(),
            headers: HeaderMap::new(),
            body: Vec::new(),
            peer: ADDRESS.parse().unwrap(),
        }
    }

    /// With one header more.
    pub(crate) fn with(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        let value = HeaderValue::from_bytes(value.as_ref()).unwrap();
        self.headers.append(name.parse::<HeaderName>().unwrap(), value);
        self
    }

    /// Without any header of this name.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.remove(name);
        self
    }

    /// With this header and no other of its name.
    pub(crate) fn set(self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.without(name).with(name, value)
    }

    pub(crate) fn body(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.body = bytes.into();
        let length = self.body.len().to_string();
        self.set(CONTENT_LENGTH.as_str(), length)
    }

    pub(crate) fn typed(self, content_type: &str, bytes: impl Into<Vec<u8>>) -> Self {
        self.set(CONTENT_TYPE.as_str(), content_type).body(bytes)
    }

    #[expect(clippy::needless_pass_by_value, reason = "json!() reads best in place")]
    pub(crate) fn json(self, value: Value) -> Self {
        self.typed("application/json", value.to_string())
    }

    pub(crate) fn form(self, fields: &[(&str, &str)]) -> Self {
        let text = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.typed("application/x-www-form-urlencoded", text)
    }

    /// As a browser navigates.
    pub(crate) fn by_a_person(self) -> Self {
        self.set("accept", "text/html,application/xhtml+xml,*/*;q=0.8").set("sec-fetch-site", "same-origin")
    }

    /// From this address on the wire.
    pub(crate) fn from(mut self, address: &str) -> Self {
        self.peer = address.parse().unwrap();
        self
    }

    /// Sends it, and checks what must hold of every answer.
    pub(crate) async fn send(self) -> Answer {
        let response = self.world.router.clone().oneshot(self.request()).await.unwrap();
        let answer = Answer::of(response).await;
        rules::check(self.world, (&self.method, &self.path), &answer);
        rules::check_challenge(&self.headers, &answer);
        if Who::is_asked(&self.request()) {
            // Once more: the first may have been written down as a use of the session, which the next tells of.
            let routed = self.world.router.clone().oneshot(self.request()).await.unwrap();
            let past_the_router = self.world.who.clone().call(self.request()).await.unwrap();
            rules::check_same(&Answer::of(routed).await, &Answer::of(past_the_router).await);
        }
        answer
    }

    fn request(&self) -> Request<Body> {
        let mut request = Request::new(Body::from(self.body.clone()));
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.path.parse().unwrap();
        *request.headers_mut() = self.headers.clone();
        request.extensions_mut().insert(ConnectInfo(SocketAddr::new(self.peer, 4_711)));
        request
    }
}
