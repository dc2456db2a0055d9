//! IDs as sources write them.

use arrow::array::{
    Array, ArrayRef, AsArray as _, BooleanArray, BooleanBufferBuilder, BooleanBuilder,
    FixedSizeBinaryArray, RecordBatch,
};
use arrow::buffer::{Buffer, NullBuffer};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type};
use renketsu_table::ids;
use serde::Serialize;

use super::ImportError;
use crate::Id;

/// Positions of the ID columns in the source.
pub(super) struct Kinds {
    pub(super) number: usize,
    pub(super) kana: Option<usize>,
    pub(super) unique: Option<usize>,
}

impl Kinds {
    pub(super) fn has(&self, column: usize) -> bool {
        [Some(self.number), self.kana, self.unique].contains(&Some(column))
    }
}

/// Values that stand where there is no ID.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Sentinels {
    /// No value.
    pub null: u64,
    /// An empty text, or nothing but spaces. In a delimited file an empty field.
    pub empty: u64,
    /// `9`.
    pub nine: u64,
    /// 32 bytes of 00, 99 or ff: what programs fill an empty field with.
    pub padding: u64,
}

/// Reads IDs batch by batch and counts what it meets.
#[derive(Default)]
pub(super) struct Keys {
    table: String,
    empty_is_null: bool,
    pub(super) rows: u64,
    pub(super) number: u64,
    pub(super) kana_only: u64,
    pub(super) neither: u64,
    pub(super) number_sentinels: Sentinels,
    pub(super) kana_sentinels: Sentinels,
}

impl Keys {
    pub(super) fn new(table: &str, empty_is_null: bool) -> Self {
        Self {
            table: table.to_owned(),
            empty_is_null,
            ..Self::default()
        }
    }

    /// Number IDs, kana IDs, and whether the kana IDs are unique.
    pub(super) fn add(
        &mut self,
        batch: &RecordBatch,
        kinds: &Kinds,
    ) -> Result<(FixedSizeBinaryArray, FixedSizeBinaryArray, BooleanArray), ImportError> {
        let mut reader = Reader {
            table: &self.table,
            empty_is_null: self.empty_is_null,
            rows: self.rows,
        };
        let rows = batch.num_rows();
        let numbers = reader.ids(batch, Some(kinds.number), &mut self.number_sentinels)?;
        let kanas = reader.ids(batch, kinds.kana, &mut self.kana_sentinels)?;
        let unique = reader.flags(batch, kinds.unique)?;
        let with_number = rows.saturating_sub(numbers.null_count());
        self.number = self.number.saturating_add(with_number as u64);
        for row in 0..rows {
            if numbers.is_null(row) {
                let counter = if kanas.is_valid(row) {
                    &mut self.kana_only
                } else {
                    &mut self.neither
                };
                *counter = counter.saturating_add(1);
            }
        }
        self.rows = self.rows.saturating_add(rows as u64);
        Ok((numbers, kanas, unique))
    }
}

/// Reads ID columns of one batch.
struct Reader<'a> {
    table: &'a str,
    empty_is_null: bool,
    /// Rows before this batch.
    rows: u64,
}

/// What a cell is.
enum Cell {
    Empty,
    Id(Id),
    Malformed,
    Nine,
    Padding,
}

