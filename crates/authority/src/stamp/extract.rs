//! The extract as it comes: Parquet, CSV or TSV, as batches of one schema.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array as _, ArrayRef, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, SchemaRef};
use renketsu_table::BATCH_ROWS;
use renketsu_table::batches::{self, Batches};
use renketsu_table::delimited::Options;
use renketsu_table::parquet::ParquetSource;

use super::StampError;

/// The rows of an extract in memory, and their columns.
pub(super) struct Extract {
    pub(super) schema: SchemaRef,
    pub(super) batches: Vec<RecordBatch>,
}

impl Extract {
    /// Reads the whole file. In a delimited one the columns named in `text` stay text, so that a leading zero of an
    /// identifier is not lost.
    pub(super) fn read(path: &Path, options: Options, text: &[&str]) -> Result<Self, StampError> {
        let parquet = path
            .extension()
            .is_some_and(|extension| extension.eq_ignore_ascii_case("parquet"));
        if parquet {
            let source = ParquetSource::file(path)?;
            let batches: Result<Vec<_>, _> = source.batches(None, BATCH_ROWS)?.collect();
            return Ok(Self {
                schema: Arc::clone(source.schema()),
                batches: batches?,
            });
        }
        let inferred = batches::infer(path, options, text)?;
        let batches: Result<Vec<_>, _> =
            Batches::typed(path, options, &inferred, BATCH_ROWS)?.collect();
        Ok(Self {
            schema: inferred.schema,
            batches: batches?,
        })
    }

    pub(super) fn has(&self, column: &str) -> bool {
        self.schema.field_with_name(column).is_ok()
    }

    pub(super) fn rows(&self) -> u64 {
        self.batches.iter().fold(0, |sum, batch| {
            sum.saturating_add(u64::try_from(batch.num_rows()).unwrap_or(u64::MAX))
        })
    }

    /// Up to `limit` values of a column as text, spread over the whole table.
    pub(super) fn sample(&self, column: &str, limit: usize) -> Vec<String> {
        let rows = usize::try_from(self.rows()).unwrap_or(usize::MAX);
        let step = rows.div_ceil(limit.max(1)).max(1);
        let mut sample = Vec::new();
        let mut next = 0_usize;
        let mut start = 0_usize;
        for batch in &self.batches {
            let end = start.saturating_add(batch.num_rows());
            if let Some(values) = batch.column_by_name(column).and_then(text) {
                while next < end {
                    let row = next.saturating_sub(start);
                    if !values.is_null(row) {
                        sample.push(values.value(row).to_owned());
                    }
                    next = next.saturating_add(step);
                }
            }
            start = end;
        }
        sample
    }
}

/// The column as text: dates as YYYY-MM-DD, numbers as they are written. `None` for a type that has no text.
pub(super) fn text(column: &ArrayRef) -> Option<StringArray> {
    cast(column, &DataType::Utf8)
        .ok()?
        .as_any()
        .downcast_ref::<StringArray>()
        .cloned()
}

/// The value of a row, or nothing.
pub(super) fn value(column: Option<&StringArray>, row: usize) -> &str {
    column
        .filter(|column| row < column.len() && !column.is_null(row))
        .map_or("", |column| column.value(row))
}
