//! The configuration: what the operator decides, where each value comes from, and what is wrong with it.

mod explain;
pub mod key;
mod key_file;
mod reader;
mod source;
mod value;

pub use key_file::KeyFile;
pub use source::{Origin, Sources, Written, environment};

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bitjang_core::auth::SignUp;
use bitjang_core::key::Sealing;
use bitjang_core::limit::Guessing;
use bitjang_core::password::Parameters;
use bitjang_core::session::Lifetime;
use bitjang_core::token::Algorithm;
use bitjang_core::{Rules, TokenRules};
use bitjang_guard::{BadOrigin, Origin as Site};
use bitjang_store::{RedisUrl, StoreUrl};
use ipnet::IpNet;

use reader::Reader;
use source::Values;

/// What the operator decided, checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where browsers find the server; nothing when it shall follow from `listen`.
    pub public_url: Option<Site>,
    /// Where the public listener listens.
    pub listen: SocketAddr,
    /// Where the admin listener listens.
    pub admin_listen: Option<SocketAddr>,
    /// How long it serves on after SIGTERM, until balancers have noticed.
    pub linger: Duration,
    /// Where records live.
    pub store: StoreUrl,
    /// Where copies of sessions and counted guesses live, beside the records.
    pub sessions: Option<RedisUrl>,
    /// How much memory records may take that have been read, in bytes; nothing when it shall follow from how much there is.
    pub cache_bytes: Option<u64>,
    /// What becomes of access tokens.
    pub tokens: Tokens,
    /// How long sessions last.
    pub lifetime: Lifetime,
    /// What passwords must be and cost.
    pub password: Passwords,
    /// How many wrong passwords may be tried.
    pub guessing: Guessing,
    /// How many passwords may wait to be hashed; nothing when it shall follow from the number of cores.
    pub hashing_queue: Option<usize>,
    /// Whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Other origins whose pages may send requests with cookies, as browsers spell them.
    pub trusted_origins: Vec<Site>,
    /// Whether strangers may make accounts.
    pub sign_up: SignUp,
    /// The folder of the policies; without it, no question about permissions is answered with yes.
    pub policies: Option<PathBuf>,
    /// How much is logged, and how.
    pub log: Log,
}

/// What becomes of access tokens.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// The name of the algorithm that signs them.
    pub algorithm: Algorithm,
    /// Who issues them; nothing when it is the public URL.
    pub issuer: Option<String>,
    /// Whom they are for; nothing when it is the public URL.
    pub audience: Option<String>,
    /// How long one lasts.
    pub access: Duration,
    /// How old a verifier's view of the revocations may be.
    pub max_staleness: Duration,
    /// The file that holds the signing key.
    pub key_file: Option<PathBuf>,
    /// What encrypts the keys that the store keeps.
    pub sealing: Sealing,
}

/// What passwords must be, and what their hashes cost.
#[derive(Clone, Copy, Debug)]
pub struct Passwords {
    /// The shortest password, in bytes.
    pub min_length: usize,
    /// How hard a hash is made.
    pub parameters: Parameters,
}

/// How much is logged, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Log {
    /// The least important that is still logged.
    pub level: tracing::Level,
    /// The form of a line; nothing when it shall follow from whether a person is looking.
    pub format: Option<Format>,
    /// Whether each decision that is asked for is a line.
    pub decisions: bool,
}

/// The form of a line in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One JSON object.
    Json,
    /// For people.
    Human,
}

/// A configuration as it was read: good or bad, with all that was written.
#[derive(Debug)]
pub struct Read {
    values: Values,
    config: Result<Config, Complaints>,
}

/// What is wrong with a configuration; every fault, not just the first.
#[derive(Debug, thiserror::Error)]
pub struct Complaints(Vec<Complaint>);

impl fmt::Display for Complaints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<_> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

/// One thing that is wrong, with the place where it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint(String);

impl Complaint {
    fn new(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Read {
    /// Reads all sources.
    pub fn from(sources: &Sources) -> Self {
        let (values, complaints) = source::gather(sources);
        let mut reader = Reader { values: &values, complaints };
        let config = reader.config();
        let complaints = reader.complaints;
        let config = config.filter(|_| complaints.is_empty()).ok_or(Complaints(complaints));
        Self { values, config }
    }

    /// The configuration, if nothing is wrong with it.
    pub fn into_config(self) -> Result<Config, Complaints> {
        self.config
    }

    /// The same, to be looked at.
    pub fn config(&self) -> Result<&Config, &Complaints> {
        self.config.as_ref()
    }
}

impl Config {
    /// The configuration that the environment and `bitjang.toml` describe, as `bitjang serve` without flags reads it.
    pub fn from_surroundings() -> Result<Self, Complaints> {
        Read::from(&Sources { environment: environment(), ..Sources::default() }).into_config()
    }

    /// The configuration of an empty file, an empty environment and no flags.
    pub fn of_defaults() -> Result<Self, Complaints> {
        let none = Sources { file: Some("/dev/null".into()), ..Sources::default() };
        Read::from(&none).into_config()
    }

    /// Where browsers find the server: scheme, host and port.
    pub fn public_url(&self) -> Result<Site, BadOrigin> {
        match &self.public_url {
            Some(url) => Ok(url.clone()),
            None => format!("http://localhost:{}", self.listen.port()).parse(),
        }
    }

    /// The rules of the flows. Reads the signing key where one is named.
    pub fn rules(&self) -> Result<Rules, KeyFile> {
        Ok(Rules {
            lifetime: self.lifetime,
            guessing: self.guessing,
            sign_up: self.sign_up,
            min_password: self.password.min_length,
            tokens: self.token_rules()?,
        })
    }

    fn token_rules(&self) -> Result<TokenRules, KeyFile> {
        let tokens = &self.tokens;
        let site = self.public_url().map_or_else(|_| String::new(), |site| site.to_string());
        let own_key =
            tokens.key_file.as_deref().map(|path| key_file::read(path, tokens.algorithm)).transpose()?;
        Ok(TokenRules {
            algorithm: tokens.algorithm,
            issuer: tokens.issuer.clone().unwrap_or_else(|| site.clone()),
            audience: tokens.audience.clone().unwrap_or(site),
            access: tokens.access,
            own_key: own_key.map(Arc::new),
            ..TokenRules::default()
        })
    }
}
