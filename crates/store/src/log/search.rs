//! Looking something up in the record: newest first, a bounded way back at a time, so that no search holds the state for long.

use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, params};

use crate::column::{count, time};
use crate::event::{EventEntry, Row};
use crate::{Store, StoreError};

/// How many entries one search looks at.
const WINDOW: u64 = 20_000;

const ROW: &str = "SELECT seq, body, previous, hash, events.entry, salt, details
    FROM events LEFT JOIN event_details USING (entry)";
/// A detail of an event: beside the entry, or in the event itself where it is older than the log. Erased ones are none.
const PERSON: &str = "CASE WHEN events.entry IS NULL THEN json_extract(body, '$.details.person') ELSE json_extract(details, '$.person') END";
const STUDY: &str = "CASE WHEN events.entry IS NULL THEN json_extract(body, '$.details.study') ELSE json_extract(details, '$.study') END";
/// Actions whose object is a study, or something in one (`STUDY/TABLE`). Objects of others may have a study's name and be none.
const OF_STUDY: &str = "(json_extract(body, '$.action') GLOB 'study.*' OR json_extract(body, '$.action') GLOB 'table.*'
    OR json_extract(body, '$.action') GLOB 'cohort.*' OR json_extract(body, '$.action') GLOB 'reference.*')";

/// What is looked for. What isn't given is anything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogQuery {
    /// Only what was done in this study or to it.
    pub study: Option<String>,
    /// Done by this person, or to them.
    pub person: Option<String>,
    /// A part of the action's name.
    pub action: Option<String>,
    /// A part of the object's name.
    pub object: Option<String>,
    /// Not before.
    pub from: Option<Timestamp>,
    /// Before.
    pub until: Option<Timestamp>,
    /// Only before this place of the record.
    pub before: Option<u64>,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogPage {
    /// Newest first.
    pub entries: Vec<EventEntry>,
    /// Where the search goes on; `None` at the beginning of the record.
    pub next: Option<u64>,
}

/// One entry, and the line that its leaf is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneEntry {
    /// The entry.
    pub entry: EventEntry,
    /// The line.
    pub line: String,
}

/// What a review looks at in an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogMark {
    /// What was done.
    pub action: String,
    /// When.
    pub at: Timestamp,
    /// By whom, where it was a person.
    pub person: Option<String>,
    /// Whether the clock had been moved before it.
    pub stepped: bool,
}

/// An instant without its zone: texts of instants have fractions of different lengths, and this is before all of its second.
fn second(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

impl Store {
    /// Looks back through the record for at most `most` entries. Each that is given fits its own hash and details; the whole
    /// chain is held together where the log is signed.
    ///
    /// # Errors
    /// [`StoreError::Chain`] for an entry that doesn't fit.
    pub fn search_log(&self, query: &LogQuery, most: usize) -> Result<LogPage, StoreError> {
        let before = match query.before {
            Some(before) => before,
            None => self.last_event()?.saturating_add(1),
        };
        let floor = before.saturating_sub(WINDOW).max(1);
        let failed = |error| self.classify(error);
        let sql = format!(
            "{ROW} WHERE seq < ?1 AND seq >= ?2
             AND (?3 IS NULL OR ({STUDY}) = ?3
                  OR ({OF_STUDY} AND substr(json_extract(body, '$.object') || '/', 1, length(?3) + 1) = ?3 || '/'))
             AND (?4 IS NULL OR ({PERSON}) = ?4 OR json_extract(body, '$.object') = ?4)
             AND (?5 IS NULL OR instr(json_extract(body, '$.action'), ?5) > 0)
             AND (?6 IS NULL OR instr(json_extract(body, '$.object'), ?6) > 0)
             AND (?7 IS NULL OR json_extract(body, '$.at') >= ?7)
             AND (?8 IS NULL OR json_extract(body, '$.at') < ?8)
             ORDER BY seq DESC LIMIT ?9"
        );
        let rows: Vec<Row> = self
            .connection
            .prepare_cached(&sql)
            .and_then(|mut found| {
                let values = params![
                    count(before),
                    count(floor),
                    query.study,
                    query.person,
                    query.action,
                    query.object,
                    query.from.map(second),
                    query.until.map(second),
                    count(most.saturating_add(1) as u64),
                ];
                found.query_map(values, Row::read)?.collect()
            })
            .map_err(failed)?;
        let more = rows.len() > most;
        let mut entries = Vec::with_capacity(most);
        for row in rows.into_iter().take(most) {
            entries.push(one(row)?.entry);
        }
        let next = if more {
            entries.last().map(|entry| entry.seq)
        } else {
            (floor > 1).then_some(floor)
        };
        Ok(LogPage { entries, next })
    }

    /// The entry at a place of the record.
    ///
    /// # Errors
    /// [`StoreError::Chain`] if it doesn't fit its own hash and details.
    pub fn log_entry(&self, seq: u64) -> Result<Option<OneEntry>, StoreError> {
        self.connection
            .prepare_cached(&format!("{ROW} WHERE seq = ?1"))
            .and_then(|mut found| found.query_row(params![count(seq)], Row::read).optional())
            .map_err(|error| self.classify(error))?
            .map(one)
            .transpose()
    }

    /// What a review looks at, from one place of the record to another, both included.
    pub fn log_marks(&self, from: u64, to: u64) -> Result<Vec<LogMark>, StoreError> {
        let sql = format!(
            "SELECT json_extract(body, '$.action'), json_extract(body, '$.at'), {PERSON}, json_extract(body, '$.clock.step_us')
             FROM events LEFT JOIN event_details USING (entry) WHERE seq BETWEEN ?1 AND ?2 ORDER BY seq"
        );
        self.connection
            .prepare_cached(&sql)
            .and_then(|mut found| {
                found
                    .query_map(params![count(from), count(to)], |row| {
                        Ok(LogMark {
                            action: row.get(0)?,
                            at: time(&row.get::<_, String>(1)?)?,
                            person: row.get(2)?,
                            stepped: row.get::<_, Option<i64>>(3)?.is_some(),
                        })
                    })?
                    .collect()
            })
            .map_err(|error| self.classify(error))
    }
}

fn one(row: Row) -> Result<OneEntry, StoreError> {
    let seq = row.seq();
    let line = row.alone().ok_or(StoreError::Chain { seq })?;
    let text = line.body.clone();
    let entry = line.told().ok_or(StoreError::Chain { seq })?;
    Ok(OneEntry { entry, line: text })
}
