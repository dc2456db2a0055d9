//! What the authority remembers of a provision's requests to hold its controls: amendments, counts, a sketch, findings.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::column::{count, json, time};
use crate::{Store, StoreError, Txn};

/// Changed controls of a provision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Amendment {
    /// The provision.
    pub provision: String,
    /// Counted from 1 within the provision.
    pub number: u64,
    /// The controls from then on, as the authority crate wrote them.
    pub controls: serde_json::Value,
    /// Why.
    pub reason: String,
    /// Who allowed it.
    pub approved_by: String,
    /// When.
    pub amended_at: Timestamp,
}

/// A finding in a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindingRecord {
    /// Package id of the request.
    pub request: String,
    /// The provision.
    pub provision: String,
    /// Its name.
    pub finding: String,
    /// How many rows or numbers it concerns.
    pub found: u64,
    /// Of how many.
    pub of: u64,
    /// Why the operator went on; `None` where it stopped the request.
    pub accepted: Option<String>,
    /// When.
    pub found_at: Timestamp,
}

/// What a provision used up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Used {
    /// Requests answered.
    pub requests: u64,
    /// Rows answered in all of them.
    pub rows: u64,
    /// Rows that were looked up or stopped, and not answered.
    pub unanswered: u64,
}

impl Used {
    /// Rows that count against the quota.
    pub fn counted(&self) -> u64 {
        self.rows.saturating_add(self.unanswered)
    }
}

/// Rows asked in one sealed file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// The provision.
    pub provision: String,
    /// SHA-256 of the sealed file, in hexadecimal.
    pub sha256: String,
    /// Package id of the request.
    pub request: String,
    /// Its rows.
    pub rows: u64,
    /// When.
    pub attempted_at: Timestamp,
}

/// Findings that were left without an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dismissal {
    /// The provision.
    pub provision: String,
    /// How many of its findings, in the order they were made, it is about.
    pub findings: u64,
    /// Why requests may go on.
    pub reason: String,
    /// Who allowed it.
    pub approved_by: String,
    /// When.
    pub dismissed_at: Timestamp,
}

/// What a provision used up, but for what the sealed file with this digest did.
fn used(connection: &Connection, provision: &str, but_for: Option<&str>) -> rusqlite::Result<Used> {
    connection.query_row(
        "SELECT (SELECT count(DISTINCT request) FROM issues WHERE provision = ?1),
                (SELECT coalesce(sum(status.value), 0) FROM issues, json_each(issues.counts) AS status WHERE provision = ?1),
                (SELECT coalesce(sum(rows), 0) FROM issue_attempts WHERE provision = ?1 AND sha256 IS NOT ?2
                 AND sha256 NOT IN (SELECT request_sha256 FROM issues WHERE provision = ?1))",
        params![provision, but_for],
        |row| {
            Ok(Used {
                requests: row.get::<_, i64>(0)?.unsigned_abs(),
                rows: row.get::<_, i64>(1)?.unsigned_abs(),
                unanswered: row.get::<_, i64>(2)?.unsigned_abs(),
            })
        },
    )
}

fn findings(connection: &Connection, provision: &str) -> rusqlite::Result<Vec<FindingRecord>> {
    connection
        .prepare(
            "SELECT request, provision, finding, found, of, accepted, found_at FROM issue_findings
             WHERE provision = ?1 ORDER BY rowid",
        )?
        .query_map(params![provision], |row| {
            Ok(FindingRecord {
                request: row.get(0)?,
                provision: row.get(1)?,
                finding: row.get(2)?,
                found: row.get::<_, i64>(3)?.unsigned_abs(),
                of: row.get::<_, i64>(4)?.unsigned_abs(),
                accepted: row.get(5)?,
                found_at: time(&row.get::<_, String>(6)?)?,
            })
        })?
        .collect()
}

fn dismissals(connection: &Connection, provision: &str) -> rusqlite::Result<Vec<Dismissal>> {
    connection
        .prepare(
            "SELECT provision, findings, reason, approved_by, dismissed_at FROM issue_dismissals
             WHERE provision = ?1 ORDER BY rowid",
        )?
        .query_map(params![provision], |row| {
            Ok(Dismissal {
                provision: row.get(0)?,
                findings: row.get::<_, i64>(1)?.unsigned_abs(),
                reason: row.get(2)?,
                approved_by: row.get(3)?,
                dismissed_at: time(&row.get::<_, String>(4)?)?,
            })
        })?
        .collect()
}

