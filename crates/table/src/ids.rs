//! Columns of provision IDs (提供用ID) and row references: fixed bytes, never text.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BooleanArray, FixedSizeBinaryArray, FixedSizeBinaryBuilder, RecordBatch,
};
use arrow::datatypes::{DataType, Field};

/// The column of the ID made from the first number (規則28条二号).
pub const NUMBER_ID: &str = "number_id";
/// The column of the ID made from kana, birth date and sex (規則28条一号).
pub const KANA_ID: &str = "kana_id";
/// Whether exactly one registered person has what the kana ID was made from.
pub const KANA_UNIQUE: &str = "kana_unique";
/// The column of a request's and an answer's row references.
pub const ROW_REF: &str = "row_ref";
/// The column of the tokens that stand for rows between the authority's custodians.
pub const TOKEN: &str = "token";
/// In the verifiable mode of the kana ID, what a person's is made from.
pub const KANA_INPUT: &str = "kana_input";
/// The factor that the input's point is blinded by.
pub const KANA_FACTOR: &str = "kana_factor";
/// The blinded point, as the issuer gets it.
pub const KANA_BLINDED: &str = "kana_blinded";
/// The blinded point as the issuer evaluated it.
pub const KANA_EVALUATED: &str = "kana_evaluated";
/// What an issuer counts persons by who have a kana ID.
pub const KANA_PERSON: &str = "kana_person";
/// Bytes of an ID.
pub const ID_BYTES: i32 = 32;
/// Bytes of a row reference.
pub const ROW_REF_BYTES: i32 = 16;

/// A nullable column of IDs.
pub fn id_field(name: &str) -> Field {
    Field::new(name, DataType::FixedSizeBinary(ID_BYTES), true)
}

/// The three columns at the front of every table that carries IDs.
pub fn front() -> [Field; 3] {
    [
        id_field(NUMBER_ID),
        id_field(KANA_ID),
        Field::new(KANA_UNIQUE, DataType::Boolean, true),
    ]
}

/// A column of fixed bytes that is never null.
pub fn field_of(name: &str, bytes: i32) -> Field {
    Field::new(name, DataType::FixedSizeBinary(bytes), false)
}

/// An array of `N` bytes per value.
pub fn array<const N: usize>(values: impl IntoIterator<Item = Option<[u8; N]>>) -> ArrayRef {
    let width = i32::try_from(N).unwrap_or(i32::MAX);
    let values = values.into_iter();
    let mut builder = FixedSizeBinaryBuilder::with_capacity(values.size_hint().0, width);
    for value in values {
        match value {
            // The width is the builder's own, so a value is never refused.
            Some(bytes) => drop(builder.append_value(bytes)),
            None => builder.append_null(),
        }
    }
    Arc::new(builder.finish())
}

/// The column of that name if it holds fixed values of `bytes` bytes.
pub fn fixed<'a>(
    batch: &'a RecordBatch,
    name: &str,
    bytes: i32,
) -> Option<&'a FixedSizeBinaryArray> {
    let array = batch
        .column_by_name(name)?
        .as_any()
        .downcast_ref::<FixedSizeBinaryArray>()?;
    (array.value_length() == bytes).then_some(array)
}

/// The column of that name if it is a boolean one.
pub fn boolean<'a>(batch: &'a RecordBatch, name: &str) -> Option<&'a BooleanArray> {
    batch
        .column_by_name(name)?
        .as_any()
        .downcast_ref::<BooleanArray>()
}

/// The value of a row, if it is not null and has `N` bytes.
pub fn value<const N: usize>(array: &FixedSizeBinaryArray, row: usize) -> Option<[u8; N]> {
    if row >= array.len() || array.is_null(row) {
        return None;
    }
    array.value(row).try_into().ok()
}
