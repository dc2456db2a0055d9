//! Rows of a SAS XPORT or Stata table, through its column map. A number is read as its digits: only a column of text keeps
//! leading zeros.

use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray as _, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type};
use renketsu_table::BATCH_ROWS;
use renketsu_table::columns::{ColumnMap, ColumnsError};
use renketsu_table::statistical::{self, StatisticalError, StatisticalSource};

use super::delimited::Places;
use super::{SourceError, SourceRecord, file_name};

/// Beyond this a floating-point number is no whole one for certain.
const LARGEST: f64 = 9_007_199_254_740_992.0;

/// Whether a file begins as one of either program. What cannot be read is told by whoever reads it.
pub(super) fn is_statistical(path: &Path) -> bool {
    let mut head = Vec::new();
    let most = statistical::MAGIC as u64;
    let read = renketsu_seal::durable::open_file(path)
        .and_then(|file| file.take(most).read_to_end(&mut head));
    read.is_ok() && (statistical::is_xport(&head) || statistical::is_stata(&head))
}

/// Gives every row to `take`; its line is its number.
pub(super) fn read<E: From<SourceError>>(
    path: &Path,
    columns: &ColumnMap,
    take: &mut dyn FnMut(SourceRecord) -> Result<(), E>,
) -> Result<(), E> {
    let (source, places) = open(path, columns)?;
    let name = file_name(path);
    let mut number = 0_u64;
    for batch in source.batches(BATCH_ROWS).map_err(SourceError::from)? {
        let batch = batch.map_err(SourceError::from)?;
        let texts: Vec<StringArray> = batch
            .columns()
            .iter()
            .map(texts)
            .collect::<Result<_, _>>()?;
        for row in 0..batch.num_rows() {
            number = number.saturating_add(1);
            let text = |place: usize| match texts.get(place) {
                Some(column) if column.is_valid(row) => column.value(row),
                Some(_) | None => "",
            };
            take(places.record((&name, number, number), text))?;
        }
    }
    Ok(())
}

fn open(path: &Path, columns: &ColumnMap) -> Result<(StatisticalSource, Places), SourceError> {
    let file = path.display().to_string();
    if columns.key.is_none() {
        return Err(ColumnsError::Key { file }.into());
    }
    let source = StatisticalSource::file(path, columns.options.encoding)?;
    let schema = source.schema();
    let places = Places::find(columns, &file, |name| schema.index_of(name).ok())?;
    Ok((source, places))
}

/// A column as text: whole numbers without a fraction, days as `YYYY-MM-DD`.
fn texts(column: &ArrayRef) -> Result<StringArray, SourceError> {
    let whole = column
        .as_primitive_opt::<Float64Type>()
        .is_some_and(|numbers| {
            numbers
                .iter()
                .flatten()
                .all(|number| number.fract() == 0.0 && number.abs() < LARGEST)
        });
    let between = if whole {
        Some(DataType::Int64)
    } else if matches!(column.data_type(), DataType::Timestamp(..)) {
        Some(DataType::Date32)
    } else {
        None
    };
    let plain = between.map_or_else(
        || Ok(Arc::clone(column)),
        |kind| cast(column.as_ref(), &kind),
    );
    plain
        .and_then(|column| cast(&column, &DataType::Utf8))
        .ok()
        .and_then(|texts| texts.as_string_opt::<i32>().cloned())
        .ok_or_else(|| StatisticalError::Broken("a column can be written as text").into())
}
