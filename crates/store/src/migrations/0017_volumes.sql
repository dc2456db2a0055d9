-- Studies whose files lie on a volume of their own, mounted at DIR/studies/STUDY (docs/decisions/0027-the-workspaces-server.md).

CREATE TABLE study_volumes (
  study      TEXT PRIMARY KEY REFERENCES studies (study),
  mounted_by TEXT NOT NULL CHECK (mounted_by IN ('operator', 'server')),
  set_at     TEXT NOT NULL
) STRICT;
