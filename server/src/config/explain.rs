//! The configuration as a table for people, without the secrets in it.

use comfy_table::Table;
use comfy_table::presets::UTF8_BORDERS_ONLY;
use url::Url;

use super::key::KEYS;
use super::{Origin, Read};

impl Read {
    /// Every key, its value, and where that comes from.
    pub fn explain(&self) -> Table {
        let mut table = Table::new();
        table.load_style(UTF8_BORDERS_ONLY);
        table.set_header(["key", "value", "from"]);
        for key in KEYS {
            let (value, origin) = match self.values.get(key.name) {
                Some(written) if key.is_secret() => ("(secret)".to_owned(), written.origin.to_string()),
                Some(written) => (shown(&written.texts), written.origin.to_string()),
                None => (self.derived(key.name), Origin::Default.to_string()),
            };
            table.add_row([key.name.to_owned(), value, origin]);
        }
        table
    }

    /// What a key without a fixed default comes to.
    fn derived(&self, name: &str) -> String {
        let url = || self.config().ok().and_then(|config| config.public_url().ok());
        match (name, url()) {
            ("public_url" | "tokens.issuer" | "tokens.audience", Some(url)) => url.to_string(),
            ("limits.hashing_queue", _) => "(by number of cores)".to_owned(),
            ("store.cache_mib", _) => "(an eighth of the memory, 64 to 1024)".to_owned(),
            ("log.format", _) => "(human on a terminal, else json)".to_owned(),
            _ => "-".to_owned(),
        }
    }
}

fn shown(texts: &[String]) -> String {
    let shown: Vec<_> = texts.iter().map(|text| without_secrets(text)).collect();
    if shown.iter().all(String::is_empty) { "-".to_owned() } else { shown.join(", ") }
}

/// The text; of a URL only scheme, host, port and path, since the rest may hold a password, and of what merely resembles one only the scheme.
pub(super) fn without_secrets(text: &str) -> String {
    match (text.split_once("://"), Url::parse(text)) {
        (None, _) if !text.contains('@') => text.to_owned(),
        (Some(_), Ok(mut url)) => {
            // Written wrongly, what belongs before the host may stand in the path.
            if url.path().contains('@') {
                return format!("{}://…", url.scheme());
            }
            let secret = !url.username().is_empty() || url.password().is_some() || url.query().is_some();
            if !secret {
                return text.to_owned();
            }
            url.set_query(None);
            let (host, port) =
                (url.host_str().unwrap_or_default(), url.port().map(|port| format!(":{port}")));
            format!("{}://…@{host}{}{}", url.scheme(), port.unwrap_or_default(), url.path())
        }
        (Some((scheme, _)), Err(_)) if is_scheme(scheme) => format!("{scheme}://…"),
        _ => "…".to_owned(),
    }
}

/// RFC 3986, section 3.1. Anything else that stands before `://` may hold a password.
fn is_scheme(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_password_is_shown() {
        for (text, expected) in [
            ("embedded:bitjang-data", "embedded:bitjang-data"),
            ("https://example.org", "https://example.org"),
            ("postgres://me:hunter2@db:5432/app?sslmode=require", "postgres://…@db:5432/app"),
            ("postgres://db/app?password=hunter2", "postgres://…@db/app"),
            ("postgres://me:hunter2@:x", "postgres://…"),
            ("postgres:/x://me:hunter2@db/app", "postgres://…"),
            ("postgres://db/me:hunter2@app", "postgres://…"),
            ("me:hunter2@db", "…"),
            ("postgres!//me:hunter2@db/app?to=a://b", "…"),
        ] {
            assert_eq!(without_secrets(text), expected);
        }
    }
}
