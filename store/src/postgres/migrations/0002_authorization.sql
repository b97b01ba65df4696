-- A change of roles ends access tokens and no session: since which epoch sessions are good is no longer the present one.

-- As of which epoch it was written down. A server of the release before raises the epoch and knows of neither: then sessions are good since that epoch, as it means.
ALTER TABLE bitjang.account ADD COLUMN epoch_since bigint, ADD COLUMN epoch_since_as_of bigint;

-- Programs of the operator's own, which may ask about anybody.
CREATE TABLE bitjang.service_credential (
    name       text   NOT NULL PRIMARY KEY,
    -- SHA-256 of their token.
    secret     bytea  NOT NULL UNIQUE CHECK (length(secret) = 32),
    created_at bigint NOT NULL
);
