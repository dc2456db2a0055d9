-- The proof of the state under its party's key, and whom the party trusts (docs/decisions/0022-the-state-is-proven.md).
-- From here on a migration adds tables and nullable columns and changes no row: it runs where no key is.

CREATE TABLE state_proof (
  one    INTEGER PRIMARY KEY CHECK (one = 1),
  sealed TEXT NOT NULL                 -- head of the record and a sum per table, sealed by the party for itself, base64
) STRICT;
CREATE TABLE trusted (
  one  INTEGER PRIMARY KEY CHECK (one = 1),
  list TEXT NOT NULL                   -- the cards that were confirmed, signed by the party itself
) STRICT;
