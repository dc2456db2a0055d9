-- The two custodians of an authority.

CREATE TABLE epochs (
  epoch    INTEGER PRIMARY KEY,        -- counted from 1
  begun_at TEXT NOT NULL,
  ended_at TEXT                        -- when its roots were destroyed
) STRICT;
CREATE TABLE counterparts (
  provision   TEXT PRIMARY KEY REFERENCES provisions,
  fingerprint TEXT NOT NULL            -- of the other custodian: the resolver's at the issuer, the issuer's at the resolver
) STRICT;
