//! Rows gathered, put into order and checked; a [`Registry`] only if nothing stands against it.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::civil::Date;
use renketsu_identity::{Insurer, Sex};
use renketsu_seal::blocks::{BlocksKey, BlocksWriter};
use sha2::{Digest as _, Sha256};

use super::checks::{self, Use};
use super::every::Every;
use super::findings::{Acceptance, Finding, FindingKind, Findings};
use super::layer::{Layer, LayerWriter, Marks, ReadError, Sink};
use super::person::{
    Broken, NONE, Person, PersonView, Reader, Row, first_of, of_sort_record, sort_record,
};
use super::row::{Parsed, RawRow, Texts};
use super::sort::Sorter;
use super::{Day, Registry, hash};

/// Why no registry came of the rows.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// Some rows are wrong, or raise a question nobody accepted. Every finding is in the report.
    #[error("the rows of the registry are not accepted: {} errors, {} questions", .0.total(super::Severity::Error), .0.total(super::Severity::Question))]
    Refused(Findings),
    /// No row at all.
    #[error("the registry has no row")]
    Empty,
    /// More than 2³² rows or persons, or 2¹⁶ rows of one person.
    #[error("the registry is larger than one may be")]
    TooLarge,
    /// Temporary files or the registry's own could not be written.
    #[error("the registry cannot be written")]
    Io(#[from] io::Error),
    /// What was written could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl From<Broken> for BuildError {
    fn from(broken: Broken) -> Self {
        Self::Read(broken.into())
    }
}

/// Where a layer is made.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// Directory of temporary files.
    pub(crate) scratch: PathBuf,
    /// The layer's file.
    pub(crate) file: PathBuf,
    /// Bytes that are sorted in memory at a time.
    pub(crate) at_once: usize,
}

impl Place {
    /// Where rows are sorted.
    fn sorting(&self) -> (&Path, usize) {
        (&self.scratch, self.at_once)
    }
}

/// Takes rows one by one; [`Builder::finish`] checks them against each other.
pub struct Builder {
    today: Date,
    place: Option<Place>,
    rows: Sorter,
    texts: Texts,
    record: Vec<u8>,
    findings: Findings,
    overflow: bool,
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").finish_non_exhaustive()
    }
}

/// A layer that was made.
pub(crate) struct Built {
    pub(crate) layer: Layer,
    /// Of the layer's file, if it has one.
    pub(crate) key: Option<BlocksKey>,
    pub(crate) findings: Findings,
    /// SHA-256 of the canonical content.
    pub(crate) content: [u8; 32],
}

impl Built {
    /// The layer as a registry that stands alone, with what was noticed.
    pub(crate) fn into_registry(self) -> Result<(Registry, Findings), ReadError> {
        let registry = Registry::of(vec![Arc::new(self.layer)])?;
        Ok((registry, self.findings))
    }
}

impl Builder {
    /// A registry in memory. `today` decides which birth dates lie in the future.
    pub fn new(today: Date) -> Self {
        Self::at(today, None)
    }

    pub(crate) fn at(today: Date, place: Option<Place>) -> Self {
        Self {
            today,
            rows: Sorter::new(place.as_ref().map(Place::sorting)),
            place,
            texts: Texts::default(),
            record: Vec::with_capacity(1 << 10),
            findings: Findings::default(),
            overflow: false,
        }
    }

    /// Takes the row that stands on `line`. What is wrong with it is a finding, told by [`Builder::finish`].
    pub fn push(&mut self, line: u64, raw: &RawRow<'_>) -> Result<(), BuildError> {
        let parsed = Parsed::of(raw, self.today, &mut self.texts);
        match parsed {
            Err(rejects) => {
                for rejected in rejects {
                    let rejected = Some(rejected);
                    self.findings.add(Finding {
                        kind: FindingKind::FieldRejected,
                        line,
                        other: None,
                        rejected,
                    });
                }
                Ok(())
            }
            Ok(parsed) => {
                if !noted(&parsed, line, &mut self.findings) {
                    return Ok(());
                }
                let Ok(line) = u32::try_from(line) else {
                    self.overflow = true;
                    return Ok(());
                };
                sort_record(&parsed, line, &mut self.record);
                Ok(self.rows.push(&self.record)?)
            }
        }
    }

