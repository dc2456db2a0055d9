-- Reports that were made of what the server shows, and 作成帳票管理簿 (docs/decisions/0027-the-workspaces-server.md).

CREATE TABLE reports (
  study    TEXT NOT NULL,
  number   INTEGER NOT NULL,          -- in its study from 1 on, none left out, none used again
  kind     TEXT NOT NULL,             -- answer, link, catalogue
  title    TEXT NOT NULL,
  note     TEXT,
  source   INTEGER,                   -- the question, or the version of the link
  person   TEXT NOT NULL,
  sitting  TEXT NOT NULL,
  terminal TEXT NOT NULL,
  place    TEXT NOT NULL,
  made_at  TEXT NOT NULL,
  copies   INTEGER NOT NULL,
  digest   TEXT NOT NULL,             -- of what it shows, under the study's key
  PRIMARY KEY (study, number)
) STRICT;
CREATE TABLE report_lines (           -- what became of them: new lines only
  line     INTEGER PRIMARY KEY,
  study    TEXT NOT NULL,
  number   INTEGER NOT NULL,
  corrects INTEGER REFERENCES report_lines (line),
  body     TEXT NOT NULL,             -- JSON: where it is kept, how it was disposed of, or what is put right
  at       TEXT NOT NULL,
  by       TEXT NOT NULL,
  FOREIGN KEY (study, number) REFERENCES reports (study, number)
) STRICT;
CREATE INDEX report_lines_of ON report_lines (study, number);
