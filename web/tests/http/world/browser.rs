//! A browser: keeps the cookies it is given, and sends what browsers send.

use serde_json::{Value, json};

use super::{ADDRESS, Answer, Ask, PASSWORD, World};

pub(crate) const SESSION: &str = "__Host-bitjang";
pub(crate) const ACCESS: &str = "__Host-bitjang-access";
pub(crate) const REFRESH: &str = "__Host-bitjang-refresh";

#[derive(Clone)]
pub(crate) struct Browser<'w> {
    world: &'w World,
    /// Names and values, oldest first, as browsers send them (RFC 6265, section 5.4).
    jar: Vec<(String, String)>,
    csrf_token: Option<String>,
    agent: &'static str,
    address: &'static str,
}

impl<'w> Browser<'w> {
    pub(super) fn new(world: &'w World) -> Self {
        Self { world, jar: Vec::new(), csrf_token: None, agent: "Firefox", address: ADDRESS }
    }

    /// The same browser, which says that it is `agent`, at another address.
    pub(crate) fn on(self, agent: &'static str, address: &'static str) -> Self {
        Self { agent, address, ..self }
    }

    /// A request as this browser's pages send it, to be changed before it is sent. What it brings back is not kept.
    pub(crate) fn ask(&self, line: &str) -> Ask<'w> {
        let mut ask =
            self.world.ask(line).with("user-agent", self.agent).with("sec-fetch-site", "same-origin");
        if !self.jar.is_empty() {
            let pairs: Vec<_> = self.jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
            ask = ask.with("cookie", pairs.join("; "));
        }
        if let Some(token) = &self.csrf_token {
            ask = ask.with("x-csrf-token", token);
        }
        ask.from(self.address)
    }

    pub(crate) async fn call(&mut self, line: &str) -> Answer {
        self.send(self.ask(line)).await
    }

    pub(crate) async fn call_with(&mut self, line: &str, body: Value) -> Answer {
        self.send(self.ask(line).json(body)).await
    }

    /// Opens a page.
    pub(crate) async fn open(&mut self, path: &str) -> Answer {
        let ask = self.ask(&format!("GET {path}")).without("x-csrf-token").by_a_person();
        self.send(ask).await
    }

    /// Sends a form as the page on which it stands does, with the token that was on it.
    pub(crate) async fn submit(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let ask = self.ask(&format!("POST {path}")).without("x-csrf-token").by_a_person();
        self.send(ask.form(fields)).await
    }

    /// Opens a page with a form, fills it in and sends it.
    pub(crate) async fn fill_in(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let token = self.open(path).await.field("csrf_token").unwrap();
        let fields = [fields, &[("csrf_token", &token)]].concat();
        self.submit(path.split('?').next().unwrap(), &fields).await
    }

    pub(crate) async fn sign_up(&mut self, identifier: &str) -> Answer {
        self.call_with("POST /v1/accounts", json!({"identifier": identifier, "password": PASSWORD})).await
    }

    pub(crate) async fn sign_in(&mut self, identifier: &str, password: &str) -> Answer {
        self.call_with("POST /v1/session", json!({"identifier": identifier, "password": password})).await
    }

    /// Signs in with the right password, carried like this.
    pub(crate) async fn sign_in_by(&mut self, carrier: &str, identifier: &str) -> Answer {
        let body = json!({"identifier": identifier, "password": PASSWORD, "carrier": carrier});
        self.call_with("POST /v1/session", body).await
    }

    /// Asks for the next tokens with the refresh cookie.
    pub(crate) async fn refresh(&mut self) -> Answer {
        self.call("POST /v1/session/refresh").await
    }

    pub(crate) async fn is_signed_in(&self) -> bool {
        let answer = self.ask("GET /v1/session").send().await;
        assert!(matches!(answer.status.as_u16(), 200 | 401), "{answer}");
        answer.status == 200
    }

    /// The id of this browser's session.
    pub(crate) async fn session(&self) -> String {
        let answer = self.ask("GET /v1/session").send().await;
        answer.json()["session"]["id"].as_str().unwrap().to_owned()
    }

    /// The id of the account that is signed in.
    pub(crate) async fn account(&self) -> String {
        let answer = self.ask("GET /v1/session").send().await;
        answer.json()["account"]["id"].as_str().unwrap().to_owned()
    }

    /// The value of one of its cookies.
    pub(crate) fn cookie(&self, name: &str) -> Option<&str> {
        self.jar.iter().find(|(kept, _)| kept == name).map(|(_, value)| value.as_str())
    }

    /// How many spare refresh tokens it holds.
    pub(crate) fn spares(&self) -> usize {
        self.jar.iter().filter(|(name, _)| name.starts_with("__Host-bitjang-refresh-")).count()
    }

    /// Puts `value` in the place of what it holds by this name.
    pub(crate) fn hold(&mut self, name: &str, value: &str) {
        self.keep(&format!("{name}={value}; Path=/"));
    }

    /// Forgets a cookie, as a browser does whose time has come.
    pub(crate) fn lose(&mut self, name: &str) {
        assert!(self.cookie(name).is_some(), "no {name}");
        self.jar.retain(|(kept, _)| kept != name);
    }

    /// The CSRF token that its pages hold in memory.
    pub(crate) fn csrf_token(&self) -> &str {
        self.csrf_token.as_deref().unwrap()
    }

    async fn send(&mut self, ask: Ask<'w>) -> Answer {
        let answer = ask.send().await;
        self.receive(&answer);
        answer
    }

    /// Keeps what an answer brings, in the order in which answers come.
    pub(crate) fn receive(&mut self, answer: &Answer) {
        for cookie in answer.cookies_set() {
            self.keep(cookie);
        }
        if answer.header("content-type") == Some("application/json")
            && let Some(token) = answer.json()["csrf_token"].as_str()
        {
            self.csrf_token = Some(token.to_owned());
        }
    }

    fn keep(&mut self, cookie: &str) {
        let (pair, attributes) = cookie.split_once("; ").unwrap();
        let (name, value) = pair.split_once('=').unwrap();
        if attributes.contains("Max-Age=0") {
            self.jar.retain(|(kept, _)| kept != name);
        } else if let Some((_, kept)) = self.jar.iter_mut().find(|(kept, _)| kept == name) {
            value.clone_into(kept);
        } else {
            self.jar.push((name.to_owned(), value.to_owned()));
        }
    }
}
