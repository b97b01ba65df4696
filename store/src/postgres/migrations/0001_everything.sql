-- Accounts, sessions, keys, limits and the feed. Times are microseconds since 1970-01-01T00:00:00Z.

CREATE SCHEMA IF NOT EXISTS bitjang;

-- How far this database has come, and the least that a server must know to run on it.
CREATE TABLE bitjang.migration (
    version bigint NOT NULL PRIMARY KEY,
    needs   bigint NOT NULL,
    done_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE bitjang.account (
    id           bytea  NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    -- UTF-8, compared byte for byte: no change of a collation, on whatever machine, lets two accounts share an identifier.
    identifier   bytea  NOT NULL UNIQUE,
    name         text,
    password     text   NOT NULL,
    -- Sorted, with one space between them.
    roles        text   NOT NULL,
    state        text   NOT NULL CHECK (state IN ('active', 'disabled')),
    epoch        bigint NOT NULL,
    epoch_spared bytea  CHECK (length(epoch_spared) = 16),
    created_at   bigint NOT NULL,
    revision     bigint NOT NULL
);

CREATE TABLE bitjang.session (
    id           bytea  NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    secret       bytea  NOT NULL CHECK (length(secret) = 32),
    -- No foreign key: sessions may be kept where accounts are not.
    account      bytea  NOT NULL CHECK (length(account) = 16),
    epoch        bigint NOT NULL,
    carrier      text   NOT NULL CHECK (carrier IN ('cookie', 'token_cookies', 'bearer')),
    agent        text,
    address      text   NOT NULL,
    created_at   bigint NOT NULL,
    seen_at      bigint NOT NULL,
    idle_ends_at bigint NOT NULL,
    ends_at      bigint NOT NULL,
    generation   bigint NOT NULL,
    spent        bytea  CHECK (length(spent) = 8),
    ended_at     bigint,
    ended_why    text,
    revision     bigint NOT NULL,
    CHECK ((ended_why IS NULL) = (ended_at IS NULL))
);

CREATE INDEX session_by_account ON bitjang.session (account, created_at, id);
-- When it ended or will expire, whichever comes first: what the sweep goes by.
CREATE INDEX session_by_end ON bitjang.session ((LEAST(idle_ends_at, ends_at, COALESCE(ended_at, ends_at))));

CREATE TABLE bitjang.bucket (
    name    bytea  NOT NULL PRIMARY KEY CHECK (length(name) = 16),
    full_at bigint NOT NULL
);

CREATE INDEX bucket_by_time ON bitjang.bucket (full_at);

CREATE TABLE bitjang.key (
    purpose    text   NOT NULL PRIMARY KEY,
    -- As it is, or sealed under the operator's key.
    secret     bytea  NOT NULL,
    created_at bigint NOT NULL
);

CREATE TABLE bitjang.signer (
    -- The order in which they sign. Two servers that follow the same key with the next want the same number: one gets it.
    number     bigint NOT NULL PRIMARY KEY,
    kid        text   NOT NULL UNIQUE,
    algorithm  text   NOT NULL,
    material   bytea  NOT NULL,
    created_at bigint NOT NULL,
    signs_from bigint NOT NULL
);

-- What every server must hear of: revocations, and accounts that changed without revoking anything.
CREATE TABLE bitjang.feed (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- Given after the commit, so that positions become visible in order. None yet: nobody has read it.
    position bigint UNIQUE,
    -- One session; or all of an account's that began before this epoch, but the spared one; or, without an epoch, an account that changed.
    session  bytea  CHECK (length(session) = 16),
    account  bytea  CHECK (length(account) = 16),
    epoch    bigint,
    spared   bytea  CHECK (length(spared) = 16),
    at       bigint NOT NULL,
    until    bigint NOT NULL,
    CHECK ((session IS NULL) = (account IS NOT NULL)),
    CHECK (epoch IS NULL OR account IS NOT NULL),
    CHECK (spared IS NULL OR epoch IS NOT NULL)
);

CREATE INDEX feed_without_position ON bitjang.feed (id) WHERE position IS NULL;
CREATE INDEX feed_by_end ON bitjang.feed (until);

-- One row: the last position that was ever given.
CREATE TABLE bitjang.feed_end (
    one      boolean NOT NULL PRIMARY KEY DEFAULT true CHECK (one),
    position bigint  NOT NULL
);

INSERT INTO bitjang.feed_end (position) VALUES (0);
