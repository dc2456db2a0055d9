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
use renketsu_table::screen::{Screen, Suspect};

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

    /// What the columns at some places seem to hold, by every row.
    pub(super) fn suspects(&self, places: &[usize]) -> Vec<Suspect> {
        let fields = self.schema.fields();
        let named = places.iter().filter_map(|place| {
            let field = fields.get(*place)?;
            Some((*place, field.name().clone()))
        });
        let mut screen = Screen::of_every_row(named);
        for batch in &self.batches {
            screen.see(batch);
        }
        screen.findings()
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