    /// The registry and what was noticed, or every finding and no registry.
    pub fn finish(self, acceptance: Acceptance) -> Result<(Registry, Findings), BuildError> {
        Ok(self.build(acceptance)?.into_registry()?)
    }

    /// The one layer of a registry. Its file has its name when this returns; a failure leaves none.
    pub(crate) fn build(mut self, acceptance: Acceptance) -> Result<Built, BuildError> {
        if self.overflow {
            return Err(BuildError::TooLarge);
        }
        let sorting = self.place.as_ref().map(Place::sorting);
        let file = self.place.as_ref().map(|place| place.file.as_path());
        let sink = match file {
            Some(file) => Sink::File(Box::new(BlocksWriter::create(file)?)),
            None => Sink::Memory(Vec::new()),
        };
        let mut making = Making::new(sink, sorting, &mut self.findings);
        let mut rows = self.rows.sorted()?;
        let mut record = Vec::new();
        let mut person = Gathered::default();
        while rows.next(&mut record)? {
            let (key, birth, sex, row) = of_sort_record(&record).ok_or(Broken("row"))?;
            if *key != *person.key {
                making.end_person(&mut person)?;
                person.key = key.into();
            }
            person.rows.push((birth, sex, row));
        }
        making.end_person(&mut person)?;
        drop(rows);
        let (writer, marks, content) = making.index()?;
        self.findings.settle();
        if self.findings.refuse(acceptance) {
            return Err(BuildError::Refused(self.findings));
        }
        if writer.is_empty() {
            return Err(BuildError::Empty);
        }
        let (layer, key) = writer.finish(file, marks)?;
        Ok(Built {
            layer,
            key,
            findings: self.findings,
            content,
        })
    }
}

/// The registry as one layer that stands alone.
pub(crate) fn rebuild(registry: &Registry, place: &Place) -> Result<Built, BuildError> {
    let sink = Sink::File(Box::new(BlocksWriter::create(&place.file)?));
    let mut findings = Findings::default();
    let mut making = Making::new(sink, Some(place.sorting()), &mut findings);
    let mut every = Every::of(registry)?;
    // Its rows were accepted: what is noticed again is not told again.
    while let Some(person) = every.next(|living| PersonView::read(living.bytes)?.own())? {
        let person = person?;
        let mut gathered = Gathered {
            key: person.key,
            rows: person
                .rows
                .into_iter()
                .map(|row| (person.birth, person.sex, row))
                .collect(),
        };
        making.end_person(&mut gathered)?;
    }
    let (writer, marks, content) = making.index()?;
    let (layer, key) = writer.finish(Some(&place.file), marks)?;
    Ok(Built {
        layer,
        key,
        findings,
        content,
    })
}

/// What is wrong with a row alone; whether it may go on.
pub(super) fn noted(parsed: &Parsed<'_>, line: u64, findings: &mut Findings) -> bool {
    let mut note = |kind| {
        findings.add(Finding {
            kind,
            line,
            other: None,
            rejected: None,
        });
    };
    if parsed.to < parsed.from {
        note(FindingKind::DatesReversed);
        return false;
    }
    let (insurer, ..) = parsed.number;
    if insurer != NONE && !Insurer::value_has_check_digit(insurer) {
        note(FindingKind::InsurerCheckDigit);
    }
    true
}

/// The rows of one person as they come.
#[derive(Default)]
struct Gathered {
    key: Box<[u8]>,
    rows: Vec<(Day, Sex, Row)>,
}

/// A layer while its persons come in the order of their keys.
struct Making<'f> {
    writer: LayerWriter,
    findings: &'f mut Findings,
    /// Rows with a number: [`NumberRecord`].
    numbers: Sorter,
    /// Triple and person.
    triples: Sorter,
    content: Sha256,
    marks: Marks,
    bytes: Vec<u8>,
}

