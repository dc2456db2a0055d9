-- Accepted requests that something keeps from their end (docs/decisions/0021-the-authoritys-service.md).

CREATE TABLE service_holds (
  sha256 TEXT PRIMARY KEY REFERENCES service_requests (sha256),
  code   TEXT NOT NULL,               -- of what the authority has to cure
  since  TEXT NOT NULL,
  asks   INTEGER NOT NULL DEFAULT 0   -- how often an operator asked for another try
) STRICT;
