//! From what was written to what is meant, complaining of everything on the way, not just of the first fault.

use std::path::PathBuf;
use std::sync::Arc;

use bitjang_core::auth::SignUp;
use bitjang_core::key::Sealing;
use bitjang_core::limit::{Guessing, Limit};
use bitjang_core::password::Parameters;
use bitjang_core::session::Lifetime;
use bitjang_core::token::Algorithm;
use bitjang_store::{BadRedisUrl, BadStoreUrl, RedisUrl, StoreUrl};

use super::key::Key;
use super::source::{Origin, Values};
use super::{Complaint, Config, Format, Log, Passwords, Tokens, explain, value};

/// Turns what was written into what is meant, complaining as it goes.
pub(super) struct Reader<'a> {
    pub(super) values: &'a Values,
    pub(super) complaints: Vec<Complaint>,
}

/// Four hundred days: what browsers keep a cookie for at most (RFC 6265bis).
const LONGEST: u64 = 34_560_000;

impl Reader<'_> {
    /// The configuration, if every value is good.
    pub(super) fn config(&mut self) -> Option<Config> {
        let public_url = self.value("public_url", value::origin);
        let listen = self.value("listen", value::address);
        let admin_listen = self.value("admin_listen", value::address);
        let linger = self.value("linger_seconds", value::seconds(0..=600));
        let (store, sessions, cache_bytes) = (self.store(), self.sessions(), self.cache_bytes());
        let (tokens, lifetime, password) = (self.tokens(), self.lifetime(), self.password());
        let guessing = self.guessing();
        let hashing_queue = self.value("limits.hashing_queue", value::number(1..=100_000));
        let trusted_proxies = self.list("trusted_proxies", value::network);
        let trusted_origins = self.list("trusted_origins", value::exact_origin);
        let sign_up =
            self.value("sign_up", value::word(&[("open", SignUp::Open), ("closed", SignUp::Closed)]));
        let policies = self.value("policies", |text| value::text(text).map(PathBuf::from));
        let log = self.log();
        Some(Config {
            public_url,
            listen: listen?,
            admin_listen,
            linger: linger?,
            store: store?,
            sessions,
            cache_bytes,
            tokens: tokens?,
            lifetime: lifetime?,
            password: password?,
            guessing: guessing?,
            hashing_queue,
            trusted_proxies,
            trusted_origins,
            sign_up: sign_up?,
            policies,
            log: log?,
        })
    }

    fn store(&mut self) -> Option<StoreUrl> {
        self.value("store.url", |text| {
            text.parse().map_err(|why: BadStoreUrl| format!("cannot be used: {why}"))
        })
    }

    fn sessions(&mut self) -> Option<RedisUrl> {
        self.value("store.sessions_url", |text| {
            text.parse().map_err(|why: BadRedisUrl| format!("cannot be used: {why}"))
        })
    }

    fn cache_bytes(&mut self) -> Option<u64> {
        self.value("store.cache_mib", value::number(4..=1_048_576)).map(|mib: u64| mib * 1_024 * 1_024)
    }

    fn tokens(&mut self) -> Option<Tokens> {
        let algorithm = value::word(&[
            ("Ed25519", Algorithm::Ed25519),
            ("ES256", Algorithm::Es256),
            ("RS256", Algorithm::Rs256),
            ("HS256", Algorithm::Hs256),
        ]);
        let algorithm = self.value("tokens.algorithm", algorithm);
        let issuer = self.value("tokens.issuer", value::party);
        let audience = self.value("tokens.audience", value::party);
        let access = self.value("tokens.access_seconds", value::seconds(1..=86_400));
        let max_staleness = self.value("tokens.max_staleness_seconds", value::seconds(1..=3_600));
        let key_file = self.value("tokens.key_file", |text| value::text(text).map(PathBuf::from));
        let sealing = self.sealing();
        Some(Tokens {
            algorithm: algorithm?,
            issuer,
            audience,
            access: access?,
            max_staleness: max_staleness?,
            key_file,
            sealing,
        })
    }

    fn sealing(&mut self) -> Sealing {
        let key = self.value("tokens.encryption_key", value::sealing_key);
        let previous = self.value("tokens.previous_encryption_key", value::sealing_key);
        if previous.is_some() && !self.values.contains_key("tokens.encryption_key") {
            let what =
                "needs the new key beside it, as tokens.encryption_key: keys that are encrypted stay so";
            self.complain("tokens.previous_encryption_key", what);
        }
        Sealing { key: key.map(Arc::new), previous: previous.map(Arc::new) }
    }

    fn lifetime(&mut self) -> Option<Lifetime> {
        let idle = self.value("sessions.idle_seconds", value::seconds(1..=LONGEST));
        let absolute = self.value("sessions.absolute_seconds", value::seconds(1..=LONGEST));
        // An idle time beyond the absolute one says nothing: the absolute one ends the session first.
        Some(Lifetime { idle: idle?, absolute: absolute? })
    }

    fn password(&mut self) -> Option<Passwords> {
        let min_length = self.value("password.min_length", value::number(8..=128));
        let memory_kib = self.value("password.memory_kib", value::number(8..=Parameters::MOST_MEMORY_KIB));
        let iterations = self.value("password.iterations", value::number(1..=Parameters::MOST_ITERATIONS));
        let lanes = self.value("password.lanes", value::number(1..=Parameters::MOST_LANES));
        let (min_length, memory_kib, iterations, lanes) = (min_length?, memory_kib?, iterations?, lanes?);
        match Parameters::new(memory_kib, iterations, lanes) {
            Ok(parameters) => Some(Passwords { min_length, parameters }),
            Err(why) => {
                self.complain("password.memory_kib", &format!("does not fit password.lanes: {why}"));
                None
            }
        }
    }

    fn guessing(&mut self) -> Option<Guessing> {
        let pair = self.limit("limits.pair_attempts", "limits.pair_regain_seconds");
        let account = self.limit("limits.account_attempts", "limits.account_regain_seconds");
        let address = self.limit("limits.address_attempts", "limits.address_regain_seconds");
        Some(Guessing { pair: pair?, account: account?, address: address? })
    }

    fn limit(&mut self, attempts: &'static str, regain: &'static str) -> Option<Limit> {
        let attempts = self.value(attempts, value::number(1..=1_000_000));
        let regain = self.value(regain, value::seconds(1..=86_400));
        Some(Limit { attempts: attempts?, regain: regain? })
    }

    fn log(&mut self) -> Option<Log> {
        let level = self.value("log.level", |text| {
            text.parse().map_err(|_| "is none of error, warn, info, debug, trace".to_owned())
        });
        let format = value::word(&[("json", Format::Json), ("human", Format::Human)]);
        let format = self.value("log.format", format);
        let decisions = self.value("log.decisions", value::word(&[("on", true), ("off", false)]));
        Some(Log { level: level?, format, decisions: decisions? })
    }

    /// The value of a key. Nothing means that nothing was written, or that something was complained of.
    fn value<T>(&mut self, name: &'static str, parse: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        if let [text] = self.values.get(name)?.texts.as_slice() {
            return self.judged(name, parse(text), text);
        }
        self.complain(name, "is a list, but takes one value");
        None
    }

    fn list<T>(&mut self, name: &'static str, parse: impl Fn(&str) -> Result<T, String>) -> Vec<T> {
        let Some(written) = self.values.get(name) else { return Vec::new() };
        let items = written
            .texts
            .iter()
            .flat_map(|text| text.split(','))
            .map(str::trim)
            .filter(|item| !item.is_empty());
        items.filter_map(|item| self.judged(name, parse(item), item)).collect()
    }

    fn judged<T>(&mut self, name: &'static str, result: Result<T, String>, text: &str) -> Option<T> {
        result
            .map_err(|why| {
                let secret = Key::named(name).is_some_and(Key::is_secret);
                let shown =
                    if secret { String::new() } else { format!("= {:?} ", explain::without_secrets(text)) };
                self.complain(name, &format!("{shown}{why}"));
            })
            .ok()
    }

    fn complain(&mut self, name: &'static str, what: &str) {
        let origin = self.values.get(name).map_or(&Origin::Default, |written| &written.origin);
        self.complaints.push(Complaint(format!("{name} {what} ({origin})")));
    }
}