fn sketch(connection: &Connection, provision: &str) -> rusqlite::Result<Option<Vec<u8>>> {
    connection
        .query_row(
            "SELECT persons FROM issue_memory WHERE provision = ?1",
            params![provision],
            |row| row.get(0),
        )
        .optional()
}

impl Store {
    /// Every amendment of a provision, in order.
    pub fn amendments(&self, provision: &str) -> Result<Vec<Amendment>, StoreError> {
        self.connection
            .prepare(
                "SELECT provision, number, controls, reason, approved_by, amended_at FROM amendments
                 WHERE provision = ?1 ORDER BY number",
            )
            .and_then(|mut statement| {
                statement
                    .query_map(params![provision], |row| {
                        Ok(Amendment {
                            provision: row.get(0)?,
                            number: row.get::<_, i64>(1)?.unsigned_abs(),
                            controls: json(&row.get::<_, String>(2)?)?,
                            reason: row.get(3)?,
                            approved_by: row.get(4)?,
                            amended_at: time(&row.get::<_, String>(5)?)?,
                        })
                    })?
                    .collect()
            })
            .map_err(|error| self.classify(error))
    }

    /// What a provision used up.
    pub fn used(&self, provision: &str) -> Result<Used, StoreError> {
        used(&self.connection, provision, None).map_err(|error| self.classify(error))
    }

    /// What a provision used up, but for what the sealed file with this digest did.
    pub fn used_but_for(&self, provision: &str, sha256: &str) -> Result<Used, StoreError> {
        used(&self.connection, provision, Some(sha256)).map_err(|error| self.classify(error))
    }

    /// Whether another sealed file than this was asked under a package id.
    pub fn asked_otherwise(
        &self,
        provision: &str,
        request: &str,
        sha256: &str,
    ) -> Result<bool, StoreError> {
        self.connection
            .query_row(
                "SELECT EXISTS (SELECT 1 FROM issue_attempts WHERE provision = ?1 AND request = ?2 AND sha256 <> ?3)",
                params![provision, request, sha256],
                |row| row.get(0),
            )
            .map_err(|error| self.classify(error))
    }

    /// The sketch of the persons of a provision, if anything was issued.
    pub fn issue_sketch(&self, provision: &str) -> Result<Option<Vec<u8>>, StoreError> {
        sketch(&self.connection, provision).map_err(|error| self.classify(error))
    }

    /// Every finding of a provision, in the order they were made.
    pub fn issue_findings(&self, provision: &str) -> Result<Vec<FindingRecord>, StoreError> {
        findings(&self.connection, provision).map_err(|error| self.classify(error))
    }

    /// Every dismissal of a provision, in order.
    pub fn dismissals(&self, provision: &str) -> Result<Vec<Dismissal>, StoreError> {
        dismissals(&self.connection, provision).map_err(|error| self.classify(error))
    }
}

