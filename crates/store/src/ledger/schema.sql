-- Who is billed: a profile at a service.
CREATE TABLE account (
    id INTEGER PRIMARY KEY,
    profile TEXT NOT NULL,
    origin TEXT NOT NULL,
    UNIQUE (profile, origin)
) STRICT;

CREATE TABLE job (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account INTEGER NOT NULL REFERENCES account,
    kind INTEGER NOT NULL,
    participant TEXT NOT NULL,
    list TEXT NOT NULL,
    fingerprint TEXT,
    flags INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    open INTEGER NOT NULL,
    rows INTEGER NOT NULL
) STRICT;

-- The rows of a job in packed groups of 512. id = job << 32 | group. Written once.
CREATE TABLE block (
    id INTEGER PRIMARY KEY,
    slots BLOB NOT NULL
) STRICT;

-- One byte per row: its state. Same id as the block.
CREATE TABLE block_state (
    id INTEGER PRIMARY KEY,
    states BLOB NOT NULL
) STRICT;

-- Nine bytes per row: the note of planning, where it fits. Same id as the block; missing where no row has one.
CREATE TABLE block_reason (
    id INTEGER PRIMARY KEY,
    reasons BLOB NOT NULL
) STRICT;

-- All other notes, as JSON.
CREATE TABLE note (
    job INTEGER NOT NULL,
    position INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (job, position)
) STRICT, WITHOUT ROWID;

-- The journal of requests. id = job << 32 | number.
CREATE TABLE request (
    id INTEGER PRIMARY KEY,
    kind INTEGER NOT NULL,
    state INTEGER NOT NULL,
    billed INTEGER NOT NULL,
    sent_at INTEGER NOT NULL,
    reads INTEGER NOT NULL,
    writes INTEGER NOT NULL,
    rows BLOB NOT NULL,
    said TEXT
) STRICT;

-- Where each FIN occurs: sorted runs of a job's rows, cut into chunks. id = run << 20 | chunk. Written once.
CREATE TABLE fin_run (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    job INTEGER NOT NULL REFERENCES job
) STRICT;
CREATE INDEX fin_run_of_job ON fin_run (job);
CREATE TABLE fin_chunk (
    id INTEGER PRIMARY KEY,
    first BLOB NOT NULL,
    entries BLOB NOT NULL
) STRICT;

-- Billed calls outside of jobs, summed by month.
CREATE TABLE charge (
    account INTEGER NOT NULL REFERENCES account,
    month TEXT NOT NULL,
    billed INTEGER NOT NULL,
    reads INTEGER NOT NULL,
    writes INTEGER NOT NULL,
    PRIMARY KEY (account, month, billed)
) STRICT, WITHOUT ROWID;

-- The largest request body an origin takes.
CREATE TABLE byte_limit (
    origin TEXT PRIMARY KEY,
    bytes INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
