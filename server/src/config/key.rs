//! Every key of the configuration: its spellings, its default, what it is for.

/// One key of the configuration.
#[derive(Debug, PartialEq, Eq)]
pub struct Key {
    /// Its name in `bitjang.toml`, with a dot between table and key.
    pub name: &'static str,
    /// Its name as a flag, without the dashes in front.
    pub flag: &'static str,
    /// What it is when nobody says; nothing where it has no fixed default.
    pub default: Option<&'static str>,
    /// What it is for, in one sentence.
    pub about: &'static str,
}

impl Key {
    /// The environment variable that sets it.
    pub fn variable(&self) -> String {
        format!("BITJANG_{}", self.name.replace('.', "__").to_uppercase())
    }

    /// Whether its value is nobody's business: not shown, and not taken from the command line, which every user of the machine may read.
    pub fn is_secret(&self) -> bool {
        matches!(self.name, "tokens.encryption_key" | "tokens.previous_encryption_key")
    }

    /// The key of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        KEYS.iter().find(|key| key.name == name)
    }
}

/// The known name that looks most like `unknown`, if any looks like it at all.
pub(super) fn nearest(unknown: &str, known: impl Iterator<Item = String>) -> Option<String> {
    known
        .map(|name| (strsim::jaro_winkler(unknown, &name), name))
        .filter(|(likeness, _)| *likeness > 0.7)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, name)| name)
}

const fn key(
    name: &'static str,
    flag: &'static str,
    default: Option<&'static str>,
    about: &'static str,
) -> Key {
    Key { name, flag, default, about }
}

/// All keys, in the order in which they are explained.
#[rustfmt::skip]
pub static KEYS: &[Key] = &[
    key("public_url", "public-url", None, "Where browsers find this server: scheme, host and port, nothing more [default: http://localhost:<port of listen>]"),
    key("listen", "listen", Some("127.0.0.1:8080"), "The address and port to listen on"),
    key("admin_listen", "admin-listen", None, "The address and port of the admin listener (/metrics); none unless given"),
    key("linger_seconds", "linger-seconds", Some("2"), "How long it serves on after SIGTERM, while /readyz says no, so that balancers send people elsewhere"),
    key("store.url", "store-url", Some("embedded:bitjang-data"), "Where accounts and sessions live: `embedded:<folder>`, `postgres://…` or `memory:`"),
    key("store.sessions_url", "store-sessions-url", None, "Redis or Valkey beside the store, for counted guesses and copies of sessions: `redis://…` or `rediss://…`; none unless given"),
    key("store.cache_mib", "store-cache-mib", None, "Memory for records that have been read, in MiB; a million sessions take some 400 [default: an eighth of the memory, 64 to 1024]"),
    key("tokens.algorithm", "tokens-algorithm", Some("Ed25519"), "How access tokens are signed: Ed25519, ES256, RS256 or HS256"),
    key("tokens.issuer", "tokens-issuer", None, "Who issues access tokens [default: public_url]"),
    key("tokens.audience", "tokens-audience", None, "Whom access tokens are for [default: public_url]"),
    key("tokens.access_seconds", "tokens-access-seconds", Some("300"), "How long an access token lasts"),
    key("tokens.max_staleness_seconds", "tokens-max-staleness-seconds", Some("10"), "How old a verifier's view of the revocations may be"),
    key("tokens.key_file", "tokens-key-file", None, "The file that holds the signing key"),
    key("tokens.encryption_key", "tokens-encryption-key", None, "What encrypts private keys in the store: 32 random bytes in base64; best in a file"),
    key("tokens.previous_encryption_key", "tokens-previous-encryption-key", None, "What encrypted them before, while the key is being changed"),
    key("sessions.idle_seconds", "sessions-idle-seconds", Some("1209600"), "How long a session lasts that is not used"),
    key("sessions.absolute_seconds", "sessions-absolute-seconds", Some("2592000"), "How long a session lasts however busy it is"),
    key("password.min_length", "password-min-length", Some("8"), "The shortest password, in bytes"),
    key("password.memory_kib", "password-memory-kib", Some("19456"), "Argon2id: memory per hash, in KiB"),
    key("password.iterations", "password-iterations", Some("2"), "Argon2id: passes over the memory"),
    key("password.lanes", "password-lanes", Some("1"), "Argon2id: lanes"),
    key("limits.pair_attempts", "limits-pair-attempts", Some("10"), "Wrong passwords for one account from one address"),
    key("limits.pair_regain_seconds", "limits-pair-regain-seconds", Some("60"), "… and how long until one more may be tried"),
    key("limits.account_attempts", "limits-account-attempts", Some("100"), "Wrong passwords for one account from all unfamiliar addresses"),
    key("limits.account_regain_seconds", "limits-account-regain-seconds", Some("120"), "… and how long until one more may be tried"),
    key("limits.address_attempts", "limits-address-attempts", Some("200"), "Wrong passwords from one address for all accounts"),
    key("limits.address_regain_seconds", "limits-address-regain-seconds", Some("10"), "… and how long until one more may be tried"),
    key("limits.hashing_queue", "limits-hashing-queue", None, "Passwords that may wait to be hashed before the server says it is busy [default: by number of cores]"),
    key("trusted_proxies", "trusted-proxies", Some(""), "Networks whose X-Forwarded-For is believed, such as 10.0.0.0/8"),
    key("trusted_origins", "trusted-origins", Some(""), "Other origins whose pages may send requests with cookies, such as https://app.example.org"),
    key("sign_up", "sign-up", Some("open"), "Whether strangers may make accounts: open or closed"),
    key("policies", "policies", None, "The folder of the policies (*.cedar, *.cedarschema) that /access/v1/evaluation answers by; read again on SIGHUP; without it every answer is no"),
    key("log.level", "log-level", Some("info"), "How much is logged: error, warn, info, debug or trace"),
    key("log.format", "log-format", None, "How it is logged: json or human [default: human on a terminal, else json]"),
    key("log.decisions", "log-decisions", Some("off"), "Whether each decision that is asked for is logged, with its reason: on or off"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spellings_of_a_key_agree() {
        for key in KEYS {
            assert_eq!(key.flag, key.name.replace(['.', '_'], "-"));
        }
        assert_eq!(
            Key::named("store.sessions_url").map(Key::variable).unwrap(),
            "BITJANG_STORE__SESSIONS_URL"
        );
    }

    #[test]
    fn a_slip_finds_its_key_and_nonsense_finds_none() {
        let nearest = |unknown: &str| nearest(unknown, KEYS.iter().map(|key| key.name.to_owned()));
        assert_eq!(nearest("store.uri").as_deref(), Some("store.url"));
        assert_eq!(nearest("public_uri").as_deref(), Some("public_url"));
        assert_eq!(nearest("signup").as_deref(), Some("sign_up"));
        assert_eq!(nearest("xyzzy"), None);
    }
}
