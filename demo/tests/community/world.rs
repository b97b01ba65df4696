//! The world of a test: a Bitjang server on a port of its own, the community in front of it, and people who are signed in.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use bitjang::config::{Read, Sources};
use bitjang::control::{Command, Console, Desk as _, Typed};
use bitjang_core::Failure;
use bitjang_demo::bitjang::Bitjang;
use bitjang_demo::community::Member;
use bitjang_demo::exchange::Exchange;
use bitjang_demo::pages::Pages;
use bitjang_demo::rules::{self, GiveRoles};
use bitjang_demo::store::Store;
use bitjang_demo::{App, Office, Parts};
use bitjang_guard::Origins;
use bitjang_guard::verifier::Verifier;
use bitjang_permit::May;
use http::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use http::{Request, StatusCode};
use tokio::net::TcpListener;
use tower::ServiceExt as _;

const SITE: &str = "http://localhost:8080";
const PASSWORD: &str = "turnips resent accordions";

pub(crate) struct World {
    pub(crate) router: Router,
    console: Console,
    pub(crate) store: Arc<Store>,
    _bitjang: bitjang::Bitjang,
}

/// Somebody with a browser: a cookie, perhaps, and the token of their forms.
#[derive(Clone, Default)]
pub(crate) struct Person {
    pub(crate) cookie: String,
    pub(crate) csrf_token: String,
    pub(crate) id: String,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) location: String,
    pub(crate) cookies: Vec<String>,
    pub(crate) body: String,
}

struct InProcess(Console);

#[async_trait]
impl Office for InProcess {
    async fn give_roles(
        &self,
        _: May<GiveRoles, Member>,
        member: &Member,
        roles: &[String],
    ) -> Result<(), Failure> {
        let (identifier, roles) = (member.identifier.clone(), roles.to_vec());
        let _ = self.0.ask(Command::Roles { identifier, roles }).await.unwrap();
        Ok(())
    }
}

impl World {
    pub(crate) async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let issuer = format!("http://{address}");
        let bitjang = bitjang::Bitjang::open(&config(&issuer)).await.unwrap();
        let served = bitjang.router().into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(axum::serve(listener, served).into_future());
        let verifier = Verifier::follow(&issuer).audience(SITE).start().unwrap();
        tokio::time::timeout(Duration::from_secs(20), verifier.ready()).await.unwrap();
        let store = Arc::new(Store::in_memory().unwrap());
        let origins = Origins::new(&SITE.parse().unwrap(), &[]);
        let next_door = Bitjang::at(address, SITE.try_into().unwrap());
        let exchange = Exchange::new(next_door, verifier, origins, Arc::clone(&store));
        let office = Box::new(InProcess(bitjang.console()));
        let (permit, pages) = (rules::permit().unwrap(), Pages::new().unwrap());
        let app = App::new(Parts { exchange, permit, store: Arc::clone(&store), office, pages });
        Self { router: app.router(), console: bitjang.console(), store, _bitjang: bitjang }
    }

    /// Somebody with an account and these roles, signed in, who has been here once.
    pub(crate) async fn person(&self, identifier: &str, roles: &[&str]) -> Person {
        let roles = roles.iter().map(ToString::to_string).collect();
        let (password, name) = (Typed::new(PASSWORD.to_owned()), Some(identifier.to_owned()));
        let add = Command::Add { identifier: identifier.to_owned(), name, password, roles };
        let _ = self.console.ask(add).await.unwrap();
        self.signed_in(identifier).await
    }

    /// Another session of theirs, through the community's own origin.
    pub(crate) async fn signed_in(&self, identifier: &str) -> Person {
        let body = serde_json::json!({ "identifier": identifier, "password": PASSWORD }).to_string();
        let request = request("POST", "/v1/session").header(CONTENT_TYPE, "application/json");
        let answer = self.send(request.body(Body::from(body)).unwrap()).await;
        let json: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
        let text = |at: &str| json.pointer(at).unwrap().as_str().unwrap().to_owned();
        let cookie = answer.cookies.first().unwrap().split(';').next().unwrap().to_owned();
        let person = Person { cookie, csrf_token: text("/csrf_token"), id: text("/account/id") };
        assert_eq!(self.get(&person, "/try").await.status, 200);
        person
    }

    pub(crate) async fn get(&self, person: &Person, path: &str) -> Answer {
        self.ask(person, "GET", path, &[]).await
    }

    pub(crate) async fn post(&self, person: &Person, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.ask(person, "POST", path, fields).await
    }

    /// A request as a page of ours would send it; every method but GET sends the form.
    pub(crate) async fn ask(
        &self,
        person: &Person,
        method: &str,
        path: &str,
        fields: &[(&str, &str)],
    ) -> Answer {
        let mut request = request(method, path).header("sec-fetch-site", "same-origin");
        if !person.cookie.is_empty() {
            request = request.header(COOKIE, &person.cookie);
        }
        if method == "GET" {
            return self.send(request.body(Body::empty()).unwrap()).await;
        }
        let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(form(&person.csrf_token, fields))).unwrap()).await
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let text = |value: &http::HeaderValue| value.to_str().unwrap().to_owned();
        let (status, headers) = (answer.status(), answer.headers().clone());
        let body = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        Answer {
            status,
            location: headers.get(LOCATION).map(text).unwrap_or_default(),
            cookies: headers.get_all(SET_COOKIE).iter().map(text).collect(),
            body: String::from_utf8(body.to_vec()).unwrap(),
        }
    }

    /// A new post of theirs: its path.
    pub(crate) async fn written(&self, by: &Person, extra: &[(&str, &str)]) -> String {
        let fields = [&[("title", "A title"), ("body", "Some text")], extra].concat();
        let answer = self.post(by, "/posts", &fields).await;
        assert_eq!(answer.status, 303, "{answer:?}");
        answer.location
    }

    /// A new comment of theirs on the post at this path: its path.
    pub(crate) async fn remarked(&self, by: &Person, post: &str) -> String {
        assert_eq!(self.post(by, &format!("{post}/comments"), &[("body", "Hm")]).await.status, 303);
        let page = self.get(by, post).await.body;
        let (_, rest) = page.split_once("action=\"/comments/").unwrap();
        format!("/comments/{}", rest.split('/').next().unwrap())
    }

    /// Asks until the session is over: its revocation takes a moment to get here.
    pub(crate) async fn until_signed_out(&self, person: &Person) {
        let over = async { while self.get(person, "/try").await.status != 401 {} };
        tokio::time::timeout(Duration::from_secs(20), over).await.unwrap();
    }
}

pub(crate) fn request(method: &str, path: &str) -> http::request::Builder {
    let peer: SocketAddr = "192.0.2.7:4711".parse().unwrap();
    Request::builder().method(method).uri(path).extension(ConnectInfo(peer))
}

pub(crate) fn form(csrf_token: &str, fields: &[(&str, &str)]) -> String {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.append_pair("csrf_token", csrf_token).extend_pairs(fields).finish()
}

fn config(issuer: &str) -> bitjang::Config {
    let environment = [
        ("BITJANG_STORE__URL", "memory:"),
        ("BITJANG_PUBLIC_URL", SITE),
        ("BITJANG_TOKENS__ISSUER", issuer),
        ("BITJANG_TOKENS__AUDIENCE", SITE),
        ("BITJANG_TRUSTED_PROXIES", "127.0.0.1/32"),
        ("BITJANG_PASSWORD__MEMORY_KIB", "8"),
        ("BITJANG_PASSWORD__ITERATIONS", "1"),
    ];
    let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    Read::from(&Sources { environment, ..Sources::default() }).into_config().unwrap()
}
