-- A change of roles ends access tokens and no session: since which epoch sessions are good is no longer the present one.

ALTER TABLE account ADD COLUMN epoch_since INTEGER NOT NULL DEFAULT 0;
-- Until now raising the epoch always ended sessions.
UPDATE account SET epoch_since = epoch;

-- Programs of the operator's own, which may ask about anybody.
CREATE TABLE service_credential (
    name       TEXT   NOT NULL PRIMARY KEY,
    -- SHA-256 of their token.
    secret     BLOB  NOT NULL UNIQUE CHECK (length(secret) = 32),
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
