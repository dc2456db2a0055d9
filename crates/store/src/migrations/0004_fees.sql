-- Fees (docs/decisions/0018-fees-and-applications.md). Nothing here is changed but what an ending adds to a beginning;
-- a correction is a new row that names the old one.

-- authority
CREATE TABLE applications (
  number      TEXT PRIMARY KEY,
  provision   TEXT NOT NULL,
  entry       INTEGER NOT NULL UNIQUE, -- in the order they came
  dated       TEXT NOT NULL,           -- the day on the document
  method      TEXT NOT NULL,           -- of applying, apart from the method of sending
  version     TEXT NOT NULL,
  sha256      TEXT NOT NULL,           -- of the document
  file        TEXT NOT NULL,           -- the document, sealed for oneself, below the party's directory
  received_at TEXT NOT NULL,
  decision    TEXT CHECK (decision IN ('accepted', 'refused')),
  decided_on  TEXT,
  reason      TEXT
) STRICT;
CREATE TABLE delegations (
  entry       INTEGER PRIMARY KEY,
  provision   TEXT NOT NULL,
  body        TEXT NOT NULL,           -- JSON: delegate, scope, from, until
  sha256      TEXT NOT NULL,           -- of the document
  file        TEXT NOT NULL,
  recorded_at TEXT NOT NULL
) STRICT;
CREATE TABLE meter_sessions (
  session      INTEGER PRIMARY KEY,
  provision    TEXT NOT NULL,
  kind         TEXT NOT NULL CHECK (kind IN ('person', 'machine', 'correction')),
  what         TEXT NOT NULL,          -- whose work, or the request a machine answered
  boot         TEXT NOT NULL,          -- the run of the machine at the start
  start_nanos  INTEGER NOT NULL,       -- its monotonic clock at the start
  started_at   TEXT NOT NULL,
  end_nanos    INTEGER,                -- its monotonic clock at the end
  stated_nanos INTEGER,                -- or how long it took, as a person said
  ended_at     TEXT,                   -- NULL while it runs
  reason       TEXT,
  corrects     INTEGER UNIQUE REFERENCES meter_sessions
) STRICT;
CREATE TABLE fee_rules (
  entry  INTEGER PRIMARY KEY,
  body   TEXT NOT NULL,                -- JSON: rounding, tariff_day, due_days
  set_at TEXT NOT NULL
) STRICT;
CREATE TABLE request_transports (
  request TEXT PRIMARY KEY,
  method  TEXT NOT NULL,               -- of sending (規則27条)
  version TEXT NOT NULL
) STRICT;
CREATE TABLE forwards (
  sha256       TEXT PRIMARY KEY,       -- of the sealed delivery, which stays unread
  provision    TEXT NOT NULL,
  cover        TEXT NOT NULL,          -- JSON: what the producer signed
  delegate     TEXT NOT NULL,
  bytes        INTEGER NOT NULL,
  forwarded_at TEXT NOT NULL
) STRICT;

-- authority and producer
CREATE TABLE fee_notices (
  notice      TEXT PRIMARY KEY,
  provision   TEXT NOT NULL,
  entry       INTEGER NOT NULL UNIQUE,
  answer      TEXT UNIQUE,             -- package id; NULL for a correction
  last_session INTEGER NOT NULL,       -- the last of the meter that it counted; 0 at the producer
  body        TEXT NOT NULL,           -- JSON: the notice
  corrects    TEXT UNIQUE REFERENCES fee_notices,
  recorded_at TEXT NOT NULL
) STRICT;
CREATE TABLE fee_payments (
  entry       INTEGER PRIMARY KEY,
  notice      TEXT NOT NULL REFERENCES fee_notices,
  yen         INTEGER NOT NULL,
  paid_on     TEXT NOT NULL,
  sha256      TEXT NOT NULL,           -- of the proof
  file        TEXT NOT NULL,           -- the proof, sealed for oneself
  recorded_at TEXT NOT NULL
) STRICT;
