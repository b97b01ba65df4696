//! Configuration files against the `toml` crate's own tables: what we take is TOML, plain http stays on this machine, and no complaint repeats a secret.

use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use bitjang::config::{Read, Sources};
use tempfile::TempDir;

/// As it stands in the corpus where a secret would.
const SECRET: &str = "hunter2hunter2";

static FOLDER: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().unwrap());

pub(crate) fn probe(bytes: &[u8]) {
    let file: PathBuf = FOLDER.path().join(format!("{:?}.toml", std::thread::current().id()));
    fs::write(&file, bytes).unwrap();
    match Read::from(&Sources { file: Some(file), ..Sources::default() }).into_config() {
        Ok(config) => {
            assert!(str::from_utf8(bytes).unwrap().parse::<toml::Table>().is_ok());
            assert!(config.public_url.is_none_or(|url| url.is_https() || url.is_loopback()));
        }
        Err(complaints) => {
            let said = complaints.to_string();
            assert!(!said.is_empty());
            let text = String::from_utf8_lossy(bytes);
            let is_password = text.contains(&format!(":{SECRET}@")) && text.matches(SECRET).count() == 1;
            assert!(!is_password || !said.contains(SECRET), "{said}");
        }
    }
}
