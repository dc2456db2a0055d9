//! What the authority keeps: provisions, and of each answer counts and digests only.

use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, Row, params};

use crate::column::{count, json, time};
use crate::{Store, StoreError, Txn};

/// A provision (提供): one producer, one recipient, one study.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvisionRecord {
    /// Its identifier.
    pub provision: String,
    /// The study it belongs to.
    pub study: String,
    /// Everything else that was fixed when it opened, as the authority crate wrote it.
    pub body: serde_json::Value,
    /// Whether IDs may still be issued.
    pub open: bool,
    /// When it opened.
    pub opened_at: Timestamp,
}

/// What remains of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssueRecord {
    /// Package id of the request.
    pub request: String,
    /// Package id of the answer.
    pub answer: String,
    /// The provision.
    pub provision: String,
    /// The registry version used.
    pub registry: u64,
    /// Rows by status.
    pub counts: serde_json::Value,
    /// Digest of the sealed request.
    pub request_sha256: String,
    /// Digest of the sealed answer.
    pub answer_sha256: String,
    /// When.
    pub issued_at: Timestamp,
}

/// What remains of a stamped extract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StampRecord {
    /// Package id of the extract.
    pub extract: String,
    /// The provision.
    pub provision: String,
    /// The public database.
    pub database: String,
    /// Its approval number.
    pub approval: String,
    /// The registry version used.
    pub registry: u64,
    /// Rows by outcome.
    pub counts: serde_json::Value,
    /// Digest of the sealed extract.
    pub extract_sha256: String,
    /// When.
    pub stamped_at: Timestamp,
}

fn provision(row: &Row<'_>) -> rusqlite::Result<ProvisionRecord> {
    Ok(ProvisionRecord {
        provision: row.get(0)?,
        study: row.get(1)?,
        body: json(&row.get::<_, String>(2)?)?,
        open: row.get::<_, String>(3)? == "open",
        opened_at: time(&row.get::<_, String>(4)?)?,
    })
}

const PROVISION: &str = "SELECT provision, study, body, state, opened_at FROM provisions";

impl Store {
    /// One provision.
    pub fn provision(&self, id: &str) -> Result<Option<ProvisionRecord>, StoreError> {
        self.one_row(
            &format!("{PROVISION} WHERE provision = ?1"),
            params![id],
            provision,
        )
    }

    /// Every provision by identifier.
    pub fn provisions(&self) -> Result<Vec<ProvisionRecord>, StoreError> {
        self.all_rows(&format!("{PROVISION} ORDER BY provision"), [], provision)
    }
}

impl Txn<'_> {
    /// Records a provision; a taken identifier is [`StoreError::Exists`].
    pub fn open_provision(&self, record: &ProvisionRecord) -> Result<(), StoreError> {
        let changed = self
            .inner
            .execute(
                "INSERT INTO provisions (provision, body, study, state, opened_at) VALUES (?1, ?2, ?3, 'open', ?4)
                 ON CONFLICT DO NOTHING",
                params![record.provision, record.body.to_string(), record.study, record.opened_at.to_string()],
            )
            .map_err(|error| self.classify(error))?;
        if changed == 0 {
            return Err(StoreError::Exists {
                what: "provision",
                name: record.provision.clone(),
            });
        }
        Ok(())
    }

    /// As [`Store::provision`]. Nobody else can close it while this change is open.
    pub fn provision(&self, id: &str) -> Result<Option<ProvisionRecord>, StoreError> {
        self.inner
            .query_row(
                &format!("{PROVISION} WHERE provision = ?1"),
                params![id],
                provision,
            )
            .optional()
            .map_err(|error| self.classify(error))
    }

    /// Closes a provision.
    pub fn close_provision(&self, id: &str) -> Result<(), StoreError> {
        let changed = self
            .inner
            .execute(
                "UPDATE provisions SET state = 'closed' WHERE provision = ?1 AND state = 'open'",
                params![id],
            )
            .map_err(|error| self.classify(error))?;
        if changed == 0 {
            return Err(StoreError::Missing {
                what: "provision",
                name: id.to_owned(),
            });
        }
        Ok(())
    }

    /// Records an answer; the same request twice is [`StoreError::Replayed`].
    pub fn issue(&self, record: &IssueRecord) -> Result<(), StoreError> {
        let changed = self
            .inner
            .execute(
                "INSERT INTO issues (request, answer, provision, registry, counts, request_sha256, answer_sha256, issued_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                 ON CONFLICT DO NOTHING",
                params![
                    record.request,
                    record.answer,
                    record.provision,
                    count(record.registry),
                    record.counts.to_string(),
                    record.request_sha256,
                    record.answer_sha256,
                    record.issued_at.to_string()
                ],
            )
            .map_err(|error| self.classify(error))?;
        if changed == 0 {
            return Err(StoreError::Replayed {
                package: record.request.clone(),
                part: String::new(),
            });
        }
        Ok(())
    }

    /// Records a stamped extract.
    pub fn stamp(&self, record: &StampRecord) -> Result<(), StoreError> {
        self.inner
            .execute(
                "INSERT INTO stamps (extract, provision, database, approval, registry, counts, extract_sha256, stamped_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                params![
                    record.extract,
                    record.provision,
                    record.database,
                    record.approval,
                    count(record.registry),
                    record.counts.to_string(),
                    record.extract_sha256,
                    record.stamped_at.to_string()
                ],
            )
            .map_err(|error| self.classify(error))?;
        Ok(())
    }
}
