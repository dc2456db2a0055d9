//! The identities of source files, without any value: what a request would ask for.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::civil::Date;
use serde::Serialize;

use crate::SCRATCH;
use crate::intake::{self, Entry, IntakeCount, Kept, Visitor};
use crate::judgement::Part;
use crate::request::rows::identity;
use crate::sources::{Reading, Source, SourceError, Threads};

/// The identities of source files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Listing {
    /// What was read.
    pub count: IntakeCount,
    /// Every record, in order.
    pub rows: Vec<ListingRow>,
}

/// One source record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "one column of the listing each"
)]
pub struct ListingRow {
    /// Its file, as an index into the files of [`IntakeCount`].
    pub file: usize,
    /// Its number in the file, from 1.
    pub record: u64,
    /// The number of its entry in an archive, from 1; 0 outside of one.
    pub entry: u64,
    /// The physical line it begins on.
    pub line: u64,
    /// Whether insurer and number are given and accepted.
    pub has_number: bool,
    /// Whether a branch is given.
    pub has_branch: bool,
    /// Whether kana, birth date and sex are given and accepted.
    pub has_triple: bool,
    /// Whether it has a source key.
    pub has_key: bool,
    /// `YYYYMM` or `YYYYMMDD`, or empty.
    pub service: String,
    /// How an ID can be found.
    pub route: Route,
    /// The first record with the same identity and month: file and line.
    pub duplicate_of: Option<Place>,
    /// What is wrong with its fields (`field:reject`).
    pub problems: Vec<String>,
}

/// Where a record stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// Index of the file.
    pub file: usize,
    /// Physical line.
    pub line: u64,
}

/// How an ID can be found for a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Route {
    /// By name, birth date and sex only.
    Kana,
    /// By insured number, and by name if that fails.
    Number,
    /// Not at all: rejected.
    Rejected,
}

/// Lists the identities of the sources. Nothing is written but nameless encrypted files in `dir`, the producer's directory.
pub fn identities(
    dir: &Path,
    sources: &[Source],
    threads: Threads,
    today: Date,
    progress: &mut dyn FnMut(u64),
) -> Result<Listing, SourceError> {
    let mut lister = Lister::default();
    let scratch = dir.join(SCRATCH);
    let reading = Reading {
        scratch: &scratch,
        threads,
    };
    let count = intake::read(sources, reading, today, progress, &mut lister)?;
    Ok(Listing {
        count,
        rows: lister.rows,
    })
}

#[derive(Default)]
struct Lister {
    rows: Vec<ListingRow>,
    first: BTreeMap<Box<str>, Place>,
}

impl Visitor for Lister {
    type Error = SourceError;

    fn keep(&mut self, entry: &Entry) -> Result<Kept, SourceError> {
        let identity = identity(&entry.judged.texts);
        let earlier = self.first.get(&identity).copied();
        if earlier.is_none() {
            self.first.insert(
                identity,
                Place {
                    file: entry.file,
                    line: entry.record.line,
                },
            );
        }
        let by_number = matches!(entry.judged.number, Part::Valid);
        self.rows.push(row(
            entry,
            if by_number {
                Route::Number
            } else {
                Route::Kana
            },
            earlier,
        ));
        Ok(if earlier.is_some() {
            Kept::Merged
        } else {
            Kept::New
        })
    }

    fn reject(&mut self, entry: &Entry, _: &[String]) -> Result<(), SourceError> {
        self.rows.push(row(entry, Route::Rejected, None));
        Ok(())
    }
}

fn row(entry: &Entry, route: Route, duplicate_of: Option<Place>) -> ListingRow {
    let judged = &entry.judged;
    ListingRow {
        file: entry.file,
        record: entry.record.record,
        entry: entry.record.entry,
        line: entry.record.line,
        has_number: matches!(judged.number, Part::Valid),
        has_branch: judged.has_branch,
        has_triple: matches!(judged.triple, Part::Valid),
        has_key: !entry.record.key.is_empty(),
        service: if judged.service.is_none() {
            judged.texts.service.clone()
        } else {
            String::new()
        },
        route,
        duplicate_of,
        problems: entry.problems(),
    }
}
