//! The extract as it comes: Parquet, CSV or TSV, as batches of one schema.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array as _, ArrayRef, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, SchemaRef};
use renketsu_identity::identifying::{self, Finding};
use renketsu_identity::is_blank;
use renketsu_table::BATCH_ROWS;
use renketsu_table::batches::{self, Batches};
use renketsu_table::delimited::Options;
use renketsu_table::parquet::ParquetSource;

use super::StampError;

/// Values of a column that are judged together.
const PART: usize = 1_000;

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

    /// What any part of a column seems to hold: every value is looked at, in parts of equal size. A share of the values
    /// decides, so that few identifying ones among many others are seen only where they stand together.
    pub(super) fn judge(&self, column: &str) -> Vec<Finding> {
        let texts: Vec<StringArray> = self
            .batches
            .iter()
            .filter_map(|batch| batch.column_by_name(column).and_then(text))
            .collect();
        let values: Vec<&str> = texts
            .iter()
            .flat_map(|texts| texts.iter().flatten())
            .filter(|value| !is_blank(value))
            .collect();
        if values.is_empty() {
            return identifying::judge(column, &[]).into_iter().collect();
        }
        let parts = values.len().div_ceil(PART);
        let mut findings: Vec<Finding> = Vec::new();
        for part in values.chunks(values.len().div_ceil(parts)) {
            if let Some(finding) = identifying::judge(column, part)
                && !findings.iter().any(|known| known.reason == finding.reason)
            {
                findings.push(finding);
            }
        }
        findings
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
