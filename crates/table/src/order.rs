//! The row order of tables that carry IDs: number ID, kana ID, nulls last, then a random key that is thrown away, so
//! that nothing of the source's order survives among equals.

use std::cmp::Ordering;

use arrow::array::{Array, ArrayRef, FixedSizeBinaryArray, RecordBatch, UInt32Array};
use arrow::compute::{concat_batches, take, take_record_batch};
use arrow::datatypes::SchemaRef;

/// Why rows could not be ordered.
#[derive(Debug, thiserror::Error)]
pub enum OrderError {
    /// More rows than one table in memory may have.
    #[error("a table of {rows} rows is too long to be ordered at once")]
    Long {
        /// The rows.
        rows: u64,
    },
    /// Our fault.
    #[error("broken invariant: {0}")]
    Broken(&'static str),
}

impl OrderError {
    /// Every code with the names of its details.
    pub const CODES: &[(&str, &[&str])] = &[
        ("table.order.broken", &["invariant"]),
        ("table.order.long", &["rows"]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Broken(_) => "table.order.broken",
            Self::Long { .. } => "table.order.long",
        }
    }

    /// The named values of the message.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Broken(invariant) => vec![("invariant", (*invariant).to_owned())],
            Self::Long { rows } => vec![("rows", rows.to_string())],
        }
    }

    /// The exit code of a command that ends with this.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Broken(_) => 70,
            Self::Long { .. } => 1,
        }
    }
}

/// The positions of the rows in shuffled order: by `number_id`, then `kana_id`, nulls last, then by fresh values of
/// `random`. With a secret seed in `random`, equals keep no trace of where they stood.
pub fn shuffled(
    number_id: &FixedSizeBinaryArray,
    kana_id: &FixedSizeBinaryArray,
    random: &mut dyn FnMut() -> u64,
) -> Result<UInt32Array, OrderError> {
    let rows = number_id.len();
    let last = u32::try_from(rows).map_err(|_| OrderError::Long { rows: rows as u64 })?;
    if kana_id.len() != rows {
        return Err(OrderError::Broken("the two ID columns have the same rows"));
    }
    let mut order: Vec<(u64, u32)> = (0..last).map(|row| (random(), row)).collect();
    order.sort_unstable_by(|&(one, first), &(other, second)| {
        let (first, second) = (first as usize, second as usize);
        nulls_last(number_id, first, second)
            .then_with(|| nulls_last(kana_id, first, second))
            .then_with(|| one.cmp(&other))
            .then_with(|| first.cmp(&second))
    });
    Ok(order
        .into_iter()
        .map(|(_, row)| row)
        .collect::<Vec<u32>>()
        .into())
}

/// All batches as one.
pub fn joined(schema: &SchemaRef, batches: &[RecordBatch]) -> Result<RecordBatch, OrderError> {
    concat_batches(schema, batches).map_err(|_| OrderError::Broken("batches have one schema"))
}

/// One batch of all rows, in the given order.
pub fn reordered(
    schema: &SchemaRef,
    batches: &[RecordBatch],
    order: &UInt32Array,
) -> Result<RecordBatch, OrderError> {
    take_record_batch(&joined(schema, batches)?, order)
        .map_err(|_| OrderError::Broken("an order names rows of the table"))
}

/// The same rows in `rows`-long slices, without a copy.
pub fn slices(batch: &RecordBatch, rows: usize) -> impl Iterator<Item = RecordBatch> {
    let step = rows.max(1);
    let all = batch.num_rows();
    (0..all)
        .step_by(step)
        .map(move |start| batch.slice(start, step.min(all.saturating_sub(start))))
}

/// A column put in place of rows of another order.
pub fn taken(array: &ArrayRef, order: &UInt32Array) -> Result<ArrayRef, OrderError> {
    take(array, order, None).map_err(|_| OrderError::Broken("an order names rows of the column"))
}

fn nulls_last(array: &FixedSizeBinaryArray, first: usize, second: usize) -> Ordering {
    match (array.is_null(first), array.is_null(second)) {
        (false, false) => array.value(first).cmp(array.value(second)),
        (one, other) => one.cmp(&other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids;

    fn column(values: &[Option<u8>]) -> FixedSizeBinaryArray {
        let array = ids::array::<32>(values.iter().map(|value| value.map(|byte| [byte; 32])));
        array
            .as_any()
            .downcast_ref::<FixedSizeBinaryArray>()
            .unwrap()
            .clone()
    }

    #[test]
    fn numbers_come_first_and_nulls_last() {
        let number = column(&[None, Some(2), None, Some(1), Some(2)]);
        let kana = column(&[Some(9), Some(5), None, None, Some(4)]);
        let order = shuffled(&number, &kana, &mut || 0).unwrap();
        assert_eq!(order.values(), &[3, 4, 1, 0, 2]);
    }

    #[test]
    fn equals_stand_in_the_order_of_the_random_key() {
        let none = column(&[None, None, None, None]);
        let mut keys = [3, 1, 2, 0].into_iter();
        let order = shuffled(&none, &none, &mut || keys.next().unwrap()).unwrap();
        assert_eq!(order.values(), &[3, 1, 2, 0]);
    }

    #[test]
    fn columns_of_different_length_are_our_fault() {
        let outcome = shuffled(&column(&[None]), &column(&[None, None]), &mut || 0);
        assert_eq!(outcome.unwrap_err().code(), "table.order.broken");
    }
}
