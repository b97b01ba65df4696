//! Addresses of stores: what is read is read again from how it prints, and no password is in what prints.

use bitjang_store::{RedisUrl, StoreUrl};

/// As it stands in the corpus where a password would.
const PASSWORD: &str = "hunter2";

pub(crate) fn probe(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    match text.parse::<StoreUrl>() {
        Ok(StoreUrl::Postgres(url)) => keeps_the_password(&format!("{url} {url:?}"), text),
        Ok(url) => assert_eq!(url.to_string().parse::<StoreUrl>(), Ok(url)),
        Err(error) => keeps_the_password(&error.to_string(), text),
    }
    match text.parse::<RedisUrl>() {
        Ok(url) => keeps_the_password(&format!("{url} {url:?}"), text),
        Err(error) => keeps_the_password(&error.to_string(), text),
    }
}

/// Where `text` has it as a password, before the first slash of an address, and nowhere else: the name of a database is no secret.
fn keeps_the_password(said: &str, text: &str) {
    let before_the_path =
        text.split_once("://").and_then(|(_, rest)| rest.split('/').next()).unwrap_or_default();
    let is_secret = before_the_path.contains(&format!(":{PASSWORD}@")) && text.matches(PASSWORD).count() == 1;
    assert!(!is_secret || !said.contains(PASSWORD), "{text}: {said}");
}
