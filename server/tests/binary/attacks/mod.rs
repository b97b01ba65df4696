//! What attackers try, from outside, at the real binary: refused as the client's fault, nothing changed, nothing told. `docs/proof.md` says which test is for what.

mod access;
mod requests;
mod sessions;
mod sign_in;
mod strain;
mod tokens;

use tempfile::{TempDir, tempdir};

use crate::fleet::{cookie, json, status};
use crate::process::{PASSWORD, Server, bitjang, good};

/// A server, and an owner who is signed in on it by a cookie.
struct Target {
    server: Server,
    cookie: String,
    folder: TempDir,
}

impl Target {
    fn new() -> Self {
        Self::with(&[])
    }

    /// With these variables in its environment.
    fn with(variables: &[(&str, &str)]) -> Self {
        Self::within(tempdir().unwrap(), variables)
    }

    /// In a folder in which something lies already.
    fn within(folder: TempDir, variables: &[(&str, &str)]) -> Self {
        let mut command = bitjang(folder.path(), &["serve"]);
        command.envs(variables.iter().copied());
        let server = Server::start_as(command);
        good(folder.path(), &["account", "add", "mina", "--password-stdin"], PASSWORD);
        let cookie = server.cookie_of("mina");
        Self { server, cookie, folder }
    }

    /// What the owner sees of their account and sessions: what no attack may change.
    fn owned(&self) -> (String, String) {
        let body = |path| {
            let answer = self.server.get_with_cookie(path, &self.cookie);
            assert_eq!(status(&answer), "200", "{answer}");
            answer.split("\r\n\r\n").nth(1).unwrap().to_owned()
        };
        (body("/v1/account"), body("/v1/sessions"))
    }

    /// Plays an attack: whatever is answered is the client's fault, and the owner finds everything as it was.
    fn withstands(&self, attack: impl FnOnce(&Server) -> Vec<(String, String)>) {
        let before = self.owned();
        for (what, answer) in attack(&self.server) {
            assert!(answer.starts_with("HTTP/1.1 4"), "{what}: {answer}");
            let cookie = self.cookie.split('=').nth(1).unwrap();
            assert!(!answer.contains(PASSWORD) && !answer.contains(cookie), "{what}: {answer}");
        }
        assert_eq!(self.owned(), before);
    }

    /// The headers of a page of this server that acts for whoever holds `cookie`.
    fn page(&self, cookie: &str) -> [(&'static str, String); 3] {
        let token = json(&self.server.get_with_cookie("/v1/csrf", cookie));
        let token = token.get("csrf_token").and_then(|token| token.as_str()).unwrap().to_owned();
        let origin = format!("http://{}", self.server.address.replace("127.0.0.1", "localhost"));
        [("Cookie", cookie.to_owned()), ("Origin", origin), ("X-CSRF-Token", token)]
    }

    fn send_as_page(&self, line: &str, cookie: &str, body: &str) -> String {
        let headers = self.page(cookie);
        let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.server.send(line, &headers, body)
    }

    /// Another account, signed in.
    fn another(&self, identifier: &str) -> String {
        cookie(&self.server.sign_up(identifier, "cookie"))
    }
}
