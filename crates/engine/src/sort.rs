//! Rows of any number in the order of their keys, within a memory budget: sorted runs, and a merge of them.
//!
//! Runs go to files without a name, encrypted under a key that only this process has ([`renketsu_seal::scratch`]): after
//! a kill nothing readable is left.

mod merge;
mod pairs;

use std::cmp::Ordering;
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use arrow::array::{Array, AsArray as _, BooleanArray, FixedSizeBinaryArray, RecordBatch};
use arrow::compute::interleave_record_batch;
use arrow::datatypes::{SchemaRef, UInt32Type};
use arrow::ipc::writer::StreamWriter;
use renketsu_seal::scratch::{Scratch, ScratchReader};
use thiserror::Error;

use crate::shelf::BATCH_ROWS;
use merge::Merge;
pub(crate) use pairs::{Pairs, SortedPairs};

/// Runs that are merged at once; each holds one batch in memory.
const FAN_IN: usize = 64;

/// Why rows were not sorted.
#[derive(Debug, Error)]
pub enum SortError {
    /// A temporary file could not be written or read.
    #[error("a temporary file in {} can't be used", dir.display())]
    Io {
        /// The directory it has no name in.
        dir: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// A temporary file came back as something else: the medium changed it.
    #[error("a temporary file in {} came back changed", dir.display())]
    Changed {
        /// The directory it has no name in.
        dir: PathBuf,
    },
    /// Our fault.
    #[error("broken invariant: {0}")]
    Broken(&'static str),
}

impl SortError {
    /// Every code with the names of its details.
    pub const CODES: &[(&str, &[&str])] = &[
        ("engine.sort.io", &["path"]),
        ("engine.sort.changed", &["path"]),
        ("engine.sort.broken", &["invariant"]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Io { .. } => "engine.sort.io",
            Self::Changed { .. } => "engine.sort.changed",
            Self::Broken(_) => "engine.sort.broken",
        }
    }

    /// The named values of the message.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Io { dir, .. } | Self::Changed { dir } => {
                vec![("path", dir.display().to_string())]
            }
            Self::Broken(invariant) => vec![("invariant", (*invariant).to_owned())],
        }
    }

    /// The exit code of a command that ends with this.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Io { .. } | Self::Changed { .. } => 3,
            Self::Broken(_) => 70,
        }
    }
}

/// What rows are sorted by. Rows that are equal in it keep the order they came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// Column 0: an ID, never null.
    Id,
    /// Columns 0 to 2: number ID, kana ID, nulls last, then rows that call the kana ID unique first.
    Ids,
    /// Column 0: the person number, never null.
    Person,
}

