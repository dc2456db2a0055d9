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
}

fn used(connection: &Connection, provision: &str) -> rusqlite::Result<Used> {
    connection.query_row(
        "SELECT count(DISTINCT request), coalesce(sum(status.value), 0) FROM issues, json_each(issues.counts) AS status
         WHERE provision = ?1",
        params![provision],
        |row| {
            Ok(Used {
                requests: row.get::<_, i64>(0)?.unsigned_abs(),
                rows: row.get::<_, i64>(1)?.unsigned_abs(),
            })
        },
    )
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

fn dry_runs(
    connection: &Connection,
    provision: &str,
    request: &str,
) -> rusqlite::Result<(u64, u64)> {
    connection.query_row(
        "SELECT coalesce(sum(request = ?2), 0), coalesce(sum(rows), 0) FROM dry_runs WHERE provision = ?1",
        params![provision, request],
        |row| {
            Ok((
                row.get::<_, i64>(0)?.unsigned_abs(),
                row.get::<_, i64>(1)?.unsigned_abs(),
            ))
        },
    )
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
        used(&self.connection, provision).map_err(|error| self.classify(error))
    }

    /// The sketch of the persons of a provision, if anything was issued.
    pub fn issue_sketch(&self, provision: &str) -> Result<Option<Vec<u8>>, StoreError> {
        sketch(&self.connection, provision).map_err(|error| self.classify(error))
    }

    /// Every finding of a provision, in the order they were made.
    pub fn issue_findings(&self, provision: &str) -> Result<Vec<FindingRecord>, StoreError> {
        self.connection
            .prepare(
                "SELECT request, provision, finding, found, of, accepted, found_at FROM issue_findings
                 WHERE provision = ?1 ORDER BY rowid",
            )
            .and_then(|mut statement| {
                statement
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
            })
            .map_err(|error| self.classify(error))
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

    /// What a provision used up. Nobody else can use more while this change is open.
    pub fn used(&self, provision: &str) -> Result<Used, StoreError> {
        used(&self.inner, provision).map_err(|error| self.classify(error))
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

    /// Dry runs of a request, and rows of all dry runs of its provision, so far.
    pub fn dry_runs(&self, provision: &str, request: &str) -> Result<(u64, u64), StoreError> {
        dry_runs(&self.inner, provision, request).map_err(|error| self.classify(error))
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
