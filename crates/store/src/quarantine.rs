//! Sealed packages that were taken in through the server and wait for their import.

use jiff::Timestamp;
use rusqlite::{Row, params};
use serde_json::Value;

use crate::column::{count, json, text, time, when};
use crate::{Store, StoreError, Txn};

/// A sealed package in the quarantine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuarantineRecord {
    /// Its number, and the name of its file.
    pub delivery: String,
    /// For which study.
    pub study: String,
    /// Digest of the sealed file.
    pub sha256: String,
    /// Its length.
    pub bytes: u64,
    /// `received`, `verified`, `refused`, `erasing`, `imported` or `discarded`.
    pub state: String,
    /// When it came.
    pub received_at: Timestamp,
    /// Who took it in.
    pub received_by: String,
    /// What the sender states in it, or why it was refused.
    pub body: Value,
    /// When its file was erased.
    pub ended_at: Option<Timestamp>,
}

const ROW: &str = "SELECT delivery, study, sha256, bytes, state, received_at, received_by, body, ended_at FROM quarantined";

fn record(row: &Row<'_>) -> rusqlite::Result<QuarantineRecord> {
    Ok(QuarantineRecord {
        delivery: row.get(0)?,
        study: row.get(1)?,
        sha256: row.get(2)?,
        bytes: row.get::<_, i64>(3)?.unsigned_abs(),
        state: row.get(4)?,
        received_at: time(&row.get::<_, String>(5)?)?,
        received_by: row.get(6)?,
        body: json(&row.get::<_, String>(7)?)?,
        ended_at: when(row, 8)?,
    })
}

impl Store {
    /// What came for a study, newest first.
    pub fn quarantined(&self, study: &str) -> Result<Vec<QuarantineRecord>, StoreError> {
        self.all_rows(
            &format!("{ROW} WHERE study = ?1 ORDER BY received_at DESC, delivery DESC"),
            params![study],
            record,
        )
    }

    /// One that came for a study.
    pub fn delivery(
        &self,
        study: &str,
        delivery: &str,
    ) -> Result<Option<QuarantineRecord>, StoreError> {
        self.one_row(
            &format!("{ROW} WHERE study = ?1 AND delivery = ?2"),
            params![study, delivery],
            record,
        )
    }
}

impl Txn<'_> {
    /// Adds what came.
    pub fn quarantine(&self, record: &QuarantineRecord) -> Result<(), StoreError> {
        let body = text(&record.body).map_err(|error| self.classify(error))?;
        self.must_add(
            "INSERT INTO quarantined (delivery, study, sha256, bytes, state, received_at, received_by, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING",
            params![
                record.delivery,
                record.study,
                record.sha256,
                count(record.bytes),
                record.state,
                record.received_at.to_string(),
                record.received_by,
                body
            ],
            "delivery",
            &record.delivery,
        )
    }

    /// Says what became of one, from the state that it was in.
    pub fn move_delivery(
        &self,
        delivery: &str,
        from: &str,
        to: &str,
        body: &Value,
    ) -> Result<(), StoreError> {
        let body = text(body).map_err(|error| self.classify(error))?;
        self.must_change(
            "UPDATE quarantined SET state = ?3, body = ?4 WHERE delivery = ?1 AND state = ?2 AND ended_at IS NULL",
            params![delivery, from, to, body],
            "delivery",
            delivery,
        )
    }

    /// Its file is erased.
    pub fn end_delivery(&self, delivery: &str, to: &str, at: Timestamp) -> Result<(), StoreError> {
        self.must_change(
            "UPDATE quarantined SET state = ?2, ended_at = ?3 WHERE delivery = ?1 AND ended_at IS NULL",
            params![delivery, to, at.to_string()],
            "delivery",
            delivery,
        )
    }
}
