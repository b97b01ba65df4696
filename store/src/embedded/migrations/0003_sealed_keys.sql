-- A key may be encrypted, and is longer then. SQLite takes a CHECK away only with its table; what the old one frees is overwritten.
PRAGMA secure_delete = ON;

CREATE TABLE sealed_key (
    purpose    TEXT    NOT NULL PRIMARY KEY,
    -- 32 bytes, or the same sealed.
    secret     BLOB    NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO sealed_key (purpose, secret, created_at) SELECT purpose, secret, created_at FROM key;
DROP TABLE key;
ALTER TABLE sealed_key RENAME TO key;

PRAGMA secure_delete = OFF;