impl Reader<'_> {
    fn ids(
        &mut self,
        batch: &RecordBatch,
        column: Option<usize>,
        sentinels: &mut Sentinels,
    ) -> Result<FixedSizeBinaryArray, ImportError> {
        let rows = batch.num_rows();
        let Some(column) = column else {
            return Ok(FixedSizeBinaryArray::new_null(ids::ID_BYTES, rows));
        };
        let array = batch.column(column);
        let read = reader(array).ok_or_else(|| self.kind(batch, column))?;
        let mut values: Vec<u8> = Vec::with_capacity(rows.saturating_mul(32));
        let mut valid = BooleanBufferBuilder::new(rows);
        for row in 0..rows {
            let value = if array.is_null(row) {
                None
            } else {
                Some(read(array, row))
            };
            let counter = match value {
                Some(Cell::Id(id)) => {
                    values.extend_from_slice(&id);
                    valid.append(true);
                    continue;
                }
                Some(Cell::Malformed) => return Err(self.malformed(batch, column, row)),
                None if !self.empty_is_null => &mut sentinels.null,
                None | Some(Cell::Empty) => &mut sentinels.empty,
                Some(Cell::Nine) => &mut sentinels.nine,
                Some(Cell::Padding) => &mut sentinels.padding,
            };
            *counter = counter.saturating_add(1);
            values.extend_from_slice(&[0; 32]);
            valid.append(false);
        }
        FixedSizeBinaryArray::try_new(
            ids::ID_BYTES,
            Buffer::from_vec(values),
            Some(NullBuffer::new(valid.finish())),
        )
        .map_err(|_| ImportError::Broken("IDs are fixed bytes"))
    }

    fn flags(
        &self,
        batch: &RecordBatch,
        column: Option<usize>,
    ) -> Result<BooleanArray, ImportError> {
        let rows = batch.num_rows();
        let Some(column) = column else {
            return Ok(BooleanArray::new_null(rows));
        };
        let array = batch.column(column);
        if let Some(flags) = array.as_boolean_opt() {
            return Ok(flags.clone());
        }
        let mut flags = BooleanBuilder::with_capacity(rows);
        if array.data_type().is_integer() || array.data_type().is_floating() {
            // SAS and Stata have no truth values. No other number becomes 0 or 1 as floating point.
            let numbers = cast(array, &DataType::Float64)
                .map_err(|_| ImportError::Broken("numbers have floating point"))?;
            for (row, value) in numbers.as_primitive::<Float64Type>().iter().enumerate() {
                flags.append_option(match value {
                    None => None,
                    Some(1.0) => Some(true),
                    Some(0.0) => Some(false),
                    Some(_) => return Err(self.flag(batch, column, row)),
                });
            }
            return Ok(flags.finish());
        }
        let text = array
            .as_string_opt::<i32>()
            .ok_or_else(|| self.kind(batch, column))?;
        for (row, value) in text.iter().enumerate() {
            flags.append_option(match value.map(str::trim) {
                None | Some("") => None,
                Some("1") => Some(true),
                Some("0") => Some(false),
                Some(word) if word.eq_ignore_ascii_case("true") => Some(true),
                Some(word) if word.eq_ignore_ascii_case("false") => Some(false),
                Some(_) => return Err(self.flag(batch, column, row)),
            });
        }
        Ok(flags.finish())
    }

    fn name(batch: &RecordBatch, column: usize) -> String {
        batch.schema_ref().field(column).name().clone()
    }

    /// Rows are counted from 1.
    fn row(&self, row: usize) -> u64 {
        self.rows.saturating_add(row as u64).saturating_add(1)
    }

    fn kind(&self, batch: &RecordBatch, column: usize) -> ImportError {
        ImportError::Kind {
            table: self.table.to_owned(),
            column: Self::name(batch, column),
        }
    }

    fn malformed(&self, batch: &RecordBatch, column: usize, row: usize) -> ImportError {
        let (table, column) = (self.table.to_owned(), Self::name(batch, column));
        ImportError::Id {
            table,
            column,
            row: self.row(row),
        }
    }

    fn flag(&self, batch: &RecordBatch, column: usize, row: usize) -> ImportError {
        let (table, column) = (self.table.to_owned(), Self::name(batch, column));
        ImportError::Flag {
            table,
            column,
            row: self.row(row),
        }
    }
}

/// How to read a column of IDs, if IDs can be in it.
fn reader(array: &ArrayRef) -> Option<fn(&ArrayRef, usize) -> Cell> {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the types that IDs come in")]
    match array.data_type() {
        DataType::FixedSizeBinary(32) => {
            Some(|array, row| bytes(array.as_fixed_size_binary().value(row)))
        }
        DataType::Binary => Some(|array, row| bytes(array.as_binary::<i32>().value(row))),
        DataType::Utf8 => Some(|array, row| text(array.as_string::<i32>().value(row))),
        _ => None,
    }
}

fn bytes(value: &[u8]) -> Cell {
    match value.try_into() {
        Ok(id) => cell(id),
        // Text in a column of bytes.
        Err(_) => std::str::from_utf8(value).map_or(Cell::Malformed, text),
    }
}

fn text(value: &str) -> Cell {
    let value = value.trim();
    match value {
        "" => Cell::Empty,
        "9" => Cell::Nine,
        _ => hex(value).map_or(Cell::Malformed, cell),
    }
}

/// As an ID, padding would make one person of many; no keyed hash gives these values.
const PADDING: [Id; 3] = [[0x00; 32], [0x99; 32], [0xff; 32]];

fn cell(id: Id) -> Cell {
    if PADDING.contains(&id) {
        Cell::Padding
    } else {
        Cell::Id(id)
    }
}

