-- The authority's service (docs/decisions/0021-the-authoritys-service.md).

CREATE TABLE service_certificates (
  sha256      TEXT PRIMARY KEY,        -- of the certificate in DER
  certificate TEXT NOT NULL,           -- DER, base64
  producer    TEXT NOT NULL,           -- fingerprint of the card that vouched for it
  enrolled_at TEXT NOT NULL,
  revoked_at  TEXT
) STRICT;
CREATE TABLE service_requests (
  place         INTEGER PRIMARY KEY,   -- the order they are answered in
  sha256        TEXT NOT NULL UNIQUE,  -- of the sealed request
  sender        TEXT NOT NULL,         -- fingerprint
  package       TEXT NOT NULL,
  provision     TEXT NOT NULL,
  bytes         INTEGER NOT NULL,
  accepted_at   TEXT NOT NULL,
  refused       TEXT,                  -- the code of the refusal
  answer        TEXT,                  -- package id of the answer
  answer_sha256 TEXT,
  answer_bytes  INTEGER,
  expires_at    TEXT,                  -- from when on the answer isn't kept any more
  ended_at      TEXT,                  -- NULL while it waits for its end
  fetched_at    TEXT,                  -- when the sender first asked for the answer
  CHECK (ended_at IS NULL OR (refused IS NULL) <> (answer IS NULL))
) STRICT;
CREATE INDEX service_requests_waiting ON service_requests (place) WHERE ended_at IS NULL;
