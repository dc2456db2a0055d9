//! Questions that were asked in the browser, those that were kept, and looks at the record.

use jiff::Timestamp;
use rusqlite::{Row, params};

use crate::column::{count, time, when};
use crate::{Store, StoreError, Txn};

/// A question, from the moment it is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuestionRecord {
    /// Its number.
    pub question: i64,
    /// Of which study.
    pub study: String,
    /// Who asked.
    pub person: String,
    /// In which session.
    pub sitting: String,
    /// When.
    pub asked_at: Timestamp,
    /// The statement, sealed with the study's key; `None` once it was erased.
    pub statement: Option<String>,
    /// `running`, `answered`, `refused`, `cancelled` or `failed`.
    pub state: String,
    /// The code of a refusal or fault.
    pub code: Option<String>,
    /// The link that answered.
    pub link: Option<u64>,
    /// Rows of the answer.
    pub rows: Option<u64>,
    /// How long it took.
    pub took_ms: Option<u64>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

/// How a question ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuestionEnd<'a> {
    /// `answered`, `refused`, `cancelled` or `failed`.
    pub state: &'a str,
    /// The code of a refusal or fault.
    pub code: Option<&'a str>,
    /// The link that answered.
    pub link: Option<u64>,
    /// Rows of the answer.
    pub rows: Option<u64>,
    /// How long it took.
    pub took_ms: u64,
}

/// A question that somebody kept under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedQuestion {
    /// Its number.
    pub saved: i64,
    /// Who kept it.
    pub person: String,
    /// Its name.
    pub name: String,
    /// The statement, sealed with the study's key.
    pub statement: String,
    /// When it was kept.
    pub saved_at: Timestamp,
}

/// A periodic look at the record, signed off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewRecord {
    /// The first event that was looked at.
    pub from_entry: u64,
    /// The last one.
    pub to_entry: u64,
    /// The hash of the last one: what was looked at is what stands.
    pub head: String,
    /// What was found.
    pub finding: String,
    /// Whether nothing has to be looked into.
    pub good: bool,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
}

const QUESTION: &str = "SELECT question, study, person, sitting, asked_at, statement, state, code, link, rows, took_ms, ended_at FROM questions";

fn question(row: &Row<'_>) -> rusqlite::Result<QuestionRecord> {
    let number = |column| -> rusqlite::Result<Option<u64>> {
        Ok(row.get::<_, Option<i64>>(column)?.map(i64::unsigned_abs))
    };
    Ok(QuestionRecord {
        question: row.get(0)?,
        study: row.get(1)?,
        person: row.get(2)?,
        sitting: row.get(3)?,
        asked_at: time(&row.get::<_, String>(4)?)?,
        statement: row.get(5)?,
        state: row.get(6)?,
        code: row.get(7)?,
        link: number(8)?,
        rows: number(9)?,
        took_ms: number(10)?,
        ended_at: when(row, 11)?,
    })
}

fn saved(row: &Row<'_>) -> rusqlite::Result<SavedQuestion> {
    Ok(SavedQuestion {
        saved: row.get(0)?,
        person: row.get(1)?,
        name: row.get(2)?,
        statement: row.get(3)?,
        saved_at: time(&row.get::<_, String>(4)?)?,
    })
}

impl Store {
    /// A question of a study by its number.
    pub fn question(&self, study: &str, number: i64) -> Result<Option<QuestionRecord>, StoreError> {
        self.one_row(
            &format!("{QUESTION} WHERE study = ?1 AND question = ?2"),
            params![study, number],
            question,
        )
    }

    /// The latest questions of a study, of one person or of all, newest first.
    pub fn questions(
        &self,
        study: &str,
        person: Option<&str>,
        most: u32,
    ) -> Result<Vec<QuestionRecord>, StoreError> {
        self.all_rows(&format!( "{QUESTION} WHERE study = ?1 AND (?2 IS NULL OR person = ?2) ORDER BY question DESC LIMIT ?3" ), params![study, person, most], question)
    }