/// The value of a hexadecimal digit, or [`NO_DIGIT`].
const DIGITS: [u8; 256] = {
    let mut values = [NO_DIGIT; 256];
    let mut digit = 0_u8;
    while digit < 16 {
        let (upper, lower) = if digit < 10 {
            (b'0' + digit, b'0' + digit)
        } else {
            (b'A' + digit - 10, b'a' + digit - 10)
        };
        #[expect(clippy::indexing_slicing, reason = "a byte is below 256")]
        {
            values[upper as usize] = digit;
            values[lower as usize] = digit;
        }
        digit += 1;
    }
    values
};
const NO_DIGIT: u8 = 0xff;

fn hex(text: &str) -> Option<Id> {
    let digits: &[u8; 64] = text.as_bytes().try_into().ok()?;
    let mut id = [0; 32];
    let mut seen = 0_u8;
    for (byte, [high, low]) in id.iter_mut().zip(digits.as_chunks::<2>().0) {
        #[expect(clippy::indexing_slicing, reason = "a byte is below 256")]
        let (high, low) = (DIGITS[*high as usize], DIGITS[*low as usize]);
        seen |= high | low;
        *byte = high << 4 | (low & 0x0f);
    }
    (seen < 16).then_some(id)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Float64Array, Int8Array, Int64Array, UInt64Array};

    use super::*;

    #[test]
    fn only_64_hexadecimal_digits_of_either_case_are_an_id() {
        let id = hex(&"aB".repeat(32)).unwrap();
        assert_eq!(id, [0xab; 32]);
        for bad in [
            "",
            "9",
            &"a".repeat(63),
            &"a".repeat(65),
            &"g".repeat(64),
            &"é".repeat(32),
            &"+1".repeat(32),
        ] {
            assert_eq!(hex(bad), None, "{bad}");
        }
    }

    #[test]
    fn what_real_extracts_write_for_no_id_is_no_id() {
        for (value, empty) in [
            ("", true),
            (" \u{3000}", true),
            ("9", false),
            (" 9 ", false),
        ] {
            match text(value) {
                Cell::Empty => assert!(empty),
                Cell::Nine => assert!(!empty),
                Cell::Id(_) | Cell::Malformed | Cell::Padding => panic!("{value:?}"),
            }
        }
        for value in ["99", "0", "null", "－"] {
            assert!(matches!(text(value), Cell::Malformed), "{value:?}");
        }
    }

    #[test]
    fn a_number_that_is_a_flag_is_0_1_or_nothing() {
        let read = |array: ArrayRef| {
            let batch = RecordBatch::try_from_iter([("unique", array)]).unwrap();
            let reader = Reader {
                table: "t",
                empty_is_null: false,
                rows: 10,
            };
            reader.flags(&batch, Some(0))
        };
        let expected = BooleanArray::from(vec![Some(true), None, Some(false)]);
        let numbers: [ArrayRef; 3] = [
            Arc::new(Int8Array::from(vec![Some(1), None, Some(0)])),
            Arc::new(UInt64Array::from(vec![Some(1), None, Some(0)])),
            Arc::new(Float64Array::from(vec![Some(1.0), None, Some(-0.0)])),
        ];
        for array in numbers {
            assert_eq!(read(array).unwrap(), expected);
        }
        let others: [ArrayRef; 4] = [
            Arc::new(Int64Array::from(vec![1, i64::MAX])),
            Arc::new(Int64Array::from(vec![0, -1])),
            Arc::new(Float64Array::from(vec![1.0, 0.5])),
            Arc::new(Float64Array::from(vec![1.0, f64::NAN])),
        ];
        for array in others {
            let refused = read(array).unwrap_err();
            assert!(
                matches!(refused, ImportError::Flag { row: 12, .. }),
                "{refused}"
            );
        }
    }

    #[test]
    fn padding_is_no_id_in_any_form() {
        for (digits, byte) in [("00", 0), ("99", 0x99), ("ff", 0xff), ("FF", 0xff)] {
            let padding = digits.repeat(32);
            assert!(matches!(text(&padding), Cell::Padding), "{padding}");
            assert!(matches!(bytes(padding.as_bytes()), Cell::Padding));
            assert!(matches!(bytes(&[byte; 32]), Cell::Padding));
        }
        let mut id = [0; 32];
        id[31] = 1;
        assert!(matches!(bytes(&id), Cell::Id(_)));
    }
}
