//! Comparing a link with a known truth: for the demo and for tests, which know whose row each is.

use arrow::array::{Array as _, AsArray as _};
use arrow::compute::cast;
use arrow::datatypes::{DataType, UInt32Type};
use renketsu_table::BATCH_ROWS;
use renketsu_table::parquet::ParquetError;

use crate::runs::{self, Whose};
use crate::shelf::StoredFile;

/// Person number and the value of an integer column, for every row of a linked table in which both are there. A value
/// beyond `u32` counts as absent.
pub fn persons_by(
    runs: &StoredFile,
    rows: &StoredFile,
    column: &str,
) -> Result<Vec<(u32, u32)>, ParquetError> {
    let mut found = Vec::new();
    let mut whose = Whose::new(runs::each(runs)?);
    for batch in rows.table()?.batches(Some(&[column]), BATCH_ROWS)? {
        let batch = batch?;
        let values = batch
            .column_by_name(column)
            .and_then(|array| cast(array, &DataType::UInt32).ok());
        let persons = whose.next(batch.num_rows())?;
        let Some(values) = values else { continue };
        let values = values.as_primitive::<UInt32Type>();
        found.extend(
            persons
                .into_iter()
                .filter(|(row, _)| values.is_valid(*row))
                .map(|(row, person)| (person, values.value(row))),
        );
    }
    Ok(found)
}
