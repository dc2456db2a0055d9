//! Records that are their own key: so many bytes, sorted as bytes.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{FixedSizeBinaryArray, FixedSizeBinaryBuilder, RecordBatch};
use arrow::datatypes::{Schema, SchemaRef};

use super::{SortError, Sorted, Sorter, keys};
use crate::{BATCH_ROWS, ids};

/// Takes records of `N` bytes in any order.
#[derive(Debug)]
pub struct Records<const N: usize> {
    sorter: Sorter,
    schema: SchemaRef,
    pending: FixedSizeBinaryBuilder,
    waiting: usize,
}

fn width<const N: usize>() -> i32 {
    i32::try_from(N).unwrap_or(i32::MAX)
}

fn builder<const N: usize>() -> FixedSizeBinaryBuilder {
    FixedSizeBinaryBuilder::with_capacity(BATCH_ROWS, width::<N>())
}

impl<const N: usize> Records<N> {
    /// Holds about `budget` bytes; temporary files go to the file system of `dir`, which must exist.
    pub fn new(budget: usize, dir: &Path) -> Self {
        let schema = Arc::new(Schema::new(vec![ids::field_of("record", width::<N>())]));
        Self {
            sorter: Sorter::new(Arc::clone(&schema), budget, dir),
            schema,
            pending: builder::<N>(),
            waiting: 0,
        }
    }

    /// Takes one.
    pub fn push(&mut self, record: &[u8; N]) -> Result<(), SortError> {
        self.pending
            .append_value(record)
            .map_err(|_| SortError::Broken("a record has its width"))?;
        self.waiting = self.waiting.saturating_add(1);
        if self.waiting >= BATCH_ROWS {
            self.flush()
        } else {
            Ok(())
        }
    }

    fn flush(&mut self) -> Result<(), SortError> {
        let records = std::mem::replace(&mut self.pending, builder::<N>()).finish();
        self.waiting = 0;
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), vec![Arc::new(records)])
            .map_err(|_| SortError::Broken("records fit their schema"))?;
        self.sorter.push(batch)
    }

    /// All of them in order; equal ones stand side by side.
    pub fn finish(mut self) -> Result<SortedRecords<N>, SortError> {
        self.flush()?;
        Ok(SortedRecords {
            batches: self.sorter.finish()?,
            batch: None,
            row: 0,
        })
    }
}

/// Records in order; after an error it ends.
#[derive(Debug)]
pub struct SortedRecords<const N: usize> {
    batches: Sorted,
    batch: Option<FixedSizeBinaryArray>,
    row: usize,
}

impl<const N: usize> Iterator for SortedRecords<N> {
    type Item = Result<[u8; N], SortError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(batch) = &self.batch
                && let Some(record) = ids::value::<N>(batch, self.row)
            {
                self.row = self.row.saturating_add(1);
                return Some(Ok(record));
            }
            let batch = match self.batches.next()? {
                Ok(batch) => keys(&batch).cloned(),
                Err(error) => Err(error),
            };
            match batch {
                Ok(batch) => {
                    self.batch = Some(batch);
                    self.row = 0;
                }
                Err(error) => {
                    self.batch = None;
                    return Some(Err(error));
                }
            }
        }
    }
}