impl<'f> Making<'f> {
    fn new(sink: Sink, sorting: Option<(&Path, usize)>, findings: &'f mut Findings) -> Self {
        Self {
            writer: LayerWriter::new(sink),
            findings,
            numbers: Sorter::new(sorting),
            triples: Sorter::new(sorting),
            content: Sha256::new(),
            marks: Marks::default(),
            bytes: Vec::new(),
        }
    }

    fn end_person(&mut self, gathered: &mut Gathered) -> Result<(), BuildError> {
        checks::duplicates(&mut gathered.rows, self.findings);
        let Some((birth, sex, first)) = gathered.rows.first() else {
            return Ok(());
        };
        let (birth, sex, line) = (*birth, *sex, first.line);
        for (other_birth, other_sex, row) in &gathered.rows {
            if *other_birth != birth {
                checks::clash(self.findings, FindingKind::BirthDatesDiffer, row.line, line);
            }
            if *other_sex != sex {
                checks::clash(self.findings, FindingKind::SexesDiffer, row.line, line);
            }
        }
        let person = Person {
            key: std::mem::take(&mut gathered.key),
            birth,
            sex,
            rows: gathered.rows.drain(..).map(|(_, _, row)| row).collect(),
        };
        checks::by_person(&person, self.findings);
        self.bytes.clear();
        person.write(&mut self.bytes).ok_or(BuildError::TooLarge)?;
        self.content.update(&self.bytes);
        let owner = self.writer.person(&person, &self.bytes)?;
        let rows = u64::try_from(person.rows.len()).unwrap_or(u64::MAX);
        self.marks.rows = self.marks.rows.saturating_add(rows);
        if first_of(person.rows.iter().map(Row::view)).is_none() {
            self.marks.without_first = self.marks.without_first.saturating_add(1);
        }
        self.entries(&person, owner)
    }

    fn entries(&mut self, person: &Person, owner: u32) -> Result<(), BuildError> {
        let mut record = [0; NumberRecord::LENGTH];
        for number in number_records(person, owner) {
            number.write(&mut record);
            self.numbers.push(&record)?;
        }
        let mut last: &[u8] = &[];
        for row in &person.rows {
            if *row.kana != *last {
                last = &row.kana;
                let hash = hash::triple(last, person.birth, person.sex);
                let mut record = [0; 20];
                let (front, back) = record.split_at_mut(16);
                front.copy_from_slice(&hash.to_be_bytes());
                back.copy_from_slice(&owner.to_be_bytes());
                self.triples.push(&record)?;
            }
        }
        Ok(())
    }

    /// Writes the indexes, and checks persons against each other on the way.
    fn index(self) -> Result<(LayerWriter, Marks, [u8; 32]), BuildError> {
        let Self {
            mut writer,
            findings,
            numbers,
            triples,
            content,
            mut marks,
            ..
        } = self;
        let mut numbers = numbers.sorted()?;
        let mut record = Vec::new();
        let mut of_hash: Vec<NumberRecord> = Vec::new();
        loop {
            let next = if numbers.next(&mut record)? {
                Some(NumberRecord::read(&record).ok_or(Broken("number"))?)
            } else {
                None
            };
            if let Some(held) = of_hash.first()
                && next.is_none_or(|next| next.loose != held.loose)
            {
                end_hash(&of_hash, &mut writer, &mut marks, findings)?;
                of_hash.clear();
            }
            match next {
                Some(next) => of_hash.push(next),
                None => break,
            }
        }
        drop(numbers);
        let mut triples = triples.sorted()?;
        let mut last: Option<(u128, u32)> = None;
        while triples.next(&mut record)? {
            let mut rest = Reader(&record);
            let hash = rest
                .array()
                .map(u128::from_be_bytes)
                .ok_or(Broken("triple"))?;
            let owner = rest
                .array()
                .map(u32::from_be_bytes)
                .ok_or(Broken("triple"))?;
            if last == Some((hash, owner)) {
                continue;
            }
            if let Some((_, other)) = last.filter(|(held, _)| *held == hash) {
                marks.triple_shared.insert(other);
                marks.triple_shared.insert(owner);
            }
            last = Some((hash, owner));
            writer.triple(hash, owner)?;
        }
        Ok((writer, marks, content.finalize().into()))
    }
}

