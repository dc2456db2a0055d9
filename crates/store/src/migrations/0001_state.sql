-- The state of one party. Times are UTC, RFC 3339 text; digests and fingerprints lower-case hex text.

CREATE TABLE events (
  seq      INTEGER PRIMARY KEY,
  body     TEXT NOT NULL,              -- JSON with sorted keys: at, action, object, details
  previous TEXT NOT NULL,              -- hash of the entry before; 64 zeros for the first
  hash     TEXT NOT NULL UNIQUE        -- SHA-256("renketsu/event/1" || 00 || previous || body)
) STRICT;
CREATE TRIGGER events_keep   BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
CREATE TRIGGER events_remain BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;

CREATE TABLE packages_seen (
  package_id TEXT NOT NULL,
  part       TEXT NOT NULL,            -- the table taken from the package, or '' for the whole
  kind       TEXT NOT NULL,
  sender     TEXT NOT NULL,            -- fingerprint
  sequence   INTEGER NOT NULL,
  seen_at    TEXT NOT NULL,
  PRIMARY KEY (package_id, part)
) STRICT;

CREATE TABLE packages_sent (
  package_id TEXT PRIMARY KEY,
  kind       TEXT NOT NULL,
  provision  TEXT NOT NULL,
  recipient  TEXT NOT NULL,            -- fingerprint
  sequence   INTEGER NOT NULL,
  sha256     TEXT NOT NULL,
  sent_at    TEXT NOT NULL,
  UNIQUE (recipient, sequence)
) STRICT;

-- producer
CREATE TABLE certification (
  one         INTEGER PRIMARY KEY CHECK (one = 1),
  kind        TEXT NOT NULL,
  number      TEXT NOT NULL,
  ground      TEXT NOT NULL,
  recorded_at TEXT NOT NULL
) STRICT;
CREATE TABLE requests (
  package_id   TEXT PRIMARY KEY,
  provision    TEXT NOT NULL,
  map_file     TEXT NOT NULL,          -- below the party's directory
  rows         INTEGER NOT NULL,
  requested_at TEXT NOT NULL,
  answered_by  TEXT,                   -- package id of the answer that was attached
  destroyed_at TEXT                    -- when the map was destroyed
) STRICT;
CREATE TABLE provision_terms (
  provision             TEXT PRIMARY KEY,
  study                 TEXT NOT NULL,
  kcv                   TEXT NOT NULL, -- JSON {"number":"…","kana":"…"}
  recipient_name        TEXT NOT NULL,
  recipient_fingerprint TEXT NOT NULL,
  recipient_item        TEXT NOT NULL, -- item of 令7条
  databases             TEXT NOT NULL  -- JSON: databases of 令8条
) STRICT;
CREATE TABLE attached_tables (
  provision    TEXT NOT NULL,
  name         TEXT NOT NULL,
  file         TEXT NOT NULL,
  rows         INTEGER NOT NULL,
  answer       TEXT NOT NULL,
  attached_at  TEXT NOT NULL,
  delivered_in TEXT,
  PRIMARY KEY (provision, name)
) STRICT;

-- authority
CREATE TABLE provisions (
  provision TEXT PRIMARY KEY,
  body      TEXT NOT NULL,             -- JSON: study, producer, certification, recipient, databases, epoch, kcv
  study     TEXT NOT NULL,
  state     TEXT NOT NULL CHECK (state IN ('open', 'closed')),
  opened_at TEXT NOT NULL
) STRICT;
CREATE TABLE registry_versions (
  version   INTEGER PRIMARY KEY,
  file      TEXT NOT NULL,
  rows      INTEGER NOT NULL,
  persons   INTEGER NOT NULL,
  digest    TEXT NOT NULL,             -- SHA-256 of the file as it was read
  accepted  TEXT NOT NULL,             -- JSON: findings the operator accepted, by kind and count
  loaded_at TEXT NOT NULL
) STRICT;
CREATE TABLE issues (
  request  TEXT PRIMARY KEY,           -- package ids and digests, and counts; never a row
  answer   TEXT NOT NULL,
  provision TEXT NOT NULL,
  registry INTEGER NOT NULL,
  counts   TEXT NOT NULL,
  request_sha256 TEXT NOT NULL,
  answer_sha256  TEXT NOT NULL,
  issued_at TEXT NOT NULL
) STRICT;
CREATE TABLE stamps (
  extract   TEXT PRIMARY KEY,
  provision TEXT NOT NULL,
  database  TEXT NOT NULL,
  approval  TEXT NOT NULL,
  registry  INTEGER NOT NULL,
  counts    TEXT NOT NULL,
  extract_sha256 TEXT NOT NULL,
  stamped_at TEXT NOT NULL
) STRICT;

-- workspace
CREATE TABLE studies (
  study      TEXT PRIMARY KEY,
  provision  TEXT NOT NULL UNIQUE,     -- a provision belongs to exactly one study
  kcv        TEXT,
  kcv_proven INTEGER NOT NULL DEFAULT 0,
  created_at TEXT NOT NULL
) STRICT;
CREATE TABLE study_tables (
  study       TEXT NOT NULL REFERENCES studies,
  name        TEXT NOT NULL,
  version     INTEGER NOT NULL,
  kind        TEXT NOT NULL,
  directory   TEXT NOT NULL,
  origin      TEXT NOT NULL,           -- JSON: package or plain file, sender, approval number, KCV
  report      TEXT NOT NULL,
  imported_at TEXT NOT NULL,
  PRIMARY KEY (study, name, version)
) STRICT;
CREATE TABLE links (
  study     TEXT NOT NULL REFERENCES studies,
  version   INTEGER NOT NULL,
  directory TEXT NOT NULL,
  tables    TEXT NOT NULL,             -- JSON: name and version of each table linked
  report    TEXT NOT NULL,
  linked_at TEXT NOT NULL,
  PRIMARY KEY (study, version)
) STRICT;
