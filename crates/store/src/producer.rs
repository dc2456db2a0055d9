//! What a producer keeps: its certification, requests and their maps, the terms of each provision, attached tables.

use jiff::Timestamp;
use renketsu_identity::{KanaMode, KeyCheckValues};
use rusqlite::types::Type;
use rusqlite::{Error, OptionalExtension as _, Row, params};

use crate::column::{count, json, text, time};
use crate::{Store, StoreError, Txn};

/// The certification under which the producer works (法9条 / 33条).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificationRecord {
    /// `anonymized` or `pseudonymized`.
    pub kind: String,
    /// Its number.
    pub number: String,
    /// `19-1` or `47-1`: the paragraph under which the data are made.
    pub ground: String,
}

/// A request sent to the authority and the map that belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestRecord {
    /// The request's package id.
    pub package_id: String,
    /// The provision it asks for.
    pub provision: String,
    /// The sealed map, below the party's directory.
    pub map_file: String,
    /// Rows asked for.
    pub rows: u64,
    /// When.
    pub requested_at: Timestamp,
    /// The answer that was attached.
    pub answered_by: Option<String>,
    /// When the map was destroyed.
    pub destroyed_at: Option<Timestamp>,
}

/// What the first answer said of a provision; later answers must say the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvisionTerms {
    /// The provision.
    pub provision: String,
    /// Its study.
    pub study: String,
    /// The key check values of its IDs.
    pub kcv: KeyCheckValues,
    /// How its kana IDs are made.
    pub kana_mode: KanaMode,
    /// The recipient's name.
    pub recipient_name: String,
    /// The recipient's fingerprint.
    pub recipient_fingerprint: String,
    /// The item of 令7条 under which the recipient may receive.
    pub recipient_item: String,
    /// The public databases the tables may be linked with (令8条).
    pub databases: Vec<String>,
}

/// A provision without a key of its own is of the mode that always was.
fn kana_mode(key: Option<String>) -> rusqlite::Result<KanaMode> {
    let Some(key) = key else {
        return Ok(KanaMode::Keyed);
    };
    key.parse()
        .map(KanaMode::Verifiable)
        .map_err(|error| Error::FromSqlConversionFailure(6, Type::Text, Box::new(error)))
}

/// A table with IDs, kept sealed until it is delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttachedTable {
    /// The provision.
    pub provision: String,
    /// The table's name.
    pub name: String,
    /// The sealed file, below the party's directory.
    pub file: String,
    /// Its rows.
    pub rows: u64,
    /// The answer its IDs came from.
    pub answer: String,
    /// When.
    pub attached_at: Timestamp,
    /// The delivery that carried it.
    pub delivered_in: Option<String>,
}

fn request(row: &Row<'_>) -> rusqlite::Result<RequestRecord> {
    Ok(RequestRecord {
        package_id: row.get(0)?,
        provision: row.get(1)?,
        map_file: row.get(2)?,
        rows: row.get::<_, i64>(3)?.unsigned_abs(),
        requested_at: time(&row.get::<_, String>(4)?)?,
        answered_by: row.get(5)?,
        destroyed_at: row
            .get::<_, Option<String>>(6)?
            .as_deref()
            .map(time)
            .transpose()?,
    })
}

const REQUEST: &str = "SELECT package_id, provision, map_file, rows, requested_at, answered_by, destroyed_at FROM requests";

impl Store {
    /// The certification, if one was recorded.
    pub fn certification(&self) -> Result<Option<CertificationRecord>, StoreError> {
        self.connection
            .query_row(
                "SELECT kind, number, ground FROM certification",
                [],
                |row| {
                    Ok(CertificationRecord {
                        kind: row.get(0)?,
                        number: row.get(1)?,
                        ground: row.get(2)?,
                    })
                },
            )
            .optional()
            .map_err(|error| self.classify(error))
    }

    /// One request.
    pub fn request(&self, package_id: &str) -> Result<Option<RequestRecord>, StoreError> {
        self.one_row(
            &format!("{REQUEST} WHERE package_id = ?1"),
            params![package_id],
            request,
        )
    }

    /// Every request, oldest first.
    pub fn requests(&self) -> Result<Vec<RequestRecord>, StoreError> {
        self.all_rows(
            &format!("{REQUEST} ORDER BY requested_at, package_id"),
            [],
            request,
        )
    }