    /// Questions that were being answered when the process ended.
    pub fn running_questions(&self) -> Result<Vec<QuestionRecord>, StoreError> {
        self.all_rows(
            &format!("{QUESTION} WHERE state = 'running' ORDER BY question"),
            [],
            question,
        )
    }

    /// The questions that are kept in a study.
    pub fn saved_questions(&self, study: &str) -> Result<Vec<SavedQuestion>, StoreError> {
        self.all_rows("SELECT saved, person, name, statement, saved_at FROM saved_questions WHERE study = ?1 AND removed_at IS NULL ORDER BY name, saved", params![study], saved)
    }

    /// Every look at the record, in order.
    pub fn log_reviews(&self) -> Result<Vec<ReviewRecord>, StoreError> {
        self.connection
            .prepare_cached(
                "SELECT from_entry, to_entry, head, finding, good, at, by FROM log_reviews ORDER BY review",
            )
            .and_then(|mut all| {
                all.query_map([], |row| {
                    Ok(ReviewRecord {
                        from_entry: row.get::<_, i64>(0)?.unsigned_abs(),
                        to_entry: row.get::<_, i64>(1)?.unsigned_abs(),
                        head: row.get(2)?,
                        finding: row.get(3)?,
                        good: row.get(4)?,
                        at: time(&row.get::<_, String>(5)?)?,
                        by: row.get(6)?,
                    })
                })?
                .collect()
            })
            .map_err(|error| self.classify(error))
    }
}

impl Txn<'_> {
    /// Adds a question that is being answered from here on, and gives its number.
    pub fn add_question(
        &self,
        study: &str,
        person: &str,
        sitting: &str,
        statement: &str,
        at: Timestamp,
    ) -> Result<i64, StoreError> {
        self.inner
            .execute(
                "INSERT INTO questions (study, person, sitting, asked_at, statement, state) VALUES (?1, ?2, ?3, ?4, ?5, 'running')",
                params![study, person, sitting, at.to_string(), statement],
            )
            .map(|_| self.inner.last_insert_rowid())
            .map_err(|error| self.classify(error))
    }

    /// Says how a question ended, once.
    pub fn end_question(
        &self,
        number: i64,
        end: QuestionEnd<'_>,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.must_change(
            "UPDATE questions SET state = ?2, code = ?3, link = ?4, rows = ?5, took_ms = ?6, ended_at = ?7 WHERE question = ?1 AND state = 'running'",
            params![
                number,
                end.state,
                end.code,
                end.link.map(count),
                end.rows.map(count),
                count(end.took_ms),
                at.to_string()
            ],
            "question",
            &number.to_string(),
        )
    }

    /// Keeps a question under a name.
    pub fn save_question(
        &self,
        study: &str,
        person: &str,
        name: &str,
        statement: &str,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.must_add(
            "INSERT INTO saved_questions (study, person, name, statement, saved_at) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![study, person, name, statement, at.to_string()],
            "question",
            name,
        )
    }

    /// Keeps a question no longer.
    pub fn remove_saved_question(
        &self,
        study: &str,
        saved: i64,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.must_change(
            "UPDATE saved_questions SET removed_at = ?3 WHERE study = ?1 AND saved = ?2 AND removed_at IS NULL",
            params![study, saved, at.to_string()],
            "question",
            &saved.to_string(),
        )
    }

    /// Signs off a look at the record.
    pub fn add_log_review(&self, record: &ReviewRecord) -> Result<(), StoreError> {
        self.must_add(
            "INSERT INTO log_reviews (from_entry, to_entry, head, finding, good, at, by) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                count(record.from_entry),
                count(record.to_entry),
                record.head,
                record.finding,
                record.good,
                record.at.to_string(),
                record.by
            ],
            "review",
            "",
        )
    }
}
