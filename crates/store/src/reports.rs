//! Reports that were made of what the workspace's server shows, and what became of them (作成帳票管理簿).

use jiff::Timestamp;
use rusqlite::{Row, params};

use crate::column::{count, json, time};
use crate::{Store, StoreError, Txn};

/// What the ledger says of a report. Nothing of what it shows stands here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportEntry {
    /// Of which study.
    pub study: String,
    /// `answer`, `link` or `catalogue`.
    pub kind: String,
    /// What its maker called it.
    pub title: String,
    /// What it is for, if said.
    pub note: Option<String>,
    /// The question it is the answer of, or the version of the link.
    pub source: Option<u64>,
    /// Who made it.
    pub person: String,
    /// In which session.
    pub sitting: String,
    /// At which terminal.
    pub terminal: String,
    /// Where that stood.
    pub place: String,
    /// When.
    pub made_at: Timestamp,
    /// How many copies.
    pub copies: u64,
    /// A digest of what it shows, under the study's key.
    pub digest: String,
}

/// A report under its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportRecord {
    /// Its number in its study, counted from 1.
    pub number: u64,
    /// The rest.
    pub entry: ReportEntry,
}

/// A line that was added about a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportLine {
    /// Its number, over all studies.
    pub line: i64,
    /// Of which study.
    pub study: String,
    /// About which report of it.
    pub number: u64,
    /// The line that it puts right.
    pub corrects: Option<i64>,
    /// Where the report is kept, how it was disposed of, or what is put right.
    pub body: serde_json::Value,
    /// When it was written.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
}

const REPORT: &str = "SELECT number, study, kind, title, note, source, person, sitting, terminal, place, made_at, copies, digest FROM reports";

fn report(row: &Row<'_>) -> rusqlite::Result<ReportRecord> {
    Ok(ReportRecord {
        number: row.get::<_, i64>(0)?.unsigned_abs(),
        entry: ReportEntry {
            study: row.get(1)?,
            kind: row.get(2)?,
            title: row.get(3)?,
            note: row.get(4)?,
            source: row.get::<_, Option<i64>>(5)?.map(i64::unsigned_abs),
            person: row.get(6)?,
            sitting: row.get(7)?,
            terminal: row.get(8)?,
            place: row.get(9)?,
            made_at: time(&row.get::<_, String>(10)?)?,
            copies: row.get::<_, i64>(11)?.unsigned_abs(),
            digest: row.get(12)?,
        },
    })
}

fn line(row: &Row<'_>) -> rusqlite::Result<ReportLine> {
    Ok(ReportLine {
        line: row.get(0)?,
        study: row.get(1)?,
        number: row.get::<_, i64>(2)?.unsigned_abs(),
        corrects: row.get(3)?,
        body: json(&row.get::<_, String>(4)?)?,
        at: time(&row.get::<_, String>(5)?)?,
        by: row.get(6)?,
    })
}

impl Store {
    /// A report of a study by its number.
    pub fn report(&self, study: &str, number: u64) -> Result<Option<ReportRecord>, StoreError> {
        self.one_row(
            &format!("{REPORT} WHERE study = ?1 AND number = ?2"),
            params![study, count(number)],
            report,
        )
    }

    /// Every report, of one study or of all, in the order of their numbers.
    pub fn reports(&self, study: Option<&str>) -> Result<Vec<ReportRecord>, StoreError> {
        self.all_rows(
            &format!("{REPORT} WHERE ?1 IS NULL OR study = ?1 ORDER BY study, number"),
            params![study],
            report,
        )
    }

    /// Every line that was added about reports, of one study or of all, in order.
    pub fn report_lines(&self, study: Option<&str>) -> Result<Vec<ReportLine>, StoreError> {
        self.all_rows(
            "SELECT line, study, number, corrects, body, at, by FROM report_lines WHERE ?1 IS NULL OR study = ?1 ORDER BY line",
            params![study],
            line,
        )
    }
}

impl Txn<'_> {
    /// Enters a report and gives it the next number of its study. A change that isn't committed takes none.
    pub fn add_report(&self, entry: &ReportEntry) -> Result<u64, StoreError> {
        self.inner
            .query_row(
                "INSERT INTO reports (study, number, kind, title, note, source, person, sitting, terminal, place, made_at, copies, digest) SELECT ?1, coalesce(max(number), 0) + 1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12 FROM reports WHERE study = ?1 RETURNING number",
                params![
                    entry.study,
                    entry.kind,
                    entry.title,
                    entry.note,
                    entry.source.map(count),
                    entry.person,
                    entry.sitting,
                    entry.terminal,
                    entry.place,
                    entry.made_at.to_string(),
                    count(entry.copies),
                    entry.digest
                ],
                |row| row.get::<_, i64>(0),
            )
            .map(i64::unsigned_abs)
            .map_err(|error| self.classify(error))
    }

    /// Adds a line about a report, and gives its number.
    pub fn add_report_line(
        &self,
        (study, number): (&str, u64),
        corrects: Option<i64>,
        body: &serde_json::Value,
        at: Timestamp,
        by: &str,
    ) -> Result<i64, StoreError> {
        self.inner
            .execute(
                "INSERT INTO report_lines (study, number, corrects, body, at, by) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![study, count(number), corrects, body.to_string(), at.to_string(), by],
            )
            .map(|_| self.inner.last_insert_rowid())
            .map_err(|error| self.classify(error))
    }
}
