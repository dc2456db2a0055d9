-- What counts although nothing was answered, and what the operator decided about findings (docs/decisions/0017-issue-controls.md).

CREATE TABLE issue_attempts (
  provision    TEXT NOT NULL REFERENCES provisions,
  sha256       TEXT NOT NULL,          -- of the sealed file: the same file again is the same attempt
  request      TEXT NOT NULL,
  rows         INTEGER NOT NULL,
  attempted_at TEXT NOT NULL,
  PRIMARY KEY (provision, sha256)
) STRICT;
CREATE TABLE issue_dismissals (
  provision    TEXT NOT NULL REFERENCES provisions,
  findings     INTEGER NOT NULL,       -- of the provision so far: what was found later is not dismissed
  reason       TEXT NOT NULL,
  approved_by  TEXT NOT NULL,
  dismissed_at TEXT NOT NULL
) STRICT;
CREATE TABLE removals (                  -- at the producer: requests made to remove persons
  request TEXT PRIMARY KEY REFERENCES requests,
  keys    INTEGER NOT NULL
) STRICT;
