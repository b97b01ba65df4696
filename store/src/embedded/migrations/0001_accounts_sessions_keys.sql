-- Accounts, sessions and keys. Times are microseconds since 1970-01-01T00:00:00Z.

CREATE TABLE account (
    id           BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    identifier   TEXT    NOT NULL UNIQUE,
    name         TEXT,
    password     TEXT    NOT NULL,
    -- Sorted, with one space between them.
    roles        TEXT    NOT NULL,
    state        TEXT    NOT NULL CHECK (state IN ('active', 'disabled')),
    epoch        INTEGER NOT NULL,
    epoch_spared BLOB    CHECK (length(epoch_spared) = 16),
    created_at   INTEGER NOT NULL,
    revision     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE session (
    row          INTEGER NOT NULL PRIMARY KEY,
    id           BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    secret       BLOB    NOT NULL CHECK (length(secret) = 32),
    -- No foreign key: sessions may be kept where accounts are not.
    account      BLOB    NOT NULL CHECK (length(account) = 16),
    epoch        INTEGER NOT NULL,
    carrier      TEXT    NOT NULL CHECK (carrier IN ('cookie', 'token_cookies', 'bearer')),
    agent        TEXT,
    address      TEXT    NOT NULL,
    created_at   INTEGER NOT NULL,
    seen_at      INTEGER NOT NULL,
    idle_ends_at INTEGER NOT NULL,
    ends_at      INTEGER NOT NULL,
    ended_at     INTEGER,
    ended_why    TEXT    CHECK ((ended_why IS NULL) = (ended_at IS NULL)),
    revision     INTEGER NOT NULL,
    -- When it ended or will expire, whichever comes first: what the sweep goes by.
    over_at      INTEGER NOT NULL GENERATED ALWAYS AS (min(idle_ends_at, ends_at, ifnull(ended_at, ends_at))) VIRTUAL
) STRICT;

CREATE INDEX session_by_account ON session (account, created_at, id);
CREATE INDEX session_by_end ON session (over_at);

CREATE TABLE key (
    purpose    TEXT    NOT NULL PRIMARY KEY,
    secret     BLOB    NOT NULL CHECK (length(secret) = 32),
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
