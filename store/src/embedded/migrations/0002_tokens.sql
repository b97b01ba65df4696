-- What tokens need: how far a session's refresh tokens have turned, the feed of revocations, the keys that sign. Times as in 0001.

-- A session of before has handed out no refresh token, so it stands at the beginning.
ALTER TABLE session ADD COLUMN generation INTEGER NOT NULL DEFAULT 0;
ALTER TABLE session ADD COLUMN spent BLOB CHECK (length(spent) = 8);

CREATE TABLE revocation (
    -- AUTOINCREMENT, so that a position is not used again when its entry has been forgotten: whoever reads on from it would miss the new one.
    position INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    -- One session, or all of an account's that began before this epoch, but the spared one.
    session  BLOB    CHECK (length(session) = 16),
    account  BLOB    CHECK (length(account) = 16),
    epoch    INTEGER,
    spared   BLOB    CHECK (length(spared) = 16),
    at       INTEGER NOT NULL,
    until    INTEGER NOT NULL,
    CHECK ((session IS NULL) = (account IS NOT NULL)),
    CHECK ((account IS NULL) = (epoch IS NULL)),
    CHECK (spared IS NULL OR account IS NOT NULL)
) STRICT;

CREATE INDEX revocation_by_end ON revocation (until);

CREATE TABLE signer (
    -- The order in which they sign.
    row        INTEGER NOT NULL PRIMARY KEY,
    kid        TEXT    NOT NULL UNIQUE,
    algorithm  TEXT    NOT NULL,
    material   BLOB    NOT NULL,
    created_at INTEGER NOT NULL,
    signs_from INTEGER NOT NULL
) STRICT;