impl Txn<'_> {
    /// Records changed controls as the next entry, and says its number.
    pub fn amend(&self, amendment: &Amendment) -> Result<u64, StoreError> {
        self.inner
            .query_row(
                "INSERT INTO amendments (provision, number, controls, reason, approved_by, amended_at)
                 SELECT ?1, coalesce(max(number), 0) + 1, ?2, ?3, ?4, ?5 FROM amendments WHERE provision = ?1
                 RETURNING number",
                params![
                    amendment.provision,
                    amendment.controls.to_string(),
                    amendment.reason,
                    amendment.approved_by,
                    amendment.amended_at.to_string()
                ],
                |row| row.get::<_, i64>(0),
            )
            .map(i64::unsigned_abs)
            .map_err(|error| self.classify(error))
    }

    /// As [`Store::used_but_for`]. Nobody else can use more while this change is open.
    pub fn used_but_for(&self, provision: &str, sha256: &str) -> Result<Used, StoreError> {
        used(&self.inner, provision, Some(sha256)).map_err(|error| self.classify(error))
    }

    /// Counts the rows of a sealed file against the quota; says whether they did not count before.
    pub fn attempt(&self, attempt: &Attempt) -> Result<bool, StoreError> {
        self.inner
            .execute(
                "INSERT INTO issue_attempts (provision, sha256, request, rows, attempted_at) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT DO NOTHING",
                params![
                    attempt.provision,
                    attempt.sha256,
                    attempt.request,
                    count(attempt.rows),
                    attempt.attempted_at.to_string()
                ],
            )
            .map(|inserted| inserted > 0)
            .map_err(|error| self.classify(error))
    }

    /// As [`Store::issue_findings`].
    pub fn issue_findings(&self, provision: &str) -> Result<Vec<FindingRecord>, StoreError> {
        findings(&self.inner, provision).map_err(|error| self.classify(error))
    }

    /// As [`Store::dismissals`].
    pub fn dismissals(&self, provision: &str) -> Result<Vec<Dismissal>, StoreError> {
        dismissals(&self.inner, provision).map_err(|error| self.classify(error))
    }

    /// Records that findings were left without an answer.
    pub fn dismiss(&self, dismissal: &Dismissal) -> Result<(), StoreError> {
        self.inner
            .execute(
                "INSERT INTO issue_dismissals (provision, findings, reason, approved_by, dismissed_at)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
                params![
                    dismissal.provision,
                    count(dismissal.findings),
                    dismissal.reason,
                    dismissal.approved_by,
                    dismissal.dismissed_at.to_string()
                ],
            )
            .map(drop)
            .map_err(|error| self.classify(error))
    }

    /// As [`Store::issue_sketch`].
    pub fn issue_sketch(&self, provision: &str) -> Result<Option<Vec<u8>>, StoreError> {
        sketch(&self.inner, provision).map_err(|error| self.classify(error))
    }

    /// The controls the last amendment of a provision set, if there is one.
    pub fn amended_controls(
        &self,
        provision: &str,
    ) -> Result<Option<serde_json::Value>, StoreError> {
        self.inner
            .query_row(
                "SELECT controls FROM amendments WHERE provision = ?1 ORDER BY number DESC LIMIT 1",
                params![provision],
                |row| json(&row.get::<_, String>(0)?),
            )
            .optional()
            .map_err(|error| self.classify(error))
    }

    /// Puts the sketch of the persons of a provision in the place of the one before.
    pub fn remember(&self, provision: &str, persons: &[u8]) -> Result<(), StoreError> {
        self.inner
            .execute(
                "INSERT INTO issue_memory (provision, persons) VALUES (?1, ?2)
                 ON CONFLICT (provision) DO UPDATE SET persons = excluded.persons",
                params![provision, persons],
            )
            .map(drop)
            .map_err(|error| self.classify(error))
    }

    /// Deletes the sketch of a provision, if there is one.
    pub fn forget(&self, provision: &str) -> Result<(), StoreError> {
        self.inner
            .execute(
                "DELETE FROM issue_memory WHERE provision = ?1",
                params![provision],
            )
            .map(drop)
            .map_err(|error| self.classify(error))
    }

    /// Records a finding.
    pub fn find(&self, record: &FindingRecord) -> Result<(), StoreError> {
        self.inner
            .execute(
                "INSERT INTO issue_findings (request, provision, finding, found, of, accepted, found_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                params![
                    record.request,
                    record.provision,
                    record.finding,
                    count(record.found),
                    count(record.of),
                    record.accepted,
                    record.found_at.to_string()
                ],
            )
            .map(drop)
            .map_err(|error| self.classify(error))
    }

    /// Dry runs of a request so far.
    pub fn dry_runs(&self, provision: &str, request: &str) -> Result<u64, StoreError> {
        self.inner
            .query_row(
                "SELECT count(*) FROM dry_runs WHERE provision = ?1 AND request = ?2",
                params![provision, request],
                |row| row.get::<_, i64>(0),
            )
            .map(i64::unsigned_abs)
            .map_err(|error| self.classify(error))
    }

    /// Records a dry run.
    pub fn dry_run(
        &self,
        provision: &str,
        request: &str,
        rows: u64,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.inner
            .execute(
                "INSERT INTO dry_runs (request, provision, rows, run_at) VALUES (?1, ?2, ?3, ?4)",
                params![request, provision, count(rows), at.to_string()],
            )
            .map(drop)
            .map_err(|error| self.classify(error))
    }
}
