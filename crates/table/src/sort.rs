//! Rows of any number in the order of their first column, within a memory budget: sorted runs, and a merge of them.
//!
//! The first column is the key: fixed bytes, never null, compared as bytes. Who wants another order writes it as bytes.
//! Runs go to files without a name, encrypted under a key that only this process has ([`renketsu_seal::scratch`]): after
//! a kill nothing readable is left. Rows with one key keep no order among each other.

mod merge;
mod records;

use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use arrow::array::{Array as _, FixedSizeBinaryArray, RecordBatch};
use arrow::compute::interleave_record_batch;
use arrow::datatypes::SchemaRef;
use arrow::ipc::writer::StreamWriter;
use renketsu_seal::scratch::{Scratch, ScratchReader};

use crate::BATCH_ROWS;
use merge::Merge;
pub use records::{Records, SortedRecords};

/// Runs that are merged at once; each holds one batch in memory.
const FAN_IN: usize = 64;
/// Bytes of a batch of a run, about.
const RUN_BATCH: usize = 1024 * 1024;

/// Why rows were not sorted.
#[derive(Debug, thiserror::Error)]
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
        ("table.sort.broken", &["invariant"]),
        ("table.sort.changed", &["path"]),
        ("table.sort.io", &["path", "reason"]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Broken(_) => "table.sort.broken",
            Self::Changed { .. } => "table.sort.changed",
            Self::Io { .. } => "table.sort.io",
        }
    }

    /// The named values of the message.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Broken(invariant) => vec![("invariant", (*invariant).to_owned())],
            Self::Changed { dir } => vec![("path", dir.display().to_string())],
            Self::Io { dir, source } => vec![
                ("path", dir.display().to_string()),
                ("reason", source.kind().to_string()),
            ],
        }
    }

    /// The exit code of a command that ends with this.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Broken(_) => 70,
            Self::Changed { .. } | Self::Io { .. } => 3,
        }
    }
}

/// The key column of a batch.
fn keys(batch: &RecordBatch) -> Result<&FixedSizeBinaryArray, SortError> {
    let column = batch.columns().first();
    column
        .and_then(|column| column.as_any().downcast_ref::<FixedSizeBinaryArray>())
        .filter(|keys| keys.null_count() == 0)
        .ok_or(SortError::Broken(
            "rows to be sorted begin with a key of fixed bytes",
        ))
}

/// The first 64 bits of a key, as a number of the same order.
fn prefix(key: &[u8]) -> u64 {
    let mut bytes = [0_u8; 8];
    for (to, from) in bytes.iter_mut().zip(key) {
        *to = *from;
    }
    u64::from_be_bytes(bytes)
}

/// Takes rows in any order.
pub struct Sorter {
    schema: SchemaRef,
    /// Bytes of rows and of what sorts them that are held before a run is written.
    budget: usize,
    dir: PathBuf,
    batches: Vec<RecordBatch>,
    bytes: usize,
    runs: Vec<ScratchReader>,
}

impl std::fmt::Debug for Sorter {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Sorter")
            .field("runs", &self.runs.len())
            .finish_non_exhaustive()
    }
}

impl Sorter {
    /// For rows of `schema`, holding about `budget` bytes of them; temporary files go to the file system of `dir`,
    /// which must exist.
    pub fn new(schema: SchemaRef, budget: usize, dir: &Path) -> Self {
        Self {
            schema,
            budget,
            dir: dir.to_owned(),
            batches: Vec::new(),
            bytes: 0,
            runs: Vec::new(),
        }
    }

    /// Takes rows.
    pub fn push(&mut self, batch: RecordBatch) -> Result<(), SortError> {
        if batch.num_rows() == 0 {
            return Ok(());
        }
        let places = batch.num_rows().saturating_mul(size_of::<u128>());
        let size = batch.get_array_memory_size().saturating_add(places);
        if self.bytes.saturating_add(size) > self.budget && !self.batches.is_empty() {
            self.spill()?;
        }
        self.bytes = self.bytes.saturating_add(size);
        self.batches.push(batch);
        Ok(())
    }

    /// How many runs were written to temporary files and not merged yet.
    pub fn spilled(&self) -> usize {
        self.runs.len()
    }

