//! What a data column must not be: an ID under another name, or something that identifies persons (条項 2-1).

use std::collections::BTreeSet;

use arrow::array::{Array, AsArray as _, RecordBatch};
use arrow::datatypes::DataType;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use renketsu_identity::identifying::{self, Reason};

use super::ImportError;

/// Different values of a column that are judged.
const SAMPLE: usize = 1000;

/// Rows of which each is looked at for the sample; after them every [`STRIDE`]th.
const FIRST: usize = 131_072;
const STRIDE: usize = 64;

/// Looks at the data columns of a table while it is read.
pub(super) struct Screen<'a> {
    table: &'a str,
    /// Nobody's rows: places may have their addresses.
    reference: bool,
    rows: usize,
    columns: Vec<Sampled>,
}

struct Sampled {
    index: usize,
    name: String,
    values: BTreeSet<String>,
}

impl<'a> Screen<'a> {
    /// `columns` are the positions and names of the data columns.
    pub(super) fn new(
        table: &'a str,
        reference: bool,
        columns: impl Iterator<Item = (usize, String)>,
    ) -> Self {
        let columns = columns
            .map(|(index, name)| Sampled {
                index,
                name,
                values: BTreeSet::new(),
            })
            .collect();
        Self {
            table,
            reference,
            rows: 0,
            columns,
        }
    }

    /// Refuses a batch with an ID in a data column; takes its part of the sample from any other.
    pub(super) fn see(&mut self, batch: &RecordBatch) -> Result<(), ImportError> {
        for column in &mut self.columns {
            let array = batch.column(column.index);
            if holds_id(array.as_ref()) {
                return Err(ImportError::IdColumn {
                    table: self.table.to_owned(),
                    column: column.name.clone(),
                });
            }
            column.sample(array.as_ref(), self.rows)?;
        }
        self.rows = self.rows.saturating_add(batch.num_rows());
        Ok(())
    }

    /// Refuses columns that look identifying, except those named in `keep`; gives the ones kept for that alone.
    pub(super) fn judge(self, keep: &[String]) -> Result<Vec<String>, ImportError> {
        let mut kept = Vec::new();
        let mut refused = Vec::new();
        for column in self.columns {
            let sample: Vec<&str> = column.values.iter().map(String::as_str).collect();
            let Some(finding) = identifying::judge(&column.name, &sample) else {
                continue;
            };
            if self.reference && of_a_place(finding.reason) {
                continue;
            }
            if keep.contains(&column.name) {
                kept.push(column.name);
            } else {
                refused.push(column.name);
            }
        }
        if refused.is_empty() {
            return Ok(kept);
        }
        Err(ImportError::Identifying {
            table: self.table.to_owned(),
            columns: refused.join(", "),
        })
    }
}

/// What a pharmacy or a weather station has as well as a person.
fn of_a_place(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::Address | Reason::Email | Reason::Phone | Reason::PostalCode
    )
}

impl Sampled {
    fn sample(&mut self, array: &dyn Array, before: usize) -> Result<(), ImportError> {
        if self.values.len() >= SAMPLE {
            return Ok(());
        }
        let options = FormatOptions::default();
        let formatter = ArrayFormatter::try_new(array, &options)
            .map_err(|_| ImportError::Broken("a column can be shown as text"))?;
        for row in 0..array.len() {
            let place = before.saturating_add(row);
            if array.is_null(row) || (place >= FIRST && !place.is_multiple_of(STRIDE)) {
                continue;
            }
            let value = formatter
                .value(row)
                .try_to_string()
                .map_err(|_| ImportError::Broken("a value can be shown as text"))?;
            if self.values.len() < SAMPLE {
                self.values.insert(value);
            }
        }
        Ok(())
    }
}

/// Whether a column is of a kind that IDs are stored as, or any of its texts is one.
fn holds_id(array: &dyn Array) -> bool {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the types that bytes and texts come in"
    )]
    match array.data_type() {
        DataType::Binary
        | DataType::BinaryView
        | DataType::FixedSizeBinary(_)
        | DataType::LargeBinary => true,
        DataType::Utf8 => array.as_string::<i32>().iter().flatten().any(is_id),
        DataType::LargeUtf8 => array.as_string::<i64>().iter().flatten().any(is_id),
        DataType::Utf8View => array.as_string_view().iter().flatten().any(is_id),
        DataType::Dictionary(..) => array
            .as_any_dictionary_opt()
            .is_some_and(|dictionary| holds_id(dictionary.values().as_ref())),
        _ => false,
    }
}

/// 64 hexadecimal digits.
fn is_id(text: &str) -> bool {
    let text = text.trim();
    text.len() == 64 && text.bytes().all(|digit| digit.is_ascii_hexdigit())
}
