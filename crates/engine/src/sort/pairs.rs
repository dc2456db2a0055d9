//! IDs with a value each, sorted by ID.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array as _, AsArray as _, FixedSizeBinaryArray, RecordBatch, UInt64Array};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, UInt64Type};
use renketsu_table::ids;

use super::{Order, SortError, Sorted, Sorter};
use crate::Id;
use crate::shelf::BATCH_ROWS;

/// Takes IDs in any order, with a value each; of equal IDs the one that came first comes first.
pub(crate) struct Pairs {
    sorter: Sorter,
    schema: SchemaRef,
    ready: Vec<(Id, u64)>,
}

impl Pairs {
    /// As [`Sorter::new`].
    pub(crate) fn new(budget: usize, dir: &Path) -> Self {
        let schema = Arc::new(Schema::new(vec![
            ids::field_of("id", ids::ID_BYTES),
            Field::new("value", DataType::UInt64, false),
        ]));
        Self {
            sorter: Sorter::new(Order::Id, Arc::clone(&schema), budget, dir),
            schema,
            ready: Vec::new(),
        }
    }

    pub(crate) fn push(&mut self, id: Id, value: u64) -> Result<(), SortError> {
        self.ready.push((id, value));
        if self.ready.len() >= BATCH_ROWS {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), SortError> {
        let ids = ids::array::<32>(self.ready.iter().map(|(id, _)| Some(*id)));
        let values = UInt64Array::from_iter_values(self.ready.iter().map(|(_, value)| *value));
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), vec![ids, Arc::new(values)])
            .map_err(|_| SortError::Broken("a batch of pairs fits its schema"))?;
        self.ready.clear();
        self.sorter.push(batch)
    }

    /// The pairs in the order of their IDs.
    pub(crate) fn finish(mut self) -> Result<SortedPairs, SortError> {
        self.flush()?;
        Ok(SortedPairs {
            rows: self.sorter.finish()?,
            open: None,
        })
    }
}

/// Pairs in the order of their IDs.
pub(crate) struct SortedPairs {
    rows: Sorted,
    open: Option<(FixedSizeBinaryArray, UInt64Array, usize)>,
}

impl SortedPairs {
    fn take(&mut self) -> Option<(Id, u64)> {
        let (ids, values, row) = self.open.as_mut()?;
        let at = *row;
        let id = ids::value(ids, at)?;
        *row = at.saturating_add(1);
        Some((id, values.value(at)))
    }
}

impl Iterator for SortedPairs {
    type Item = Result<(Id, u64), SortError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(pair) = self.take() {
                return Some(Ok(pair));
            }
            let batch = match self.rows.next()? {
                Ok(batch) => batch,
                Err(error) => return Some(Err(error)),
            };
            let ids = batch.column(0).as_fixed_size_binary_opt();
            let values = batch.column(1).as_primitive_opt::<UInt64Type>();
            match ids.zip(values) {
                Some((ids, values)) if ids.null_count() == 0 => {
                    self.open = Some((ids.clone(), values.clone(), 0));
                }
                Some(_) | None => {
                    return Some(Err(SortError::Broken("pairs come back as they went")));
                }
            }
        }
    }
}
