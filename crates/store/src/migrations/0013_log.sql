-- The signed log: from here on an event's body is an entry of the log, and its details lie beside it.

ALTER TABLE events ADD COLUMN entry INTEGER;  -- index in the log; null for events of before it
CREATE TABLE event_details (
  entry   INTEGER PRIMARY KEY,
  salt    TEXT NOT NULL,               -- hex; drawn for this row alone, and goes with it
  details TEXT NOT NULL                -- JSON object; the entry holds SHA-256("renketsu/details/1" || 00 || salt || details)
) STRICT;
