-- Closings of provisions: what is left to do of one that was interrupted, and what was destroyed.

CREATE TABLE closings (
  provision   TEXT PRIMARY KEY REFERENCES provisions,
  salt_sha256 TEXT,                    -- of the sealed salt, where it lay here
  begun_at    TEXT NOT NULL,
  finished_at TEXT
) STRICT;
