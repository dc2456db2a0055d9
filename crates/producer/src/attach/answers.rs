//! The answers of the authority, by row reference.

use std::collections::BTreeMap;

use arrow::array::{Array, BooleanArray, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use renketsu_seal::package::Opened;
use renketsu_table::parquet::ParquetSource;
use renketsu_table::{BATCH_ROWS, ids};

use super::AttachError;
use crate::map::RowRef;

/// The table of an answer.
const TABLE: &str = "answers";
/// The statuses of `ids.md`.
const STATUSES: [&str; 8] = [
    "conflict",
    "invalid",
    "kana",
    "kana_ambiguous",
    "not_found",
    "number",
    "number_ambiguous",
    "number_loose",
];
/// A reason is a field and a reject.
const LONGEST_REASON: usize = 64;

pub(crate) type Id = [u8; 32];

/// What one row came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: &'static str,
    pub(crate) number: Option<Id>,
    pub(crate) kana: Option<Id>,
    pub(crate) unique: Option<bool>,
}

/// Every answer of a package.
pub(crate) struct Answers {
    /// In the order of the reference.
    rows: Vec<(RowRef, Answer)>,
    /// Rows by status.
    pub(crate) statuses: BTreeMap<String, u64>,
    /// Rows by reason.
    pub(crate) reasons: BTreeMap<String, u64>,
}

impl Answers {
    pub(crate) fn get(&self, row_ref: &RowRef) -> Option<Answer> {
        let place = self
            .rows
            .binary_search_by(|(candidate, _)| candidate.cmp(row_ref))
            .ok()?;
        self.rows.get(place).map(|(_, answer)| *answer)
    }

    pub(crate) fn len(&self) -> u64 {
        self.rows.len() as u64
    }

    /// Reads the table. Rows must be in strict order of their references, and say nothing that contradicts itself.
    pub(crate) fn read(package: &Opened) -> Result<Self, AttachError> {
        let reader = package.table(TABLE)?;
        let length = reader.len();
        let source = ParquetSource::open(TABLE, reader, length)?;
        let form = || AttachError::Answers {
            package: package.package_id().to_string(),
        };
        let same = |(stated, found): (&Field, &Field)| {
            stated.name() == found.name() && stated.data_type() == found.data_type()
        };
        let stated = schema();
        let found = source.schema();
        let fields = stated.fields().iter().zip(found.fields());
        if stated.fields().len() != found.fields().len()
            || !fields.map(|(a, b)| (&**a, &**b)).all(same)
        {
            return Err(form());
        }
        let mut answers = Self {
            rows: Vec::new(),
            statuses: BTreeMap::new(),
            reasons: BTreeMap::new(),
        };
        for batch in source.batches(None, BATCH_ROWS)? {
            answers.take(&batch?).ok_or_else(form)?;
        }
        Ok(answers)
    }

    fn take(&mut self, batch: &RecordBatch) -> Option<()> {
        let refs = ids::fixed(batch, ids::ROW_REF, ids::ROW_REF_BYTES)?;
        let numbers = ids::fixed(batch, ids::NUMBER_ID, ids::ID_BYTES)?;
        let kanas = ids::fixed(batch, ids::KANA_ID, ids::ID_BYTES)?;
        let uniques: &BooleanArray = ids::boolean(batch, ids::KANA_UNIQUE)?;
        let text = |name: &str| {
            batch
                .column_by_name(name)?
                .as_any()
                .downcast_ref::<StringArray>()
        };
        let (statuses, reasons) = (text("status")?, text("reason")?);
        for row in 0..batch.num_rows() {
            let row_ref: RowRef = ids::value(refs, row)?;
            let in_order = self.rows.last().is_none_or(|(last, _)| *last < row_ref);
            if !in_order || statuses.is_null(row) {
                return None;
            }
            let given = statuses.value(row);
            let status = STATUSES.into_iter().find(|status| *status == given)?;
            let answer = Answer {
                status,
                number: ids::value(numbers, row),
                kana: ids::value(kanas, row),
                unique: (!uniques.is_null(row)).then(|| uniques.value(row)),
            };
            let by_number = matches!(status, "number" | "number_loose");
            if answer.kana.is_some() != answer.unique.is_some()
                || (answer.number.is_some() && !by_number)
            {
                return None;
            }
            add(&mut self.statuses, status);
            if !reasons.is_null(row) {
                let reason = reasons.value(row);
                // Printed in reports: a sender could otherwise write anything there.
                let plain =
                    |byte: u8| byte.is_ascii_lowercase() || matches!(byte, b'_' | b':' | b' ');
                if reason.len() > LONGEST_REASON || !reason.bytes().all(plain) {
                    return None;
                }
                add(&mut self.reasons, reason);
            }
            self.rows.push((row_ref, answer));
        }
        Some(())
    }
}

/// The columns of table `answers`.
fn schema() -> Schema {
    let mut fields = vec![
        ids::field_of(ids::ROW_REF, ids::ROW_REF_BYTES),
        Field::new("status", DataType::Utf8, false),
        Field::new("reason", DataType::Utf8, true),
    ];
    fields.extend(ids::front());
    Schema::new(fields)
}

fn add(counts: &mut BTreeMap<String, u64>, name: &str) {
    match counts.get_mut(name) {
        Some(count) => *count = count.saturating_add(1),
        None => drop(counts.insert(name.to_owned(), 1)),
    }
}
