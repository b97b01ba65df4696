//! The Bitjang server next door, as this program talks to it: two calls that trade a cookie for a token, and requests that are passed on as they are.

use std::error::Error as StdError;
use std::net::SocketAddr;

use axum::body::Body;
use bitjang_core::{AccountId, Failure};
use bitjang_guard::{Problem, cookies};
use http::header::{CONNECTION, COOKIE, ORIGIN, TE, TRAILER, TRANSFER_ENCODING, UPGRADE};
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt as _, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::community::Member;

/// The most bytes of an answer that is read here.
const LARGEST: usize = 64 * 1024;

/// What is between two machines only, and not passed on (RFC 9110, section 7.6.1).
const HOP_BY_HOP: [HeaderName; 7] = [
    CONNECTION,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
];

/// A Bitjang server that nobody but this program reaches.
#[derive(Clone)]
pub struct Bitjang {
    address: SocketAddr,
    public_url: HeaderValue,
    client: Client<HttpConnector, Body>,
}

/// What a session cookie was traded for.
#[derive(Debug)]
pub struct Traded {
    /// Checked on every request.
    pub access_token: String,
    /// What the forms of the session carry.
    pub csrf_token: String,
    /// Whose session it is.
    pub member: Member,
}

#[derive(Deserialize)]
struct SessionAnswer {
    account: Account,
    csrf_token: String,
}

/// An account, as Bitjang tells it.
#[derive(Deserialize)]
pub(crate) struct Account {
    id: String,
    identifier: String,
    name: Option<String>,
    roles: Vec<String>,
}

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: String,
}

impl Bitjang {
    /// The server at this address, whose pages are seen at `public_url`.
    pub fn at(address: SocketAddr, public_url: HeaderValue) -> Self {
        Self { address, public_url, client: Client::builder(TokioExecutor::new()).build_http() }
    }

    /// What a session cookie is worth now; 401 `signed_out` if nothing.
    pub async fn trade(&self, cookie: &str) -> Result<Traded, Problem> {
        let session: SessionAnswer = self.ask(Method::GET, "/v1/session", cookie, "").await?;
        let SessionAnswer { account, csrf_token } = session;
        let token: TokenAnswer = self.ask(Method::POST, "/v1/session/token", cookie, &csrf_token).await?;
        let member = account.member().map_err(|error| broken(error.into()))?;
        Ok(Traded { access_token: token.access_token, csrf_token, member })
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        cookie: &str,
        csrf_token: &str,
    ) -> Result<T, Problem> {
        let mut cookie = HeaderValue::try_from(format!("{}={cookie}", cookies::SESSION))
            .map_err(|_| Problem::signed_out())?;
        cookie.set_sensitive(true);
        let request = Request::builder().method(method).uri(path).header(COOKIE, cookie);
        let request = request.header(ORIGIN, &self.public_url).header("x-csrf-token", csrf_token);
        let answer = self.send(request.body(Body::empty()).map_err(|error| broken(error.into()))?).await?;
        match answer.status() {
            StatusCode::OK => read(answer).await.map_err(broken),
            StatusCode::UNAUTHORIZED => Err(Problem::signed_out()),
            other => Err(broken(format!("the answer to {path} is {other}").into())),
        }
    }

    /// Passes a request on as a browser sent it from `peer`, and gives back the answer as it comes.
    pub async fn pass_on(
        &self,
        mut request: Request<Body>,
        peer: SocketAddr,
    ) -> Result<Response<Body>, Problem> {
        for name in &HOP_BY_HOP {
            request.headers_mut().remove(name);
        }
        // We are the first to hear of it: whatever else it says about where it is from is the sender's invention.
        let from = HeaderValue::try_from(peer.ip().to_string()).map_err(|error| broken(error.into()))?;
        request.headers_mut().insert("x-forwarded-for", from);
        let mut answer = self.send(request).await?;
        for name in &HOP_BY_HOP {
            answer.headers_mut().remove(name);
        }
        Ok(answer)
    }

    async fn send(&self, mut request: Request<Body>) -> Result<Response<Body>, Problem> {
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
        let there = format!("http://{}{path}", self.address).parse::<Uri>();
        *request.uri_mut() = there.map_err(|error| broken(error.into()))?;
        *request.version_mut() = http::Version::HTTP_11;
        let answer = self.client.request(request).await.map_err(|error| broken(error.into()))?;
        Ok(answer.map(Body::new))
    }
}

impl Account {
    /// The member whose account it is. Who gave no name is called by the end of their id: what they type to sign in is nobody's business.
    pub(crate) fn member(self) -> anyhow::Result<Member> {
        let account: AccountId = self.id.parse().map_err(|_| anyhow::anyhow!("an account without an id"))?;
        let nameless = || format!("member {}", account.to_string().chars().rev().take(4).collect::<String>());
        let name = self.name.unwrap_or_else(nameless);
        Ok(Member { account, identifier: self.identifier, name, roles: self.roles, is_banned: false })
    }
}

async fn read<T: DeserializeOwned>(answer: Response<Body>) -> Result<T, Box<dyn StdError + Send + Sync>> {
    let body = Limited::new(answer.into_body(), LARGEST).collect().await?.to_bytes();
    Ok(serde_json::from_slice(&body)?)
}

fn broken(why: Box<dyn StdError + Send + Sync>) -> Problem {
    Failure::new("ask the Bitjang server", why).into()
}
