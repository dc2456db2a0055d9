//! IDs as sources write them, and the order of rows by them.

use std::cmp::Ordering;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray as _, BooleanArray, BooleanBuilder, FixedSizeBinaryArray, RecordBatch,
};
use arrow::datatypes::DataType;
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

/// The IDs of all rows read so far.
#[derive(Default)]
pub(super) struct Keys {
    table: String,
    empty_is_null: bool,
    rows: u64,
    pub(super) number: u64,
    pub(super) kana_only: u64,
    pub(super) neither: u64,
    pub(super) number_sentinels: Sentinels,
    pub(super) kana_sentinels: Sentinels,
    batches: Vec<(FixedSizeBinaryArray, FixedSizeBinaryArray, BooleanArray)>,
}

/// A place in the batches, with the first bytes of what its row is sorted by: most comparisons need no more.
type Place = (u64, u32, u32);

impl Keys {
    pub(super) fn new(table: &str, empty_is_null: bool) -> Self {
        Self {
            table: table.to_owned(),
            empty_is_null,
            ..Self::default()
        }
    }

    /// Reads the IDs of a batch; gives the three columns every imported table begins with.
    pub(super) fn add(
        &mut self,
        batch: &RecordBatch,
        kinds: &Kinds,
    ) -> Result<Vec<ArrayRef>, ImportError> {
        let mut reader = Reader {
            table: &self.table,
            empty_is_null: self.empty_is_null,
            rows: self.rows,
        };
        let rows = batch.num_rows();
        let numbers = reader.ids(batch, Some(kinds.number), &mut self.number_sentinels)?;
        let kanas = reader.ids(batch, kinds.kana, &mut self.kana_sentinels)?;
        let unique = reader.flags(batch, kinds.unique)?;
        for row in 0..rows {
            let counter = match (numbers.is_valid(row), kanas.is_valid(row)) {
                (true, _) => &mut self.number,
                (false, true) => &mut self.kana_only,
                (false, false) => &mut self.neither,
            };
            *counter = counter.saturating_add(1);
        }
        self.rows = self.rows.saturating_add(rows as u64);
        let front: Vec<ArrayRef> = vec![
            Arc::new(numbers.clone()),
            Arc::new(kanas.clone()),
            Arc::new(unique.clone()),
        ];
        self.batches.push((numbers, kanas, unique));
        Ok(front)
    }

    /// Every row, by number, then kana ID, nulls last, then rows that call the kana ID unique first; rows that are equal
    /// in all of it keep the order they came in.
    pub(super) fn order(&self) -> Vec<(u32, u32)> {
        let mut numbered: Vec<Place> = Vec::new();
        let mut kana_only: Vec<Place> = Vec::new();
        let mut neither: Vec<(u32, u32)> = Vec::new();
        for (batch, (numbers, kanas, _)) in (0_u32..).zip(&self.batches) {
            for (row, index) in (0_u32..).zip(0..numbers.len()) {
                if numbers.is_valid(index) {
                    numbered.push((prefix(numbers.value(index)), batch, row));
                } else if kanas.is_valid(index) {
                    kana_only.push((prefix(kanas.value(index)), batch, row));
                } else {
                    neither.push((batch, row));
                }
            }
        }
        for part in [&mut numbered, &mut kana_only] {
            part.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| self.compare(*a, *b)));
        }
        let places = numbered
            .into_iter()
            .chain(kana_only)
            .map(|(_, batch, row)| (batch, row));
        places.chain(neither).collect()
    }

    fn at(&self, batch: u32, row: u32) -> (Option<&[u8]>, Option<&[u8]>, bool) {
        let Some((numbers, kanas, unique)) = self.batches.get(batch as usize) else {
            return (None, None, false);
        };
        let row = row as usize;
        let bytes = |array: &'_ FixedSizeBinaryArray| array.is_valid(row);
        (
            bytes(numbers).then(|| numbers.value(row)),
            bytes(kanas).then(|| kanas.value(row)),
            unique.is_valid(row) && unique.value(row),
        )
    }

    fn compare(&self, a: Place, b: Place) -> Ordering {
        let (left, right) = (self.at(a.1, a.2), self.at(b.1, b.2));
        let nulls_last =
            |a: Option<&[u8]>, b: Option<&[u8]>| a.is_none().cmp(&b.is_none()).then(a.cmp(&b));
        nulls_last(left.0, right.0)
            .then_with(|| nulls_last(left.1, right.1))
            .then_with(|| right.2.cmp(&left.2))
            .then_with(|| (a.1, a.2).cmp(&(b.1, b.2)))
    }

    /// Different numbers; `order` is [`Self::order`].
    pub(super) fn distinct_numbers(&self, order: &[(u32, u32)]) -> u64 {
        let mut count = 0_u64;
        let mut last = None;
        for (batch, row) in order {
            let (Some(number), _, _) = self.at(*batch, *row) else {
                break;
            };
            if last != Some(number) {
                count = count.saturating_add(1);
                last = Some(number);
            }
        }
        count
    }

    /// Different kana IDs; `order` is [`Self::order`].
    pub(super) fn distinct_kanas(&self, order: &[(u32, u32)]) -> u64 {
        let mut all: Vec<&[u8]> = Vec::new();
        for (batch, row) in order {
            if let (_, Some(kana), _) = self.at(*batch, *row)
                && all.last() != Some(&kana)
            {
                all.push(kana);
            }
        }
        all.sort_unstable();
        all.dedup();
        all.len() as u64
    }
}

fn prefix(id: &[u8]) -> u64 {
    id.first_chunk()
        .map_or(0, |first| u64::from_be_bytes(*first))
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
        let mut values: Vec<Option<Id>> = Vec::with_capacity(rows);
        if let Some(column) = column {
            let array = batch.column(column);
            let read = reader(array).ok_or_else(|| self.kind(batch, column))?;
            for row in 0..rows {
                let value = if array.is_null(row) {
                    None
                } else {
                    Some(read(array, row))
                };
                let counter = match value {
                    Some(Cell::Id(id)) => {
                        values.push(Some(id));
                        continue;
                    }
                    Some(Cell::Malformed) => return Err(self.malformed(batch, column, row)),
                    None if !self.empty_is_null => &mut sentinels.null,
                    None | Some(Cell::Empty) => &mut sentinels.empty,
                    Some(Cell::Nine) => &mut sentinels.nine,
                    Some(Cell::Padding) => &mut sentinels.padding,
                };
                *counter = counter.saturating_add(1);
                values.push(None);
            }
        } else {
            values.resize(rows, None);
        }
        let array = ids::array::<32>(values);
        array
            .as_fixed_size_binary_opt()
            .cloned()
            .ok_or(ImportError::Broken("IDs are fixed bytes"))
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
        let text = array
            .as_string_opt::<i32>()
            .ok_or_else(|| self.kind(batch, column))?;
        let mut flags = BooleanBuilder::with_capacity(rows);
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

fn hex(text: &str) -> Option<Id> {
    let digits: &[u8; 64] = text.as_bytes().try_into().ok()?;
    let mut id = [0; 32];
    for (byte, pair) in id.iter_mut().zip(digits.as_chunks::<2>().0) {
        let [high, low] = pair.map(|digit| char::from(digit).to_digit(16));
        *byte = u8::try_from(high?.checked_mul(16)?.checked_add(low?)?).ok()?;
    }
    Some(id)
}

#[cfg(test)]
mod tests {
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
