-- Studies that were stopped at once, and how they went on (4-3-1.incidents). A study has one open suspension at most.

CREATE TABLE suspensions (
  suspension INTEGER PRIMARY KEY,
  study      TEXT NOT NULL REFERENCES studies (study),
  begun_at   TEXT NOT NULL,
  begun_by   TEXT NOT NULL,
  why        TEXT NOT NULL,
  ended_at   TEXT,
  ended_by   TEXT,
  ended_why  TEXT
) STRICT;
CREATE UNIQUE INDEX suspensions_open ON suspensions (study) WHERE ended_at IS NULL;
