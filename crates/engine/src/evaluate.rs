//! Comparing a link with a known truth: for the demo and for tests, which know whose row each is.

use std::path::Path;

use arrow::array::AsArray as _;
use arrow::compute::cast;
use arrow::datatypes::{DataType, UInt32Type};
use renketsu_table::BATCH_ROWS;
use renketsu_table::parquet::{ParquetError, ParquetSource};

/// Person number and the value of an integer column, for every row of a linked table in which both are there. A value
/// beyond `u32` counts as absent.
pub fn persons_by(table: &Path, column: &str) -> Result<Vec<(u32, u32)>, ParquetError> {
    let mut found = Vec::new();
    let source = ParquetSource::file(table)?;
    for batch in source.batches(Some(&["person", column]), BATCH_ROWS)? {
        let batch = batch?;
        let numbers = |name: &str| {
            batch
                .column_by_name(name)
                .and_then(|array| cast(array, &DataType::UInt32).ok())
        };
        let (Some(persons), Some(values)) = (numbers("person"), numbers(column)) else {
            continue;
        };
        let pairs = persons
            .as_primitive::<UInt32Type>()
            .iter()
            .zip(values.as_primitive::<UInt32Type>());
        found.extend(pairs.filter_map(|(person, value)| Some((person?, value?))));
    }
    Ok(found)
}
