//! One partition of a scan: rows decoded a batch at a time, asked whose they are, and put together.

use std::sync::Arc;

use arrow::array::{
    Array as _, ArrayRef, AsArray as _, BooleanArray, RecordBatch, RecordBatchOptions, UInt32Array,
};
use arrow::buffer::BooleanBuffer;
use arrow::compute::{and, prep_null_mask_filter, take};
use arrow::datatypes::SchemaRef;
use datafusion::common::{DataFusionError, Result};
use datafusion::physical_expr::PhysicalExpr;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};

use super::range::Range;
use crate::person::set::PersonSet;
use crate::person::table::{PersonTable, RowsFile};
use crate::runs::Runs;

/// Rows that are decoded at once: what their columns need stays in a core's cache.
const SCAN_ROWS: usize = 32 * 1024;

/// A reader of the rows of these runs, and the first row it gives.
pub(super) fn reader(
    rows: &RowsFile,
    columns: &[usize],
    runs: &Runs,
    range: std::ops::Range<usize>,
) -> Result<Option<(u64, ParquetRecordBatchReader)>> {
    let part = |list: &[u64]| list.get(range.start).copied();
    let (Some(start), Some(last)) = (
        part(&runs.starts).filter(|_| !range.is_empty()),
        range.end.checked_sub(1),
    ) else {
        return Ok(None);
    };
    let end = match (runs.starts.get(last), runs.rows.get(last)) {
        (Some(start), Some(rows)) => start.saturating_add(u64::from(*rows)),
        _ => return Ok(None),
    };
    let first_group = rows
        .groups
        .partition_point(|row| *row <= start)
        .saturating_sub(1);
    let after = rows.groups.partition_point(|row| *row < end);
    let begin = rows.groups.get(first_group).copied().unwrap_or(0);
    let skip = usize::try_from(start.saturating_sub(begin)).unwrap_or(usize::MAX);
    let count = usize::try_from(end.saturating_sub(start)).unwrap_or(usize::MAX);
    // A descriptor of its own: readers of several partitions must not share a position.
    let file = renketsu_seal::durable::open_file(rows.file.path())?;
    let metadata = rows.metadata.clone();
    let roots = columns.iter().filter_map(|column| column.checked_sub(1));
    let mask = ProjectionMask::roots(metadata.parquet_schema(), roots);
    let mut builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata)
        .with_projection(mask)
        .with_row_groups((first_group..after).collect())
        .with_batch_size(SCAN_ROWS)
        .with_limit(count);
    if skip > 0 {
        builder = builder.with_offset(skip);
    }
    let reader = builder.build().map_err(|_| changed())?;
    Ok(Some((start, reader)))
}

/// A file that opened can't be read on: the medium failed, or somebody changed it. Foreign words are not repeated.
fn changed() -> DataFusionError {
    DataFusionError::External(Box::new(Changed))
}

/// A table's file came apart while it was read.
#[derive(Debug, thiserror::Error)]
#[error("a file of a linked table is damaged")]
pub(crate) struct Changed;

/// One partition being read.
pub(super) struct Reading {
    pub(super) table: Arc<PersonTable>,
    /// The run of the next row, and the first run that isn't of this partition.
    pub(super) run: usize,
    pub(super) last: usize,
    /// The next row the reader gives.
    pub(super) row: u64,
    pub(super) reader: Option<ParquetRecordBatchReader>,
    pub(super) without_columns: bool,
    pub(super) read_schema: SchemaRef,
    pub(super) filters: Vec<Arc<dyn PhysicalExpr>>,
    /// The conditions, if they are a range that is asked of the rows of some persons only.
    pub(super) range: Option<Range>,
    /// For each column that comes out, its place among those read; `None` for the person.
    pub(super) output: Vec<Option<usize>>,
    pub(super) only: Option<Arc<PersonSet>>,
    pub(super) schema: SchemaRef,
    /// Rows of the present run given already, where no column is read.
    pub(super) done_of_run: u32,
}

