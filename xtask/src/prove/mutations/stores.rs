//! The rules of stores: which write counts, what is written with it, and what a server may remember.

use super::{FLOWS, Mutation, without};

const MEMORY: &str = "--package bitjang-store --test contract memory";
const EMBEDDED: &str = "--package bitjang-store --test contract embedded";
const POSTGRES: &str = "--package bitjang-store --test contract postgres";
const REMEMBERING: &str = "--package bitjang-store --test postgres cache";
const BELIEVING: &str = "--package bitjang-store --test redis believing";

const CACHE: &str = "store/src/cache.rs";
const HEARD: &str = "store/src/postgres/heard.rs";
const REDIS: &str = "store/src/redis/sessions.rs";

pub(super) const RULES: &[Mutation] = &[
    without(
        "in memory, a session's write follows the one it saw",
        "store/src/memory/sessions.rs",
        "(next.revision, next.account, next.created_at)\n        == (stored.revision.next(), stored.account, stored.created_at)",
        "(next.account, next.created_at) == (stored.account, stored.created_at)",
        "--package bitjang-store --test linear memory",
    ),
    without(
        "in memory, an account's write follows the one it saw",
        "store/src/memory/accounts.rs",
        "stored.revision.next() == account.revision",
        "stored.revision < account.revision || true",
        MEMORY,
    ),
    without(
        "in a folder, a session's write follows the one it saw",
        "store/src/embedded/sessions.rs",
        " AND revision = ?4 - 1",
        "",
        EMBEDDED,
    ),
    without(
        "in a folder, an account's write follows the one it saw",
        "store/src/embedded/accounts.rs",
        " AND revision = ?10 - 1",
        "",
        EMBEDDED,
    ),
    without(
        "in a folder, an end is written with its revocation",
        "store/src/embedded/revocations.rs",
        "1 => revokes.map(|revocation| insert(db, revocation)).transpose().map(Replaced::Done),",
        "1 => Ok(Replaced::Done(None)),",
        EMBEDDED,
    ),
    without(
        "in a database, a session's write follows the one it saw",
        "store/src/postgres/sessions.rs",
        " AND revision = $16::bigint - 1",
        "",
        POSTGRES,
    ),
    without(
        "in a database, an account's write follows the one it saw",
        "store/src/postgres/accounts.rs",
        " AND revision = $10::bigint - 1",
        "",
        POSTGRES,
    ),
    without(
        "in a database, an end is written with its revocation",
        "store/src/postgres/sessions.rs",
        "REPLACE_AND_REVOKE, session, &told)",
        "REPLACE, session, &told[..0])",
        POSTGRES,
    ),
    without(
        "a server lets go of a session that it ends",
        HEARD,
        "Kept::Session(id) => self.heard.sessions.forget(id),",
        "Kept::Session(_) => {}",
        "--package bitjang-store --test linear postgres",
    ),
    without(
        "a server lets go of a session before it writes it",
        CACHE,
        "self.forget(id);\n        let place",
        "let place",
        "--package bitjang-store --lib cache",
    ),
    without(
        "what rests on a guess is not written beside an account that has changed",
        "store/src/postgres/sessions.rs",
        " AND owner.revision = $17::bigint",
        " AND owner.revision <= $17::bigint + 9",
        POSTGRES,
    ),
    without(
        "a guess is written by the step that makes sure of it",
        "core/src/flow/refresh.rs",
        "match sessions.replace_foreseen(next.clone(), holder.account(), accounts).await? {",
        "match sessions.replace(next.clone(), None).await.map(|_| Foreseen::Right)? {",
        FLOWS,
    ),
    without(
        "a guess is good only by its session's carrier",
        "core/src/flow/refresh.rs",
        ".filter(|holder| holder.session().carrier == carrier)",
        ".filter(|holder| holder.session().carrier == carrier || true)",
        FLOWS,
    ),
    without(
        "a server lets go of a session of which the feed tells",
        HEARD,
        "if let Some(session) = session {\n            self.sessions.forget(session);\n        }",
        "let _ = session;",
        REMEMBERING,
    ),
    without(
        "a server lets go of an account of which the feed tells",
        HEARD,
        "if let Some(account) = account {\n            self.accounts.forget(account);\n        }",
        "let _ = account;",
        REMEMBERING,
    ),
    without(
        "a server without news of the feed believes nothing",
        HEARD,
        "self.staleness().is_some_and(|staleness| staleness <= self.max_staleness)",
        "self.staleness().is_some_and(|staleness| staleness <= self.max_staleness.max(staleness))",
        REMEMBERING,
    ),
    without(
        "what was read beside news is not remembered",
        CACHE,
        "GuardResult::Guard(place) if self.moment() == since => {",
        "GuardResult::Guard(place) if self.moment() == since || true => {",
        "--package bitjang-store --lib cache",
    ),
    without(
        "a refresh is decided by what is kept, not by what is remembered",
        "core/src/flow/refresh.rs",
        "None => self.holder(&proof).await?,",
        "None => self.verify(&proof).await?,",
        FLOWS,
    ),
    without(
        "a copy is not believed of whose end was told",
        REDIS,
        " && !self.told.has_ended(session)",
        "",
        BELIEVING,
    ),
    without(
        "a copy is not believed without news of the feed",
        REDIS,
        "session.is_live(now) && self.told.is_fresh()",
        "session.is_live(now)",
        BELIEVING,
    ),
    without(
        "a copy is believed for a while",
        REDIS,
        "age < self.life && ",
        "age < self.life.max(std::time::Duration::from_secs(1_000)) && ",
        BELIEVING,
    ),
    without(
        "sessions whose tokens turn are not copied",
        "store/src/redis/copied.rs",
        "session.carrier == Carrier::Cookie && session.ratchet == Ratchet::default()",
        "session.carrier == Carrier::Cookie || session.ratchet == Ratchet::default()",
        BELIEVING,
    ),
];
