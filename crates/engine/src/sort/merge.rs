//! Several sorted runs as one.

use std::cmp::Ordering;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use arrow::array::RecordBatch;
use arrow::compute::interleave_record_batch;
use arrow::ipc::reader::StreamReader;
use renketsu_seal::scratch::ScratchReader;

use super::{Keys, Order, Rows, SortError, foreign};
use crate::shelf::BATCH_ROWS;

/// Where a run comes from.
enum Run {
    File(Box<StreamReader<BufReader<ScratchReader>>>),
    Memory(Rows),
}

impl Run {
    fn next(&mut self, dir: &Path) -> Option<Result<RecordBatch, SortError>> {
        match self {
            Self::File(reader) => Some(reader.next()?.map_err(|error| foreign(dir, error))),
            Self::Memory(rows) => rows.next(),
        }
    }
}

/// The row at which a run stands.
struct Cursor {
    run: Run,
    batch: RecordBatch,
    prefixes: Vec<u64>,
    row: usize,
    /// Index of its batch among those that the next output is put together from.
    slot: usize,
}

/// Merges runs; of equal rows those of an earlier run come first.
pub(crate) struct Merge {
    order: Order,
    dir: PathBuf,
    cursors: Vec<Cursor>,
    /// Batches that rows of the next output come from.
    slots: Vec<RecordBatch>,
    chosen: Vec<(usize, usize)>,
}

impl Merge {
    pub(super) fn new(
        order: Order,
        dir: &Path,
        files: Vec<ScratchReader>,
        last: Option<Rows>,
    ) -> Result<Self, SortError> {
        let mut runs = Vec::new();
        for file in files {
            let reader = StreamReader::try_new(BufReader::with_capacity(1 << 16, file), None)
                .map_err(|error| foreign(dir, error))?;
            runs.push(Run::File(Box::new(reader)));
        }
        runs.extend(last.map(Run::Memory));
        let mut merge = Self {
            order,
            dir: dir.to_owned(),
            cursors: Vec::new(),
            slots: Vec::new(),
            chosen: Vec::with_capacity(BATCH_ROWS),
        };
        for mut run in runs {
            if let Some(batch) = run.next(dir) {
                let batch = batch?;
                let cursor = merge.stand(run, batch)?;
                merge.cursors.push(cursor);
            }
        }
        Ok(merge)
    }

    fn stand(&mut self, run: Run, batch: RecordBatch) -> Result<Cursor, SortError> {
        let keys = Keys::of(self.order, &batch)?;
        let prefixes = (0..batch.num_rows()).map(|row| keys.prefix(row)).collect();
        let slot = self.slots.len();
        self.slots.push(batch.clone());
        Ok(Cursor {
            run,
            prefixes,
            row: 0,
            slot,
            batch,
        })
    }

    /// How `row` of `a` stands to the current row of `b`.
    fn compare(&self, a: &Cursor, row: usize, b: &Cursor) -> Result<Ordering, SortError> {
        let prefix = a.prefixes.get(row).cmp(&b.prefixes.get(b.row));
        if prefix.is_ne() || self.order == Order::Person {
            return Ok(prefix);
        }
        let (one, other) = (
            Keys::of(self.order, &a.batch)?,
            Keys::of(self.order, &b.batch)?,
        );
        Ok(one.compare(row, &other, b.row))
    }

    /// Index of the run with the least row, and of the one with the next.
    fn least(&self) -> Result<Option<(usize, Option<usize>)>, SortError> {
        let mut best: Option<usize> = None;
        let mut second: Option<usize> = None;
        for (index, cursor) in self.cursors.iter().enumerate() {
            let less = |than: Option<usize>| -> Result<bool, SortError> {
                match than.and_then(|i| self.cursors.get(i)) {
                    None => Ok(true),
                    Some(other) => Ok(self.compare(cursor, cursor.row, other)?.is_lt()),
                }
            };
            if less(best)? {
                second = best;
                best = Some(index);
            } else if less(second)? {
                second = Some(index);
            }
        }
        Ok(best.map(|best| (best, second)))
    }

    /// Takes rows of the least run as long as they come before the next run's row. Says whether there was any.
    fn take(&mut self) -> Result<bool, SortError> {
        let Some((best, second)) = self.least()? else {
            return Ok(false);
        };
        let room = BATCH_ROWS.saturating_sub(self.chosen.len()).max(1);
        let broken = || SortError::Broken("a run that was found is there");
        let cursor = self.cursors.get(best).ok_or_else(broken)?;
        let end = cursor.batch.num_rows().min(cursor.row.saturating_add(room));
        let mut row = cursor.row.saturating_add(1);
        if let Some((next, other)) = second.and_then(|i| Some((i, self.cursors.get(i)?))) {
            while row < end {
                let order = self.compare(cursor, row, other)?;
                if order.is_gt() || (order.is_eq() && next < best) {
                    break;
                }
                row = row.saturating_add(1);
            }
        } else {
            row = end;
        }
        let slot = cursor.slot;
        self.chosen.extend((cursor.row..row).map(|r| (slot, r)));
        self.advance(best, row)?;
        Ok(true)
    }

    fn advance(&mut self, index: usize, row: usize) -> Result<(), SortError> {
        let broken = || SortError::Broken("a run that was found is there");
        let cursor = self.cursors.get_mut(index).ok_or_else(broken)?;
        cursor.row = row;
        if row < cursor.batch.num_rows() {
            return Ok(());
        }
        match cursor.run.next(&self.dir) {
            None => {
                self.cursors.remove(index);
            }
            Some(batch) => {
                let batch = batch?;
                let keys = Keys::of(self.order, &batch)?;
                cursor.prefixes.clear();
                cursor
                    .prefixes
                    .extend((0..batch.num_rows()).map(|row| keys.prefix(row)));
                cursor.slot = self.slots.len();
                cursor.row = 0;
                self.slots.push(batch.clone());
                cursor.batch = batch;
            }
        }
        Ok(())
    }

    fn emit(&mut self) -> Result<RecordBatch, SortError> {
        let whole: Vec<&RecordBatch> = self.slots.iter().collect();
        let batch = interleave_record_batch(&whole, &self.chosen)
            .map_err(|_| SortError::Broken("a place names a row"))?;
        self.chosen.clear();
        self.slots.clear();
        for cursor in &mut self.cursors {
            cursor.slot = self.slots.len();
            self.slots.push(cursor.batch.clone());
        }
        Ok(batch)
    }
}

impl Iterator for Merge {
    type Item = Result<RecordBatch, SortError>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.chosen.len() < BATCH_ROWS {
            match self.take() {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => return Some(Err(error)),
            }
        }
        (!self.chosen.is_empty()).then(|| self.emit())
    }
}
