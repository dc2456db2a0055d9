-- Issue controls (docs/decisions/0017-issue-controls.md): counts, and a sketch that tells how many, never who.

CREATE TABLE amendments (
  provision   TEXT NOT NULL REFERENCES provisions,
  number      INTEGER NOT NULL,        -- from 1 within the provision; the last one holds
  controls    TEXT NOT NULL,           -- JSON, as the authority crate wrote it
  reason      TEXT NOT NULL,
  approved_by TEXT NOT NULL,
  amended_at  TEXT NOT NULL,
  PRIMARY KEY (provision, number)
) STRICT;
CREATE TABLE issue_memory (
  provision TEXT PRIMARY KEY REFERENCES provisions,
  persons   BLOB NOT NULL              -- sketch of the IDs issued; deleted when the provision closes
) STRICT;
CREATE TABLE issue_findings (
  request   TEXT NOT NULL,
  provision TEXT NOT NULL,
  finding   TEXT NOT NULL,
  found     INTEGER NOT NULL,
  of        INTEGER NOT NULL,
  accepted  TEXT,                      -- the reason; NULL where it stopped the request
  found_at  TEXT NOT NULL
) STRICT;
CREATE TABLE dry_runs (
  request   TEXT NOT NULL,
  provision TEXT NOT NULL,
  rows      INTEGER NOT NULL,
  run_at    TEXT NOT NULL
) STRICT;