impl Iterator for Reading {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.without_columns {
            return self.counted();
        }
        loop {
            let Ok(batch) = self.reader.as_mut()?.next()? else {
                return Some(Err(changed()));
            };
            match self.whose(&batch) {
                Ok(None) => {}
                Ok(Some(batch)) => return Some(Ok(batch)),
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

impl Reading {
    /// Rows of a table of which no data column is needed.
    fn counted(&mut self) -> Option<Result<RecordBatch>> {
        let runs = &self.table.runs;
        let mut persons: Vec<u32> = Vec::with_capacity(SCAN_ROWS);
        while self.run < self.last && persons.len() < SCAN_ROWS {
            let (Some(person), Some(rows)) = (runs.persons.get(self.run), runs.rows.get(self.run))
            else {
                break;
            };
            let wanted = self.only.as_ref().is_none_or(|only| only.contains(*person));
            let left = rows.saturating_sub(self.done_of_run) as usize;
            let room = SCAN_ROWS.saturating_sub(persons.len());
            let take = if wanted { left.min(room) } else { left };
            if wanted {
                persons.extend(std::iter::repeat_n(*person, take));
            }
            if take == left {
                self.run = self.run.saturating_add(1);
                self.done_of_run = 0;
            } else {
                let take = u32::try_from(take).unwrap_or(u32::MAX);
                self.done_of_run = self.done_of_run.saturating_add(take);
            }
        }
        if persons.is_empty() {
            return None;
        }
        let rows = persons.len();
        let person: ArrayRef = Arc::new(UInt32Array::from(persons));
        let columns = self.output.iter().map(|_| Arc::clone(&person)).collect();
        Some(batch(&self.schema, columns, rows))
    }

    /// The rows of a batch that are wanted, with their persons.
    fn whose(&mut self, read: &RecordBatch) -> Result<Option<RecordBatch>> {
        let rows = read.num_rows();
        let read = batch(&self.read_schema, read.columns().to_vec(), rows)?;
        let begin = self.row;
        self.row = begin.saturating_add(rows as u64);
        let chosen = if let Some(chosen) = self.in_range(begin, &read) {
            chosen
        } else {
            let passed = self.passed(&read)?;
            if passed.as_ref().is_some_and(|mask| mask.true_count() == 0) {
                self.skip();
                return Ok(None);
            }
            match passed {
                None if self.only.is_none() => match self.everybody(begin, rows) {
                    Some(persons) => Chosen::All(persons),
                    None => self.some(begin, rows, None),
                },
                mask => self.some(begin, rows, mask.as_ref()),
            }
        };
        let (persons, at) = match chosen {
            Chosen::All(persons) => (persons, None),
            Chosen::Some { persons, at } => (persons, Some(UInt32Array::from(at))),
        };
        let count = persons.len();
        if count == 0 {
            return Ok(None);
        }
        let person: ArrayRef = Arc::new(UInt32Array::from(persons));
        let columns = self
            .output
            .iter()
            .map(|place| match (place, &at) {
                (None, _) => Ok(Arc::clone(&person)),
                (Some(place), None) => Ok(Arc::clone(read.column(*place))),
                (Some(place), Some(at)) => Ok(take(read.column(*place), at, None)?),
            })
            .collect::<Result<_>>()?;
        batch(&self.schema, columns, count).map(Some)
    }

    /// Which rows fulfil all conditions; `None` if there are none.
    fn passed(&self, read: &RecordBatch) -> Result<Option<BooleanArray>> {
        let mut mask: Option<BooleanArray> = None;
        for filter in &self.filters {
            let value = filter.evaluate(read)?.into_array(read.num_rows())?;
            let value = value.as_boolean();
            // A condition that says nothing of a row doesn't let it pass.
            let value = if value.null_count() > 0 {
                prep_null_mask_filter(value)
            } else {
                value.clone()
            };
            mask = Some(match mask {
                Some(mask) => and(&mask, &value)?,
                None => value,
            });
        }
        Ok(mask)
    }

    /// Passes over the runs that end before the next row.
    fn skip(&mut self) {
        let runs = &self.table.runs;
        while self.run < self.last
            && let (Some(start), Some(rows)) = (runs.starts.get(self.run), runs.rows.get(self.run))
            && start.saturating_add(u64::from(*rows)) <= self.row
        {
            self.run = self.run.saturating_add(1);
        }
    }

    /// The runs from the present one on that begin before `end`: person, first row, and the row after the last.
    fn ahead(&self, end: u64) -> impl Iterator<Item = (u32, u64, u64)> + '_ {
        let Runs {
            persons,
            starts,
            rows,
        } = &self.table.runs;
        let range = self.run..self.last;
        let persons = persons.get(range.clone()).unwrap_or_default();
        let starts = starts.get(range.clone()).unwrap_or_default();
        let rows = rows.get(range).unwrap_or_default();
        persons
            .iter()
            .zip(starts)
            .zip(rows)
            .map(|((person, start), rows)| (*person, *start, start.wrapping_add(u64::from(*rows))))
            .take_while(move |(_, start, _)| *start < end)
    }

    /// The person of each of `count` rows from `begin`, if every row is somebody's.
    fn everybody(&mut self, begin: u64, count: usize) -> Option<Vec<u32>> {
        let end = begin.saturating_add(count as u64);
        let mut persons = Vec::with_capacity(count);
        let mut next = begin;
        let mut passed = 0_usize;
        for (person, start, stop) in self.ahead(end) {
            if start > next {
                return None;
            }
            let until = stop.min(end);
            let length = usize::try_from(until.saturating_sub(next)).ok()?;
            persons.resize(persons.len().saturating_add(length), person);
            next = until;
            passed = passed.saturating_add(usize::from(stop <= end));
        }
        if next < end {
            return None;
        }
        self.run = self.run.saturating_add(passed);
        Some(persons)
    }

    /// The same as [`Self::some`] under conditions that are a range, if they are.
    fn in_range(&mut self, begin: u64, read: &RecordBatch) -> Option<Chosen> {
        let (range, only) = (self.range?, self.only.as_deref()?);
        let count = read.num_rows();
        let end = begin.saturating_add(count as u64);
        let within = |row: u64| usize::try_from(row.saturating_sub(begin)).unwrap_or(count);
        let wanted = self
            .ahead(end)
            .filter(|(person, ..)| only.contains(*person))
            .map(|(person, start, stop)| (person, within(start), within(stop.min(end))));
        let (mut persons, mut at) = (Vec::new(), Vec::new());
        let asked = range.each(read.column(range.column), wanted, |person, row| {
            persons.push(person);
            at.push(number(row));
        });
        if !asked {
            return None;
        }
        self.skip();
        Some(Chosen::Some { persons, at })
    }

    /// The wanted rows among `count` rows from `begin`: those of somebody, of the persons asked for, that `mask` lets pass.
    fn some(&mut self, begin: u64, count: usize, mask: Option<&BooleanArray>) -> Chosen {
        let end = begin.saturating_add(count as u64);
        let only = self.only.as_deref();
        let bits = mask.map(|mask| Bits::of(mask.values()));
        let (mut persons, mut at) = (Vec::new(), Vec::new());
        let mut passed = 0_usize;
        for (person, start, stop) in self.ahead(end) {
            passed = passed.saturating_add(usize::from(stop <= end));
            if only.is_some_and(|only| !only.contains(person)) {
                continue;
            }
            let within = |row: u64| usize::try_from(row.saturating_sub(begin)).unwrap_or(count);
            let (from, to) = (within(start), within(stop.min(end)));
            match &bits {
                None => at.extend((from..to).map(number)),
                Some(bits) => bits.each(from, to, |row| at.push(number(row))),
            }
            persons.resize(at.len(), person);
        }
        self.run = self.run.saturating_add(passed);
        Chosen::Some { persons, at }
    }
}

/// Which rows of a batch come out, and whose they are.
enum Chosen {
    All(Vec<u32>),
    Some { persons: Vec<u32>, at: Vec<u32> },
}

fn number(row: usize) -> u32 {
    u32::try_from(row).unwrap_or(u32::MAX)
}

/// The bits of a mask, a word at a time.
struct Bits(Vec<u64>);

impl Bits {
    fn of(mask: &BooleanBuffer) -> Self {
        Self(mask.bit_chunks().iter_padded().collect())
    }

    /// Calls `f` with each row from `from` to below `to` whose bit is set.
    #[inline]
    fn each(&self, from: usize, to: usize, mut f: impl FnMut(usize)) {
        let mut at = from;
        while at < to {
            let (word, shift) = (at / 64, at % 64);
            let taken = to.saturating_sub(at).min(64_usize.saturating_sub(shift));
            let mut bits = self.0.get(word).copied().unwrap_or_default() >> shift;
            if taken < 64 {
                bits &= (1_u64 << taken).wrapping_sub(1);
            }
            while bits != 0 {
                f(at.saturating_add(bits.trailing_zeros() as usize));
                bits &= bits.wrapping_sub(1);
            }
            at = at.saturating_add(taken);
        }
    }
}

fn batch(schema: &SchemaRef, columns: Vec<ArrayRef>, rows: usize) -> Result<RecordBatch> {
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    Ok(RecordBatch::try_new_with_options(
        Arc::clone(schema),
        columns,
        &options,
    )?)
}
