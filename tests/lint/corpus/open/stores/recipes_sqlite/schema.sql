CREATE TABLE IF NOT EXISTS thread (
    pk      INTEGER PRIMARY KEY AUTOINCREMENT,
    owner   TEXT NOT NULL,
    id      TEXT NOT NULL,
    doc     TEXT NOT NULL,
    UNIQUE (owner, id)
);

CREATE TABLE IF NOT EXISTS item (
    pk        INTEGER PRIMARY KEY AUTOINCREMENT,
    thread_pk INTEGER NOT NULL REFERENCES thread (pk) ON DELETE CASCADE,
    id        TEXT NOT NULL,
    doc       TEXT NOT NULL,
    UNIQUE (thread_pk, id)
);

CREATE TABLE IF NOT EXISTS attachment (
    owner TEXT NOT NULL,
    id    TEXT NOT NULL,
    doc   TEXT NOT NULL,
    PRIMARY KEY (owner, id)
);