/// The key columns of one batch.
enum Keys<'a> {
    Id(&'a FixedSizeBinaryArray),
    Ids(
        &'a FixedSizeBinaryArray,
        &'a FixedSizeBinaryArray,
        &'a BooleanArray,
    ),
    Person(&'a [u32]),
}

impl<'a> Keys<'a> {
    fn of(order: Order, batch: &'a RecordBatch) -> Result<Self, SortError> {
        let missing = || SortError::Broken("a batch has the key columns of its order");
        match (order, batch.columns()) {
            (Order::Id, [id, ..]) => {
                Ok(Self::Id(id.as_fixed_size_binary_opt().ok_or_else(missing)?))
            }
            (Order::Ids, [number, kana, unique, ..]) => Ok(Self::Ids(
                number.as_fixed_size_binary_opt().ok_or_else(missing)?,
                kana.as_fixed_size_binary_opt().ok_or_else(missing)?,
                unique.as_boolean_opt().ok_or_else(missing)?,
            )),
            (Order::Person, [person, ..]) => Ok(Self::Person(
                person
                    .as_primitive_opt::<UInt32Type>()
                    .ok_or_else(missing)?
                    .values(),
            )),
            _ => Err(missing()),
        }
    }

    /// The first 64 bits of the order, of [`Order::Ids`] two bits of class and then the number. Almost every comparison
    /// needs no more.
    fn prefix(&self, row: usize) -> u64 {
        const NONE: u64 = 2 << 62;
        match self {
            Self::Id(id) => first(id.value(row)),
            Self::Ids(number, kana, _) => {
                if number.is_valid(row) {
                    first(number.value(row)) >> 2
                } else if kana.is_valid(row) {
                    1 << 62 | first(kana.value(row)) >> 2
                } else {
                    NONE
                }
            }
            Self::Person(persons) => persons.get(row).copied().map_or(NONE, u64::from),
        }
    }

    fn compare(&self, row: usize, other: &Self, other_row: usize) -> Ordering {
        match (self, other) {
            (Self::Id(a), Self::Id(b)) => a.value(row).cmp(b.value(other_row)),
            (Self::Ids(number, kana, unique), Self::Ids(number_b, kana_b, unique_b)) => {
                let nulls_last = |a: Option<&[u8]>, b: Option<&[u8]>| {
                    a.is_none().cmp(&b.is_none()).then_with(|| a.cmp(&b))
                };
                nulls_last(value(number, row), value(number_b, other_row))
                    .then_with(|| nulls_last(value(kana, row), value(kana_b, other_row)))
                    .then_with(|| says(unique_b, other_row).cmp(&says(unique, row)))
            }
            (Self::Person(a), Self::Person(b)) => a.get(row).cmp(&b.get(other_row)),
            (Self::Id(_) | Self::Ids(..) | Self::Person(_), _) => Ordering::Equal,
        }
    }
}

fn first(id: &[u8]) -> u64 {
    id.first_chunk()
        .map_or(0, |bytes| u64::from_be_bytes(*bytes))
}

fn value(ids: &FixedSizeBinaryArray, row: usize) -> Option<&[u8]> {
    ids.is_valid(row).then(|| ids.value(row))
}

/// Unique first, then not unique, then rows that don't say.
fn says(unique: &BooleanArray, row: usize) -> Option<bool> {
    unique.is_valid(row).then(|| unique.value(row))
}

/// Takes rows in any order.
pub(crate) struct Sorter {
    order: Order,
    schema: SchemaRef,
    /// Bytes of rows and of what sorts them that are held before a run is written.
    budget: usize,
    dir: PathBuf,
    batches: Vec<RecordBatch>,
    bytes: usize,
    runs: Vec<ScratchReader>,
}

impl Sorter {
    /// Rows of `schema`; temporary files go to the file system of `dir`, which must exist.
    pub(crate) fn new(order: Order, schema: SchemaRef, budget: usize, dir: &Path) -> Self {
        Self {
            order,
            schema,
            budget,
            dir: dir.to_owned(),
            batches: Vec::new(),
            bytes: 0,
            runs: Vec::new(),
        }
    }

    pub(crate) fn push(&mut self, batch: RecordBatch) -> Result<(), SortError> {
        if batch.num_rows() == 0 {
            return Ok(());
        }
        // A place of a row has 16 bytes; the vector of places grows to twice of it at worst.
        let size = batch
            .get_array_memory_size()
            .saturating_add(batch.num_rows().saturating_mul(24));
        if self.bytes.saturating_add(size) > self.budget && !self.batches.is_empty() {
            self.spill()?;
        }
        self.bytes = self.bytes.saturating_add(size);
        self.batches.push(batch);
        Ok(())
    }

    /// How many runs were written to temporary files.
    pub(crate) fn spilled(&self) -> usize {
        self.runs.len()
    }

    fn spill(&mut self) -> Result<(), SortError> {
        let batches = std::mem::take(&mut self.batches);
        self.bytes = 0;
        let run = InMemory::sort(self.order, batches)?;
        self.push_run(run)
    }

    /// Adds rows that are in order already.
    pub(crate) fn push_run(
        &mut self,
        rows: impl Iterator<Item = Result<RecordBatch, SortError>>,
    ) -> Result<(), SortError> {
        let run = self.write(rows)?;
        self.runs.push(run);
        if self.runs.len() >= FAN_IN {
            let runs = std::mem::take(&mut self.runs);
            let merged = Merge::new(self.order, &self.dir, runs, None)?;
            self.runs = vec![self.write(merged)?];
        }
        Ok(())
    }

    fn write(
        &self,
        rows: impl Iterator<Item = Result<RecordBatch, SortError>>,
    ) -> Result<ScratchReader, SortError> {
        let io = |source| SortError::Io {
            dir: self.dir.clone(),
            source,
        };
        let target = BufWriter::with_capacity(1 << 18, Scratch::create(&self.dir).map_err(io)?);
        let mut writer =
            StreamWriter::try_new(target, &self.schema).map_err(|error| self.foreign(error))?;
        for batch in rows {
            writer.write(&batch?).map_err(|error| self.foreign(error))?;
        }
        let mut target = writer.into_inner().map_err(|error| self.foreign(error))?;
        target.flush().map_err(io)?;
        let scratch = target
            .into_inner()
            .map_err(|error| io(error.into_error()))?;
        scratch.finish().map_err(io)
    }

    fn foreign(&self, error: arrow::error::ArrowError) -> SortError {
        foreign(&self.dir, error)
    }

    /// The rows in order.
    pub(crate) fn finish(mut self) -> Result<Sorted, SortError> {
        let last = InMemory::sort(self.order, std::mem::take(&mut self.batches))?;
        if self.runs.is_empty() {
            Ok(Sorted::Memory(last))
        } else {
            self.runs_and(Box::new(last))
        }
    }

    /// The rows of all runs, and of a last one that needn't be written.
    pub(crate) fn finish_with(
        self,
        last: impl Iterator<Item = Result<RecordBatch, SortError>> + 'static,
    ) -> Result<Sorted, SortError> {
        self.runs_and(Box::new(last))
    }

    fn runs_and(self, last: Rows) -> Result<Sorted, SortError> {
        let merge = Merge::new(self.order, &self.dir, self.runs, Some(last))?;
        Ok(Sorted::Merge(Box::new(merge)))
    }
}

/// Batches in order.
type Rows = Box<dyn Iterator<Item = Result<RecordBatch, SortError>>>;

/// The system's own error if there was one; foreign words are not repeated.
fn foreign(dir: &Path, error: arrow::error::ArrowError) -> SortError {
    let dir = dir.to_owned();
    if let arrow::error::ArrowError::IoError(_, source) = error
        && source.kind() != io::ErrorKind::InvalidData
    {
        return SortError::Io { dir, source };
    }
    SortError::Changed { dir }
}

/// Batches in the order of their keys.
pub(crate) enum Sorted {
    Memory(InMemory),
    Merge(Box<Merge>),
}

impl Iterator for Sorted {
    type Item = Result<RecordBatch, SortError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Memory(rows) => rows.next(),
            Self::Merge(rows) => rows.next(),
        }
    }
}

