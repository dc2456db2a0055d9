//! Reading all sources of a request, one record after the other.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Serialize;

use crate::judgement::{Judged, Part, Problem, judge};
use crate::sources::delimited::Rows;
use crate::sources::uke::Claims;
use crate::sources::{Source, SourceError, SourceRecord};

/// What was read of one file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FileCount {
    /// The file as the operator named it.
    pub file: String,
    /// Its records: claims, or rows.
    pub records: u64,
    /// Records without an insured number, as claims of public payers alone are.
    pub without_number: u64,
    /// Records whose identity and month stood in an earlier one.
    pub merged: u64,
    /// Records that can never get an ID.
    pub rejected: u64,
    /// Records without a source key; they are asked for, but no table can be attached to them.
    pub without_key: u64,
}

/// What was read, and what became of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct IntakeCount {
    /// File by file, in the order given.
    pub files: Vec<FileCount>,
    /// Records of all files.
    pub records: u64,
    /// Rows to ask for: distinct identities and months.
    pub rows: u64,
    /// Rejected records by reason (`field:reject`); a record may have several.
    pub reject_reasons: BTreeMap<String, u64>,
    /// Records that are asked for although a field of theirs is of no use, by reason.
    pub partial_reasons: BTreeMap<String, u64>,
}

impl IntakeCount {
    /// Rejected records of all files.
    pub fn rejected(&self) -> u64 {
        self.sum(|file| file.rejected)
    }

    /// Merged records of all files.
    pub fn merged(&self) -> u64 {
        self.sum(|file| file.merged)
    }

    /// Records of all files without an insured number.
    pub fn without_number(&self) -> u64 {
        self.sum(|file| file.without_number)
    }

    fn sum(&self, what: impl Fn(&FileCount) -> u64) -> u64 {
        self.files.iter().map(what).fold(0, u64::saturating_add)
    }
}

/// A record on its way into a request.
pub(crate) struct Entry {
    /// Index of its file.
    pub(crate) file: usize,
    pub(crate) record: SourceRecord,
    pub(crate) judged: Judged,
}

/// What the visitor did with an entry that was not rejected.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    /// As a row of its own.
    New,
    /// With an earlier record of the same identity and month.
    Merged,
}

/// Who takes the records.
pub(crate) trait Visitor {
    /// Why it stops.
    type Error: From<SourceError>;

    /// A record that can get an ID.
    fn keep(&mut self, entry: &Entry) -> Result<Kept, Self::Error>;

    /// A record that cannot, and why.
    fn reject(&mut self, entry: &Entry, reasons: &[String]) -> Result<(), Self::Error>;
}

/// Reads every record. `progress` gets the records so far.
pub(crate) fn read<V: Visitor>(
    sources: &[Source],
    today: Date,
    progress: &mut dyn FnMut(u64),
    visitor: &mut V,
) -> Result<IntakeCount, V::Error> {
    let mut count = IntakeCount::default();
    for (index, source) in sources.iter().enumerate() {
        let mut file = FileCount {
            file: source.path().display().to_string(),
            ..FileCount::default()
        };
        for record in records(source)? {
            let record = record?;
            let judged = judge(&record.texts, today);
            file.records = file.records.saturating_add(1);
            count.records = count.records.saturating_add(1);
            if judged.number == Part::Absent {
                file.without_number = file.without_number.saturating_add(1);
            }
            let rejects: Vec<String> = judged.rejects().into_iter().map(Problem::text).collect();
            let entry = Entry {
                file: index,
                record,
                judged,
            };
            if rejects.is_empty() {
                for problem in entry.judged.problems() {
                    add(&mut count.partial_reasons, problem.text());
                }
                if entry.record.key.is_empty() {
                    file.without_key = file.without_key.saturating_add(1);
                }
                match visitor.keep(&entry)? {
                    Kept::New => count.rows = count.rows.saturating_add(1),
                    Kept::Merged => file.merged = file.merged.saturating_add(1),
                }
            } else {
                file.rejected = file.rejected.saturating_add(1);
                visitor.reject(&entry, &rejects)?;
                for reason in rejects {
                    add(&mut count.reject_reasons, reason);
                }
            }
            if count.records.is_multiple_of(1024) {
                progress(count.records);
            }
        }
        count.files.push(file);
    }
    progress(count.records);
    Ok(count)
}

type Records = Box<dyn Iterator<Item = Result<SourceRecord, SourceError>>>;

fn records(source: &Source) -> Result<Records, SourceError> {
    match source {
        Source::Claims { path, key } => {
            let claims = Claims::open(path, *key)?;
            Ok(Box::new(
                claims.map(|record| record.map_err(SourceError::from)),
            ))
        }
        Source::Table { path, columns } => Ok(Box::new(Rows::open(path, columns)?)),
    }
}

fn add(counts: &mut BTreeMap<String, u64>, reason: String) {
    let count = counts.entry(reason).or_default();
    *count = count.saturating_add(1);
}
