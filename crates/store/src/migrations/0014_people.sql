-- People of a workspace, their terminals and sessions (docs/decisions/0027-the-workspaces-server.md).

CREATE TABLE people (
  person        TEXT PRIMARY KEY,     -- what they sign in with
  name          TEXT NOT NULL,
  affiliation   TEXT NOT NULL,
  language      TEXT NOT NULL,        -- ja, en
  added_at      TEXT NOT NULL,
  added_by      TEXT NOT NULL,        -- a person, or the console
  suspended_at  TEXT,
  password      TEXT,                 -- PHC string; null until enrolled, and after a reset
  password_at   TEXT,
  password_long INTEGER NOT NULL DEFAULT 0,  -- 13 characters or more
  pledged_at    TEXT,
  single_factor TEXT,                 -- JSON: why this person has one factor only, who approved it
  failures      INTEGER NOT NULL DEFAULT 0,  -- wrong tries since the last right one
  failed_at     TEXT
) STRICT;
CREATE TABLE enrolment_codes (
  code_sha256 TEXT PRIMARY KEY,
  person      TEXT NOT NULL REFERENCES people (person),
  reset       INTEGER NOT NULL,       -- whether it is of a reset
  made_at     TEXT NOT NULL,
  made_by     TEXT NOT NULL,
  expires_at  TEXT NOT NULL,
  used_at     TEXT
) STRICT;
CREATE TABLE factors (
  factor     TEXT PRIMARY KEY,
  person     TEXT NOT NULL REFERENCES people (person),
  kind       TEXT NOT NULL,           -- totp, passkey
  label      TEXT NOT NULL,
  body       TEXT NOT NULL,           -- sealed seed, or the public half of a passkey
  last_step  INTEGER,                 -- of TOTP: the last step whose code was taken
  made_at    TEXT NOT NULL,
  removed_at TEXT
) STRICT;
CREATE TABLE grants (
  grant_id   INTEGER PRIMARY KEY,
  person     TEXT NOT NULL REFERENCES people (person),
  role       TEXT NOT NULL,
  study      TEXT,                    -- null: the office
  granted_at TEXT NOT NULL,
  granted_by TEXT NOT NULL,
  ended_at   TEXT
) STRICT;
CREATE TABLE resets (
  reset_id    INTEGER PRIMARY KEY,
  person      TEXT NOT NULL REFERENCES people (person),
  identity    TEXT NOT NULL,          -- how the person's identity was confirmed; no number of a document
  proposed_at TEXT NOT NULL,
  proposed_by TEXT NOT NULL,
  half_sha256 TEXT NOT NULL,          -- of the half of the code that who proposed it was given
  decided_at  TEXT,
  decided_by  TEXT,
  approved    INTEGER
) STRICT;
CREATE TABLE places (
  place      TEXT PRIMARY KEY,
  name       TEXT NOT NULL,
  acceptance TEXT,                    -- of the producers: more than one study open here at a time
  added_at   TEXT NOT NULL,
  added_by   TEXT NOT NULL
) STRICT;
CREATE TABLE terminals (
  terminal      TEXT PRIMARY KEY,
  place         TEXT NOT NULL REFERENCES places (place),
  study         TEXT,                 -- null: the office
  code_sha256   TEXT,                 -- of the code that enrols it, until it is used
  code_until    TEXT,
  secret_sha256 TEXT,                 -- of what its browser shows
  added_at      TEXT NOT NULL,
  added_by      TEXT NOT NULL,
  enrolled_at   TEXT,
  revoked_at    TEXT,
  failures      INTEGER NOT NULL DEFAULT 0,
  failed_at     TEXT
) STRICT;
CREATE TABLE slots (
  slot_id    INTEGER PRIMARY KEY,
  place      TEXT NOT NULL REFERENCES places (place),
  study      TEXT NOT NULL,
  body       TEXT NOT NULL,           -- JSON: weekdays, hours, dates
  set_at     TEXT NOT NULL,
  set_by     TEXT NOT NULL,
  ended_at   TEXT
) STRICT;
CREATE TABLE sittings (               -- sessions of people; `sessions` are those of the fee meter
  sitting      TEXT PRIMARY KEY,
  token_sha256 TEXT NOT NULL UNIQUE,
  person       TEXT NOT NULL REFERENCES people (person),
  terminal     TEXT NOT NULL,
  place        TEXT NOT NULL,
  study        TEXT,                  -- null: the office
  factor       TEXT NOT NULL,         -- passkey, totp, none
  opened_at    TEXT NOT NULL,
  seen_at      TEXT NOT NULL,         -- written once a minute
  locked_at    TEXT,
  closed_at    TEXT,
  reason       TEXT
) STRICT;
CREATE INDEX sittings_open ON sittings (person) WHERE closed_at IS NULL;
CREATE TABLE sitting_corrections (    -- of 操作端末利用管理簿: new lines only
  correction_id INTEGER PRIMARY KEY,
  sitting       TEXT REFERENCES sittings (sitting),  -- null: a line about another tool
  body          TEXT NOT NULL,        -- JSON: what is put right, and why
  at            TEXT NOT NULL,
  by            TEXT NOT NULL
) STRICT;
CREATE TABLE questions (
  question  INTEGER PRIMARY KEY,
  study     TEXT NOT NULL,
  person    TEXT NOT NULL,
  sitting   TEXT NOT NULL,
  asked_at  TEXT NOT NULL,
  statement TEXT,                     -- sealed with the study's key; null once erased
  state     TEXT NOT NULL,            -- running, answered, refused, cancelled, failed
  code      TEXT,                     -- of a refusal
  link      INTEGER,
  rows      INTEGER,
  took_ms   INTEGER,
  ended_at  TEXT
) STRICT;
CREATE INDEX questions_of ON questions (study, question);
CREATE TABLE saved_questions (
  saved     INTEGER PRIMARY KEY,
  study     TEXT NOT NULL,
  person    TEXT NOT NULL,
  name      TEXT NOT NULL,
  statement TEXT NOT NULL,            -- sealed with the study's key
  saved_at  TEXT NOT NULL,
  removed_at TEXT
) STRICT;
CREATE TABLE log_reviews (
  review     INTEGER PRIMARY KEY,
  from_entry INTEGER NOT NULL,
  to_entry   INTEGER NOT NULL,
  head       TEXT NOT NULL,           -- hash of the last event that was looked at
  finding    TEXT NOT NULL,
  good       INTEGER NOT NULL,
  at         TEXT NOT NULL,
  by         TEXT NOT NULL
) STRICT;
CREATE TABLE quarantined (            -- sealed packages that were taken in through the server, and what became of them
  delivery    TEXT PRIMARY KEY,       -- its number, and the name of its file below quarantine/STUDY
  study       TEXT NOT NULL,
  sha256      TEXT NOT NULL,
  bytes       INTEGER NOT NULL,
  state       TEXT NOT NULL,          -- received, verified, refused, imported, discarded
  received_at TEXT NOT NULL,
  received_by TEXT NOT NULL,
  body        TEXT NOT NULL,          -- JSON: what the sender states in it, or the code of the refusal
  ended_at    TEXT
) STRICT;