/// Rows in memory, with their places sorted: prefix, batch, row in one number.
pub(crate) struct InMemory {
    batches: Vec<RecordBatch>,
    places: Vec<u128>,
    at: usize,
}

fn place(prefix: u64, batch: usize, row: usize) -> u128 {
    u128::from(prefix) << 64 | (batch as u128 & 0xffff_ffff) << 32 | (row as u128 & 0xffff_ffff)
}

/// Batch and row of a place.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the two halves of the lower 64 bits"
)]
fn indices(place: u128) -> (usize, usize) {
    (((place >> 32) as u32) as usize, (place as u32) as usize)
}

impl InMemory {
    fn sort(order: Order, batches: Vec<RecordBatch>) -> Result<Self, SortError> {
        let rows = batches.iter().map(RecordBatch::num_rows).sum();
        let mut places = Vec::with_capacity(rows);
        let keys = batches
            .iter()
            .map(|batch| Keys::of(order, batch))
            .collect::<Result<Vec<_>, _>>()?;
        for (index, (keys, batch)) in keys.iter().zip(&batches).enumerate() {
            places.extend((0..batch.num_rows()).map(|row| place(keys.prefix(row), index, row)));
        }
        places.sort_unstable();
        if order != Order::Person {
            settle(&mut places, &keys);
        }
        drop(keys);
        Ok(Self {
            batches,
            places,
            at: 0,
        })
    }
}

/// Puts rows with one prefix in the order of their whole keys.
fn settle(places: &mut [u128], keys: &[Keys<'_>]) {
    let compare = |a: u128, b: u128| {
        let ((batch_a, row_a), (batch_b, row_b)) = (indices(a), indices(b));
        match (keys.get(batch_a), keys.get(batch_b)) {
            (Some(one), Some(other)) => one.compare(row_a, other, row_b),
            _ => Ordering::Equal,
        }
    };
    for group in places.chunk_by_mut(|a, b| a >> 64 == b >> 64) {
        let Some((head, rest)) = group.split_first() else {
            continue;
        };
        if rest.iter().any(|other| compare(*head, *other).is_ne()) {
            group.sort_unstable_by(|a, b| compare(*a, *b).then_with(|| a.cmp(b)));
        }
    }
}

impl Iterator for InMemory {
    type Item = Result<RecordBatch, SortError>;

    fn next(&mut self) -> Option<Self::Item> {
        let end = self.at.saturating_add(BATCH_ROWS).min(self.places.len());
        let chunk = self.places.get(self.at..end).filter(|c| !c.is_empty())?;
        let chosen: Vec<(usize, usize)> = chunk.iter().map(|place| indices(*place)).collect();
        self.at = end;
        let whole: Vec<&RecordBatch> = self.batches.iter().collect();
        Some(
            interleave_record_batch(&whole, &chosen)
                .map_err(|_| SortError::Broken("a place names a row")),
        )
    }
}

#[cfg(test)]
mod tests;
