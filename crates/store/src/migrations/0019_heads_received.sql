-- The head of its sender's log that each package carried (docs/decisions/0026-the-signed-log.md): new rows only.

CREATE TABLE heads_received (
  line        INTEGER PRIMARY KEY,
  sender      TEXT NOT NULL,          -- fingerprint
  entries     INTEGER NOT NULL,
  root        TEXT NOT NULL,          -- base64
  checkpoint  TEXT NOT NULL,          -- as it was signed
  package_id  TEXT NOT NULL,
  sequence    INTEGER NOT NULL,       -- the sender's number for the package
  received_at TEXT NOT NULL,
  doubt       TEXT CHECK (doubt IN ('forked', 'shrunk')),
  UNIQUE (sender, package_id)
) STRICT;
