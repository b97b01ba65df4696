//! What came back, and how it is read.

use std::fmt;

use axum::response::Response;
use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::Value;

use super::rules::STANDING;

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn is_page(&self) -> bool {
        self.header("content-type") == Some("text/html; charset=utf-8")
    }

    pub(crate) async fn of(response: Response) -> Self {
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        Self { status: parts.status, headers: parts.headers, body: String::from_utf8(body).unwrap() }
    }

    /// The one value of a header; nothing if it is not there.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter().map(|value| value.to_str().unwrap());
        let value = values.next();
        assert_eq!(values.next(), None, "{name} twice");
        value
    }

    pub(crate) fn cookies_set(&self) -> Vec<&str> {
        self.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap()).collect()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("not JSON: {self}"))
    }

    /// As it is shown, with the tokens in it named instead.
    pub(crate) fn masked(&self) -> String {
        let shown = self.to_string();
        let words = shown.split(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c)));
        let mut tokens: Vec<_> = words.filter(|word| word.starts_with("bjr_") || is_jws(word)).collect();
        tokens.sort_unstable();
        tokens.dedup();
        let name = |token: &str| if token.starts_with("bjr_") { "(refresh token)" } else { "(access token)" };
        tokens.iter().fold(shown.clone(), |shown, token| shown.replace(token, name(token)))
    }

    /// The code of a problem; empty if it is none.
    pub(crate) fn code(&self) -> String {
        match self.header("content-type") {
            Some("application/problem+json") => self.json()["code"].as_str().unwrap().to_owned(),
            _ => String::new(),
        }
    }

    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self}");
        self
    }

    /// Checks that it is this problem.
    #[track_caller]
    pub(crate) fn expect_problem(self, status: u16, code: &str) -> Self {
        assert_eq!((self.status.as_u16(), self.code().as_str()), (status, code), "{self}");
        self
    }

    /// Checks that it sends the browser there.
    #[track_caller]
    pub(crate) fn expect_redirect(self, location: &str) -> Self {
        assert_eq!((self.status.as_u16(), self.header("location")), (303, Some(location)), "{self}");
        self
    }

    /// The page, with its escapes undone.
    pub(crate) fn page(&self) -> String {
        assert_eq!(self.header("content-type"), Some("text/html; charset=utf-8"), "{self}");
        ESCAPES.iter().fold(self.body.clone(), |page, (escape, c)| page.replace(escape, c))
    }

    #[track_caller]
    pub(crate) fn expect_to_say(self, text: &str) -> Self {
        assert!(self.page().contains(text), "no {text:?} in {self}");
        self
    }

    /// The value of the first input of this name.
    pub(crate) fn field(&self, name: &str) -> Option<String> {
        let page = self.page();
        let input = page.split("<input ").find(|input| input.contains(&format!("name=\"{name}\"")))?;
        let value = input.split_once('>').unwrap().0.split_once("value=\"")?.1;
        Some(value.split_once('"').unwrap().0.to_owned())
    }
}

/// Status, headers and body. Headers that every answer has with the same value are left out: they are checked of every answer.
impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.status)?;
        let mut lines: Vec<_> = self.headers.iter().collect();
        lines.sort_by_key(|(name, _)| name.as_str());
        for (name, value) in lines {
            let value = String::from_utf8_lossy(value.as_bytes());
            if !STANDING.contains(&(name.as_str(), &value)) {
                writeln!(f, "{name}: {value}")?;
            }
        }
        match serde_json::from_str::<Value>(&self.body) {
            // In the order of the alphabet, whatever other crates ask of the library.
            Ok(mut json) => {
                json.sort_all_objects();
                write!(f, "\n{json:#}")
            }
            Err(_) if self.body.is_empty() => Ok(()),
            Err(_) => write!(f, "\n{}", self.body),
        }
    }
}

fn is_jws(word: &str) -> bool {
    word.starts_with("ey") && word.matches('.').count() == 2
}

const ESCAPES: [(&str, &str); 6] =
    [("&#x2f;", "/"), ("&#x27;", "'"), ("&quot;", "\""), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")];