    /// Whether a request was made to remove persons.
    pub fn is_removal(&self, request: &str) -> Result<bool, StoreError> {
        self.connection
            .query_row(
                "SELECT EXISTS (SELECT 1 FROM removals WHERE request = ?1)",
                params![request],
                |row| row.get(0),
            )
            .map_err(|error| self.classify(error))
    }

    /// Whether an answer is to a request that was made to remove persons.
    pub fn answers_removal(&self, answer: &str) -> Result<bool, StoreError> {
        self.connection
            .query_row(
                "SELECT EXISTS (SELECT 1 FROM removals JOIN requests ON package_id = request WHERE answered_by = ?1)",
                params![answer],
                |row| row.get(0),
            )
            .map_err(|error| self.classify(error))
    }

    /// The terms of a provision, once an answer said them.
    pub fn provision_terms(&self, provision: &str) -> Result<Option<ProvisionTerms>, StoreError> {
        self.connection
            .query_row(
                "SELECT study, kcv, recipient_name, recipient_fingerprint, recipient_item, databases, public_key FROM provision_terms LEFT JOIN kana_keys USING (provision) WHERE provision = ?1",
                params![provision],
                |row| {
                    Ok(ProvisionTerms {
                        provision: provision.to_owned(),
                        study: row.get(0)?,
                        kcv: json(&row.get::<_, String>(1)?)?,
                        kana_mode: kana_mode(row.get(6)?)?,
                        recipient_name: row.get(2)?,
                        recipient_fingerprint: row.get(3)?,
                        recipient_item: row.get(4)?,
                        databases: json(&row.get::<_, String>(5)?)?,
                    })
                },
            )
            .optional()
            .map_err(|error| self.classify(error))
    }

    /// The tables of a provision that carry IDs, by name.
    pub fn attached_tables(&self, provision: &str) -> Result<Vec<AttachedTable>, StoreError> {
        self.connection
            .prepare(
                "SELECT name, file, rows, answer, attached_at, delivered_in FROM attached_tables WHERE provision = ?1 ORDER BY name",
            )
            .and_then(|mut statement| {
                statement
                    .query_map(params![provision], |row| {
                        Ok(AttachedTable {
                            provision: provision.to_owned(),
                            name: row.get(0)?,
                            file: row.get(1)?,
                            rows: row.get::<_, i64>(2)?.unsigned_abs(),
                            answer: row.get(3)?,
                            attached_at: time(&row.get::<_, String>(4)?)?,
                            delivered_in: row.get(5)?,
                        })
                    })?
                    .collect()
            })
            .map_err(|error| self.classify(error))
    }
}

