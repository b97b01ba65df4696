//! A real `bitjang serve`, in a process and a folder of its own, for the community of scheme 10.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use axum::body::{Body, Bytes};
use axum::response::Response;
use bitjang_guard::Origin;
use bitjang_guard::verifier::{CannotFollow, Verifier};
use http::header::{CONTENT_TYPE, SET_COOKIE};
use http::{HeaderMap, Method, Request};
use serde_json::{Value, json};

use crate::clock::moment;
use crate::wire;

/// How long an access token of Bitjang lives where an attack waits for it to expire: a token of five minutes, for those who watch.
pub(crate) const ACCESS: Duration = Duration::from_secs(5);
/// How old the lab's view of the revocations may be.
pub(crate) const MAX_STALENESS: Duration = Duration::from_secs(5);
const READY_WITHIN: Duration = Duration::from_secs(20);
const GLANCE: Duration = Duration::from_millis(5);
/// What a request needs to be judged by where it comes from.
const CARRIED: [&str; 5] = ["cookie", "origin", "sec-fetch-site", "x-csrf-token", "user-agent"];

/// The process, or nothing for the schemes that have none. It ends when this is dropped.
#[derive(Default)]
pub struct Issuer {
    program: OsString,
    folder: Option<tempfile::TempDir>,
    port: u16,
    access: Duration,
    child: Mutex<Option<Child>>,
    names: Mutex<BTreeMap<String, String>>,
    questions: AtomicU64,
}

impl Issuer {
    /// Starts one whose access tokens live so long, and waits until it is ready.
    pub(crate) async fn start(program: OsString, access: Duration) -> Result<Self> {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let folder = Some(tempfile::Builder::new().prefix("bitjang-lab-").tempdir()?);
        let mut issuer = Self::default();
        (issuer.program, issuer.folder, issuer.port, issuer.access) = (program, folder, port, access);
        issuer.run().await?;
        Ok(issuer)
    }

    /// Starts the process on the folder as it is.
    pub(crate) async fn run(&self) -> Result<()> {
        let child =
            self.command()?.spawn().with_context(|| format!("cannot start {}", self.program.display()))?;
        *self.child() = Some(child);
        let began = moment();
        while began.elapsed() < READY_WITHIN {
            let ready = wire::send(self.port, request(Method::GET, "/readyz", Bytes::new())?).await;
            if ready.is_ok_and(|answer| answer.status == 200) {
                return Ok(());
            }
            if let Some(child) = self.child().as_mut() {
                ensure!(child.try_wait()?.is_none(), "bitjang ended before it was ready");
            }
            tokio::time::sleep(GLANCE).await;
        }
        bail!("bitjang was not ready within {READY_WITHIN:?}")
    }

    /// `kill -9`.
    pub(crate) fn kill(&self) {
        if let Some(mut child) = self.child().take() {
            // Both fail only when it has ended already.
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Signs somebody up.
    pub(crate) async fn admit(&self, name: &str, password: &str) -> Result<()> {
        let body = json!({ "identifier": name, "password": password }).to_string();
        let answer = wire::send(self.port, request(Method::POST, "/v1/accounts", body.into())?).await?;
        ensure!(answer.status == 201, "sign-up answered {}: {}", answer.status, answer.text());
        let body: Value = serde_json::from_slice(&answer.body)?;
        let id = body.pointer("/account/id").and_then(Value::as_str).context("no account id")?;
        self.names().insert(id.to_owned(), name.to_owned());
        Ok(())
    }

    /// Gives somebody this role and no other, as the operator does.
    pub(crate) async fn entrust(&self, name: &str, role: &str) -> Result<()> {
        let mut command = self.command_of(&["account", "roles", name])?;
        command.args((role != "member").then_some(role));
        let status = tokio::task::spawn_blocking(move || command.status()).await??;
        ensure!(status.success(), "`bitjang account roles` ended with {status}");
        Ok(())
    }

    /// What the account is called in the community.
    pub(crate) fn name_of(&self, account: bitjang_core::AccountId) -> Option<String> {
        self.names().get(&account.to_string()).cloned()
    }

    /// Where it calls itself.
    pub(crate) fn url(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    pub(crate) fn site(&self) -> Option<Origin> {
        self.url().parse().ok()
    }

    /// Verifies its tokens from now on.
    pub(crate) fn follow(&self) -> Result<Verifier, CannotFollow> {
        Verifier::follow(&self.url()).max_staleness(MAX_STALENESS).leeway(Duration::from_secs(1)).start()
    }

    /// How often it was asked by the community's servers.
    pub(crate) fn questions(&self) -> u64 {
        self.questions.load(Ordering::Relaxed)
    }

    /// Asks it in the name of whoever sent `headers`.
    pub(crate) async fn forward(
        &self,
        method: Method,
        path: &str,
        headers: &HeaderMap,
        body: Bytes,
    ) -> Result<Response, crate::schemes::Broken> {
        self.questions.fetch_add(1, Ordering::Relaxed);
        let mut asked = request(method, path, body)?;
        for name in CARRIED {
            if let Some(value) = headers.get(name) {
                asked.headers_mut().insert(name, value.clone());
            }
        }
        let answer = wire::send(self.port, asked).await?;
        let mut response = Response::new(Body::from(answer.body));
        *response.status_mut() = answer.status;
        for cookie in answer.headers.get_all(SET_COOKIE) {
            response.headers_mut().append(SET_COOKIE, cookie.clone());
        }
        response
            .headers_mut()
            .extend(answer.headers.get(CONTENT_TYPE).map(|kind| (CONTENT_TYPE, kind.clone())));
        Ok(response)
    }

    fn command(&self) -> Result<Command> {
        self.command_of(&["serve"])
    }

    fn command_of(&self, arguments: &[&str]) -> Result<Command> {
        let folder = self.folder.as_ref().context("this scheme has no Bitjang")?.path();
        let mut command = Command::new(&self.program);
        for (name, _) in
            std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("BITJANG_"))
        {
            command.env_remove(name);
        }
        command.args(arguments).current_dir(folder);
        command.env("BITJANG_LISTEN", format!("127.0.0.1:{}", self.port));
        command.env("BITJANG_PUBLIC_URL", self.url());
        command
            .env("BITJANG_STORE__URL", format!("embedded:{}", PathBuf::from(folder).join("data").display()));
        command.env("BITJANG_TOKENS__ACCESS_SECONDS", self.access.as_secs().to_string());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Ok(command)
    }

    fn child(&self) -> std::sync::MutexGuard<'_, Option<Child>> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn names(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, String>> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Issuer {
    fn drop(&mut self) {
        self.kill();
    }
}

fn request(method: Method, path: &str, body: Bytes) -> Result<Request<Bytes>> {
    let mut request = Request::builder().method(method).uri(path);
    if !body.is_empty() {
        request = request.header(CONTENT_TYPE, "application/json");
    }
    Ok(request.body(body)?)
}