/// The rows of one loose form: index entries, and the checks of each number among them.
fn end_hash(
    rows: &[NumberRecord],
    writer: &mut LayerWriter,
    marks: &mut Marks,
    findings: &mut Findings,
) -> Result<(), BuildError> {
    for number in rows.chunk_by(|a, b| a.exact == b.exact) {
        if number.len() > 1 && number.iter().all(|row| !row.household) {
            let uses: Vec<Use> = number.iter().map(|row| row.told).collect();
            checks::by_number(&uses, findings);
            checks::by_first_number(&uses, findings, |person| {
                marks.first_shared.insert(person);
            });
        }
    }
    let mut owners: Vec<u32> = rows.iter().map(|row| row.told.owner).collect();
    owners.sort_unstable();
    owners.dedup();
    let hash = rows.first().map_or(0, |row| row.loose);
    for owner in owners {
        writer.number(hash, owner)?;
    }
    Ok(())
}

/// A row with a number, for the index and the checks across persons.
#[derive(Clone, Copy)]
pub(super) struct NumberRecord {
    pub(super) loose: u64,
    pub(super) exact: u64,
    pub(super) household: bool,
    pub(super) told: Use,
}

impl NumberRecord {
    const LENGTH: usize = 33;

    /// In the order of the checks: number, then time, then line.
    fn write(&self, into: &mut [u8; Self::LENGTH]) {
        let parts: [&[u8]; 7] = [
            &self.loose.to_be_bytes(),
            &self.exact.to_be_bytes(),
            &self.told.from.raw().to_be_bytes(),
            &self.told.to.raw().to_be_bytes(),
            &self.told.line.to_be_bytes(),
            &self.told.owner.to_be_bytes(),
            &[u8::from(self.household) | (u8::from(self.told.first) << 1)],
        ];
        for (to, from) in into.iter_mut().zip(parts.into_iter().flatten()) {
            *to = *from;
        }
    }

    fn read(record: &[u8]) -> Option<Self> {
        let mut rest = Reader(record);
        let u64_of = |rest: &mut Reader<'_>| rest.array().map(u64::from_be_bytes);
        let u32_of = |rest: &mut Reader<'_>| rest.array().map(u32::from_be_bytes);
        let (loose, exact) = (u64_of(&mut rest)?, u64_of(&mut rest)?);
        let (from, to) = (u32_of(&mut rest)?, u32_of(&mut rest)?);
        let (line, owner) = (u32_of(&mut rest)?, u32_of(&mut rest)?);
        let flags = rest.byte()?;
        Some(Self {
            loose,
            exact,
            household: flags & 1 != 0,
            told: Use {
                from: Day::from_raw(from),
                to: Day::from_raw(to),
                line,
                owner,
                first: flags & 2 != 0,
            },
        })
    }
}

/// One record for each row with a number; exactly one says that it is the first, if there is a first number.
pub(super) fn number_records(person: &Person, owner: u32) -> impl Iterator<Item = NumberRecord> {
    let first = first_of(person.rows.iter().map(Row::view));
    let mut pending = first.map(|first| (first.from, first.insured()));
    person.rows.iter().filter_map(move |row| {
        let view = row.view();
        if !view.has_number() {
            return None;
        }
        let is_first = pending == Some((view.from, view.insured()));
        if is_first {
            pending = None;
        }
        Some(NumberRecord {
            loose: hash::loose(row.insurer, &row.symbol, &row.number),
            exact: hash::exact(view.insured()),
            household: view.is_household(),
            told: Use {
                from: row.from,
                to: row.to,
                line: row.line,
                owner,
                first: is_first,
            },
        })
    })
}