impl Txn<'_> {
    /// Records the certification, in place of an earlier one.
    pub fn certify(&self, record: &CertificationRecord, at: Timestamp) -> Result<(), StoreError> {
        self.inner
            .execute(
                "INSERT INTO certification (one, kind, number, ground, recorded_at) VALUES (1, ?1, ?2, ?3, ?4)
                 ON CONFLICT (one) DO UPDATE SET kind = ?1, number = ?2, ground = ?3, recorded_at = ?4",
                params![record.kind, record.number, record.ground, at.to_string()],
            )
            .map_err(|error| self.classify(error))?;
        Ok(())
    }

    /// Whether a request is recorded; true also for one that was answered.
    pub fn knows_request(&self, package_id: &str) -> Result<bool, StoreError> {
        self.inner
            .query_row(
                "SELECT 1 FROM requests WHERE package_id = ?1",
                params![package_id],
                |_| Ok(()),
            )
            .optional()
            .map(|found| found.is_some())
            .map_err(|error| self.classify(error))
    }

    /// The number the next package to `recipient` gets; nobody else gets it while this change is open.
    pub fn next_sequence(&self, recipient: &str) -> Result<u64, StoreError> {
        self.inner
            .query_row(
                "SELECT coalesce(max(sequence), 0) + 1 FROM packages_sent WHERE recipient = ?1",
                params![recipient],
                |row| row.get::<_, i64>(0),
            )
            .map(i64::unsigned_abs)
            .map_err(|error| self.classify(error))
    }

    /// Records a request.
    pub fn request(&self, record: &RequestRecord) -> Result<(), StoreError> {
        self.inner
            .execute(
                "INSERT INTO requests (package_id, provision, map_file, rows, requested_at) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![
                    record.package_id,
                    record.provision,
                    record.map_file,
                    count(record.rows),
                    record.requested_at.to_string()
                ],
            )
            .map_err(|error| self.classify(error))?;
        Ok(())
    }

    /// Records that a recorded request is made to remove the persons of so many keys.
    pub fn removal(&self, request: &str, keys: u64) -> Result<(), StoreError> {
        self.inner
            .execute(
                "INSERT INTO removals (request, keys) VALUES (?1, ?2)",
                params![request, count(keys)],
            )
            .map(drop)
            .map_err(|error| self.classify(error))
    }

    /// Records that a request was answered and its map destroyed.
    pub fn answer_request(
        &self,
        request: &str,
        answer: &str,
        destroyed_at: Timestamp,
    ) -> Result<(), StoreError> {
        let changed = self
            .inner
            .execute(
                "UPDATE requests SET answered_by = ?2, destroyed_at = ?3 WHERE package_id = ?1 AND destroyed_at IS NULL",
                params![request, answer, destroyed_at.to_string()],
            )
            .map_err(|error| self.classify(error))?;
        if changed == 0 {
            return Err(StoreError::Missing {
                what: "request",
                name: request.to_owned(),
            });
        }
        Ok(())
    }

    /// Records the terms of a provision at its first answer.
    pub fn agree(&self, terms: &ProvisionTerms) -> Result<(), StoreError> {
        let kcv = text(&terms.kcv).map_err(|error| self.classify(error))?;
        let databases = text(&terms.databases).map_err(|error| self.classify(error))?;
        self.inner
            .execute(
                "INSERT INTO provision_terms (provision, study, kcv, recipient_name, recipient_fingerprint, recipient_item, databases) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                params![
                    terms.provision,
                    terms.study,
                    kcv,
                    terms.recipient_name,
                    terms.recipient_fingerprint,
                    terms.recipient_item,
                    databases
                ],
            )
            .map_err(|error| self.classify(error))?;
        if let Some(key) = terms.kana_mode.public_key() {
            self.inner
                .execute(
                    "INSERT INTO kana_keys (provision, public_key) VALUES (?1, ?2)",
                    params![terms.provision, key.to_string()],
                )
                .map_err(|error| self.classify(error))?;
        }
        Ok(())
    }

    /// Whether a table of that name is recorded for the provision.
    pub fn has_attached(&self, provision: &str, name: &str) -> Result<bool, StoreError> {
        self.inner
            .query_row(
                "SELECT 1 FROM attached_tables WHERE provision = ?1 AND name = ?2",
                params![provision, name],
                |_| Ok(()),
            )
            .optional()
            .map(|found| found.is_some())
            .map_err(|error| self.classify(error))
    }

    /// Records a table with IDs; a name taken in this provision is [`StoreError::Exists`].
    pub fn attach(&self, table: &AttachedTable) -> Result<(), StoreError> {
        let changed = self
            .inner
            .execute(
                "INSERT INTO attached_tables (provision, name, file, rows, answer, attached_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT DO NOTHING",
                params![
                    table.provision,
                    table.name,
                    table.file,
                    count(table.rows),
                    table.answer,
                    table.attached_at.to_string()
                ],
            )
            .map_err(|error| self.classify(error))?;
        if changed == 0 {
            return Err(StoreError::Exists {
                what: "attached table",
                name: table.name.clone(),
            });
        }
        Ok(())
    }

    /// Records that attached tables went out in a delivery.
    pub fn deliver(
        &self,
        provision: &str,
        names: &[String],
        package_id: &str,
    ) -> Result<(), StoreError> {
        for name in names {
            let changed = self
                .inner
                .execute(
                    "UPDATE attached_tables SET delivered_in = ?3 WHERE provision = ?1 AND name = ?2",
                    params![provision, name, package_id],
                )
                .map_err(|error| self.classify(error))?;
            if changed == 0 {
                return Err(StoreError::Missing {
                    what: "attached table",
                    name: name.clone(),
                });
            }
        }
        Ok(())
    }
}
