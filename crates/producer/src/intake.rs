//! Reading all sources of a request, one record after the other.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Serialize;

use crate::judgement::{Judged, Part, Problem, judge};
use crate::sources::lanes::in_order;
use crate::sources::{PassedOver, Reading, Source, SourceError, SourceRecord};

/// Records that are judged at a time.
const BATCH: usize = 256;

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
    /// What stands in it and is no record of a person, so that it was passed over.
    pub passed_over: u64,
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
    /// What was passed over, by kind (`source:kind`), of all files and of the ledgers beside them.
    pub passed_over: BTreeMap<String, u64>,
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

    /// What was passed over, of all files.
    pub fn passed_over(&self) -> u64 {
        self.passed_over
            .values()
            .copied()
            .fold(0, u64::saturating_add)
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

impl Entry {
    /// Why it can never get an ID; empty if it can.
    fn rejects(&self) -> Vec<String> {
        let refused = self
            .record
            .refusals
            .iter()
            .map(|refusal| refusal.text().to_owned());
        let judged = self.judged.rejects().into_iter().map(Problem::text);
        refused.chain(judged).collect()
    }

    /// Everything that is wrong with it.
    pub(crate) fn problems(&self) -> Vec<String> {
        let refused = self
            .record
            .refusals
            .iter()
            .map(|refusal| refusal.text().to_owned());
        let judged = self.judged.problems().into_iter().map(Problem::text);
        refused.chain(judged).collect()
    }
}

/// What the visitor did with an entry that was not rejected.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    /// As a row of its own.
    New,
    /// With an earlier record of the same identity and month.
    Merged,
    /// Not at all: it is somebody who is not asked for.
    LeftOut,
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

/// Reads every record. `progress` gets the records so far. With any number of threads, all of it comes out the same.
pub(crate) fn read<V: Visitor>(
    sources: &[Source],
    reading: Reading<'_>,
    today: Date,
    progress: &mut dyn FnMut(u64),
    visitor: &mut V,
) -> Result<IntakeCount, V::Error> {
    let mut count = IntakeCount {
        files: files(sources)
            .map(|file| FileCount {
                file,
                ..FileCount::default()
            })
            .collect(),
        ..IntakeCount::default()
    };
    let mut first = 0_usize;
    for source in sources {
        let mut passed = PassedOver::default();
        in_order(
            reading.threads,
            |give| batches(source, reading, &mut passed, give),
            |records: Vec<SourceRecord>| -> Result<Vec<Entry>, SourceError> {
                let entry = |record: SourceRecord| Entry {
                    file: first.saturating_add(record.file),
                    judged: judge(&record.texts, today),
                    record,
                };
                Ok(records.into_iter().map(entry).collect())
            },
            |entries: Vec<Entry>| {
                for entry in &entries {
                    enter(&mut count, entry, visitor)?;
                    if count.records.is_multiple_of(1024) {
                        progress(count.records);
                    }
                }
                Ok::<(), V::Error>(())
            },
        )?;
        pass(&mut count, first, source, &passed);
        first = first.saturating_add(source.files().len());
    }
    progress(count.records);
    Ok(count)
}

/// Why the reading of a source ended.
enum Halt {
    Source(SourceError),
    /// Nobody wants more.
    Stopped,
}

impl From<SourceError> for Halt {
    fn from(error: SourceError) -> Self {
        Self::Source(error)
    }
}

fn batches(
    source: &Source,
    reading: Reading<'_>,
    passed: &mut PassedOver,
    give: &mut dyn FnMut(Vec<SourceRecord>) -> bool,
) -> Result<(), SourceError> {
    let mut batch = Vec::with_capacity(BATCH);
    let outcome = source.read(reading, passed, &mut |record| {
        batch.push(record);
        if batch.len() < BATCH || give(std::mem::replace(&mut batch, Vec::with_capacity(BATCH))) {
            Ok(())
        } else {
            Err(Halt::Stopped)
        }
    });
    match outcome {
        Err(Halt::Stopped) => Ok(()),
        // What came before an error counts before it.
        Ok(()) => {
            give(batch);
            Ok(())
        }
        Err(Halt::Source(error)) => {
            give(batch);
            Err(error)
        }
    }
}

/// Counts what a source, whose files are the next from `first` on, passed over.
fn pass(count: &mut IntakeCount, first: usize, source: &Source, passed: &PassedOver) {
    let files = count.files.iter_mut().skip(first);
    for (number, file) in files.take(source.files().len()).enumerate() {
        file.passed_over = passed.of_file(number);
    }
    for (kind, records) in passed.kinds() {
        let known = count.passed_over.entry(kind.clone()).or_default();
        *known = known.saturating_add(*records);
    }
}

/// The files of all sources as the operator named them; [`Entry::file`] counts them.
pub(crate) fn files(sources: &[Source]) -> impl Iterator<Item = String> {
    sources
        .iter()
        .flat_map(Source::files)
        .map(|path| path.display().to_string())
}

fn enter<V: Visitor>(
    count: &mut IntakeCount,
    entry: &Entry,
    visitor: &mut V,
) -> Result<(), V::Error> {
    // Every source counts its own files, which all are there.
    let mut unknown = FileCount::default();
    let file = count.files.get_mut(entry.file).unwrap_or(&mut unknown);
    file.records = file.records.saturating_add(1);
    count.records = count.records.saturating_add(1);
    if entry.judged.number == Part::Absent {
        file.without_number = file.without_number.saturating_add(1);
    }
    let rejects = entry.rejects();
    if rejects.is_empty() {
        for problem in entry.judged.problems() {
            add(&mut count.partial_reasons, problem.text());
        }
        if entry.record.key.is_empty() {
            file.without_key = file.without_key.saturating_add(1);
        }
        match visitor.keep(entry)? {
            Kept::New => count.rows = count.rows.saturating_add(1),
            Kept::Merged => file.merged = file.merged.saturating_add(1),
            Kept::LeftOut => {}
        }
    } else {
        file.rejected = file.rejected.saturating_add(1);
        visitor.reject(entry, &rejects)?;
        for reason in rejects {
            add(&mut count.reject_reasons, reason);
        }
    }
    Ok(())
}

fn add(counts: &mut BTreeMap<String, u64>, reason: String) {
    let count = counts.entry(reason).or_default();
    *count = count.saturating_add(1);
}
