-- Versions of the registry: what each is made of, and which one a provision is held to.

ALTER TABLE registry_versions ADD COLUMN parent INTEGER;    -- the version whose layers lie below this one's; NULL: it stands alone
ALTER TABLE registry_versions ADD COLUMN content TEXT;      -- SHA-256 of the canonical content, however it was reached
ALTER TABLE registry_versions ADD COLUMN pruned_at TEXT;    -- when its files were destroyed

CREATE TABLE provision_registry (
  provision TEXT PRIMARY KEY REFERENCES provisions,
  version   INTEGER NOT NULL REFERENCES registry_versions,
  pinned_at TEXT NOT NULL
) STRICT;
