-- The public key of a provision's kana IDs, where they are verifiable (docs/decisions/0025-verifiable-kana-id.md).

CREATE TABLE kana_keys (
  provision  TEXT PRIMARY KEY REFERENCES provision_terms,
  public_key TEXT NOT NULL             -- 64 hexadecimal digits, as the first answer said it
) STRICT;