    /// The rows in order.
    pub fn finish(mut self) -> Result<Sorted, SortError> {
        if self.runs.is_empty() {
            let rows = InMemory::sort(std::mem::take(&mut self.batches))?;
            return Ok(Sorted(Source::Memory(rows)));
        }
        // What is left could be merged from memory, but merging needs its own.
        if !self.batches.is_empty() {
            self.spill()?;
        }
        let merge = Merge::new(&self.dir, std::mem::take(&mut self.runs))?;
        Ok(Sorted(Source::Merge(Box::new(merge))))
    }

    fn spill(&mut self) -> Result<(), SortError> {
        let batches = std::mem::take(&mut self.batches);
        let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
        let width = self.bytes.checked_div(rows).unwrap_or(self.bytes).max(1);
        self.bytes = 0;
        let mut sorted = InMemory::sort(batches)?;
        sorted.step = RUN_BATCH
            .checked_div(width)
            .unwrap_or(1)
            .clamp(1, BATCH_ROWS);
        let run = self.write(sorted)?;
        self.runs.push(run);
        if self.runs.len() >= FAN_IN {
            let merged = Merge::new(&self.dir, std::mem::take(&mut self.runs))?;
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
        let foreign = |error| foreign(&self.dir, error);
        let target = BufWriter::with_capacity(1 << 18, Scratch::create(&self.dir).map_err(io)?);
        let mut writer = StreamWriter::try_new(target, &self.schema).map_err(foreign)?;
        for batch in rows {
            writer.write(&batch?).map_err(foreign)?;
        }
        let mut target = writer.into_inner().map_err(foreign)?;
        target.flush().map_err(io)?;
        let scratch = target
            .into_inner()
            .map_err(|error| io(error.into_error()))?;
        scratch.finish().map_err(io)
    }
}

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

/// Batches in the order of their keys; after an error it ends.
#[derive(Debug)]
pub struct Sorted(Source);

enum Source {
    Memory(InMemory),
    Merge(Box<Merge>),
    Ended,
}

impl std::fmt::Debug for Source {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            Self::Memory(_) => "Memory",
            Self::Merge(_) => "Merge",
            Self::Ended => "Ended",
        })
    }
}

impl Iterator for Sorted {
    type Item = Result<RecordBatch, SortError>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = match &mut self.0 {
            Source::Memory(rows) => rows.next(),
            Source::Merge(rows) => rows.next(),
            Source::Ended => None,
        };
        if !matches!(next, Some(Ok(_))) {
            self.0 = Source::Ended;
        }
        next
    }
}

/// Rows in memory, with their places sorted: prefix, batch, row in one number.
struct InMemory {
    batches: Vec<RecordBatch>,
    places: Vec<u128>,
    at: usize,
    /// Rows of a batch that comes out.
    step: usize,
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
    fn sort(batches: Vec<RecordBatch>) -> Result<Self, SortError> {
        let rows = batches.iter().map(RecordBatch::num_rows).sum();
        let mut places = Vec::with_capacity(rows);
        let keys = batches.iter().map(keys).collect::<Result<Vec<_>, _>>()?;
        for (index, keys) in keys.iter().enumerate() {
            places.extend((0..keys.len()).map(|row| place(prefix(keys.value(row)), index, row)));
        }
        places.sort_unstable();
        settle(&mut places, &keys);
        drop(keys);
        Ok(Self {
            batches,
            places,
            at: 0,
            step: BATCH_ROWS,
        })
    }
}

/// Puts rows with one prefix in the order of their whole keys.
fn settle(places: &mut [u128], keys: &[&FixedSizeBinaryArray]) {
    let key = |place: u128| {
        let (batch, row) = indices(place);
        keys.get(batch).map(|keys| keys.value(row))
    };
    for group in places.chunk_by_mut(|a, b| a >> 64 == b >> 64) {
        if group.len() > 1 {
            group.sort_unstable_by(|a, b| key(*a).cmp(&key(*b)));
        }
    }
}

impl Iterator for InMemory {
    type Item = Result<RecordBatch, SortError>;

    fn next(&mut self) -> Option<Self::Item> {
        let end = self.at.saturating_add(self.step).min(self.places.len());
        let chunk = self.places.get(self.at..end).filter(|c| !c.is_empty())?;
        let chosen: Vec<(usize, usize)> = chunk.iter().map(|place| indices(*place)).collect();
        self.at = end;
        let whole: Vec<&RecordBatch> = self.batches.iter().collect();
        let batch = interleave_record_batch(&whole, &chosen);
        Some(batch.map_err(|_| SortError::Broken("a place names a row")))
    }
}
