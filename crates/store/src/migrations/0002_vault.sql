-- The vault (docs/decisions/0011-vault-and-table-files.md), cohorts, row-level results, reference tables.

CREATE TABLE vault_studies (
  study    TEXT PRIMARY KEY REFERENCES studies,
  wrapped  TEXT NOT NULL,              -- the study's key under the vault key, base64
  sequence INTEGER NOT NULL,           -- changes of the catalogue; 0 when the key was made
  mac      TEXT NOT NULL               -- HMAC-SHA256 of sequence and every row of vault_files, hex
) STRICT;
CREATE TABLE vault_files (
  study      TEXT NOT NULL REFERENCES vault_studies,
  table_name TEXT NOT NULL,
  file       TEXT NOT NULL,
  version    INTEGER NOT NULL,
  path       TEXT NOT NULL,            -- below the party's directory
  bytes      INTEGER NOT NULL,
  sha256     TEXT NOT NULL,
  wrapped    TEXT NOT NULL,            -- the file's key under the study's, base64
  PRIMARY KEY (study, table_name, file, version)
) STRICT;

CREATE TABLE cohorts (
  study   TEXT NOT NULL REFERENCES studies,
  name    TEXT NOT NULL,
  version INTEGER NOT NULL,
  persons INTEGER NOT NULL,
  link    INTEGER NOT NULL,            -- version of the link whose persons these are
  made_at TEXT NOT NULL,
  PRIMARY KEY (study, name, version)
) STRICT;

ALTER TABLE studies ADD COLUMN row_level TEXT;        -- JSON: cap, approved_by, reason; NULL while off
ALTER TABLE study_tables ADD COLUMN source TEXT;      -- of a reference table: where its content was published
ALTER TABLE study_tables ADD COLUMN approved_by TEXT; -- of a reference table: who confirmed that it holds no person
