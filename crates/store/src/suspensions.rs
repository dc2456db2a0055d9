//! Studies that were stopped at once.

use jiff::Timestamp;
use rusqlite::{Row, params};

use crate::column::time;
use crate::{Store, StoreError, Txn};

/// A suspension that nobody has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suspension {
    /// The study.
    pub study: String,
    /// Since when.
    pub begun_at: Timestamp,
    /// By whom.
    pub begun_by: String,
    /// Why, in their words.
    pub why: String,
}

fn suspension(row: &Row<'_>) -> rusqlite::Result<Suspension> {
    Ok(Suspension {
        study: row.get(0)?,
        begun_at: time(&row.get::<_, String>(1)?)?,
        begun_by: row.get(2)?,
        why: row.get(3)?,
    })
}

impl Store {
    /// The open suspension of a study, if it is suspended.
    pub fn suspension(&self, study: &str) -> Result<Option<Suspension>, StoreError> {
        self.one_row(
            "SELECT study, begun_at, begun_by, why FROM suspensions WHERE study = ?1 AND ended_at IS NULL",
            [study],
            suspension,
        )
    }
}

impl Txn<'_> {
    /// Suspends a study that isn't suspended.
    pub fn suspend_study(&self, begun: &Suspension) -> Result<(), StoreError> {
        self.must_change(
            "INSERT INTO suspensions (study, begun_at, begun_by, why) SELECT ?1, ?2, ?3, ?4
             WHERE NOT EXISTS (SELECT 1 FROM suspensions WHERE study = ?1 AND ended_at IS NULL)",
            params![
                begun.study,
                begun.begun_at.to_string(),
                begun.begun_by,
                begun.why
            ],
            "study",
            &begun.study,
        )
    }

    /// Ends the open suspension of a study.
    pub fn end_suspension(
        &self,
        study: &str,
        by: &str,
        why: &str,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.must_change(
            "UPDATE suspensions SET ended_at = ?2, ended_by = ?3, ended_why = ?4 WHERE study = ?1 AND ended_at IS NULL",
            params![study, at.to_string(), by, why],
            "suspension",
            study,
        )
    }
}
