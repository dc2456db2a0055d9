//! The answers of the authority, by row reference.

use std::collections::BTreeMap;

use arrow::array::{Array, BooleanArray, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use renketsu_seal::package::Opened;
use renketsu_table::parquet::{ParquetBatches, ParquetSource};
use renketsu_table::{BATCH_ROWS, ids};

use super::AttachError;
use super::keys::Ids;
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

/// What one row came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: &'static str,
    pub(crate) ids: Ids,
}

/// The answers of a package, one after the other in the order of their references.
pub(crate) struct Answers {
    package: String,
    batches: ParquetBatches,
    rows: std::vec::IntoIter<(RowRef, Answer)>,
    last: Option<RowRef>,
    stated: u64,
    read: u64,
    /// Rows read so far by status.
    pub(crate) statuses: BTreeMap<String, u64>,
    /// Rows read so far by reason.
    pub(crate) reasons: BTreeMap<String, u64>,
}

impl Answers {
    /// Begins to read the table.
    pub(crate) fn open(package: &Opened) -> Result<Self, AttachError> {
        let reader = package.table(TABLE)?;
        let length = reader.len();
        let source = ParquetSource::open(TABLE, reader, length)?;
        let package = package.package_id().to_string();
        let same = |(stated, found): (&Field, &Field)| {
            stated.name() == found.name() && stated.data_type() == found.data_type()
        };
        let stated = schema();
        let found = source.schema();
        let fields = stated.fields().iter().zip(found.fields());
        if stated.fields().len() != found.fields().len()
            || !fields.map(|(a, b)| (&**a, &**b)).all(same)
        {
            return Err(AttachError::Answers { package });
        }
        Ok(Self {
            package,
            batches: source.batches(None, BATCH_ROWS)?,
            rows: Vec::new().into_iter(),
            last: None,
            stated: source.rows(),
            read: 0,
            statuses: BTreeMap::new(),
            reasons: BTreeMap::new(),
        })
    }

    /// How many rows the table says it has; reading to the end proves it.
    pub(crate) fn len(&self) -> u64 {
        self.stated
    }

    /// The next row. Rows must be in strict order of their references, and say nothing that contradicts itself.
    pub(crate) fn next(&mut self) -> Result<Option<(RowRef, Answer)>, AttachError> {
        loop {
            if let Some(row) = self.rows.next() {
                return Ok(Some(row));
            }
            let taken = match self.batches.next() {
                Some(batch) => self.take(&batch?),
                None if self.read == self.stated => return Ok(None),
                None => None,
            };
            let form = || AttachError::Answers {
                package: self.package.clone(),
            };
            self.rows = taken.ok_or_else(form)?.into_iter();
        }
    }

    fn take(&mut self, batch: &RecordBatch) -> Option<Vec<(RowRef, Answer)>> {
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
        let mut taken = Vec::with_capacity(batch.num_rows());
        for row in 0..batch.num_rows() {
            let row_ref: RowRef = ids::value(refs, row)?;
            let in_order = self.last.is_none_or(|last| last < row_ref);
            if !in_order || statuses.is_null(row) {
                return None;
            }
            let given = statuses.value(row);
            let status = STATUSES.into_iter().find(|status| *status == given)?;
            let ids = Ids {
                number: ids::value(numbers, row),
                kana: ids::value(kanas, row),
                unique: (!uniques.is_null(row)).then(|| uniques.value(row)),
            };
            let by_number = matches!(status, "number" | "number_loose");
            if ids.kana.is_some() != ids.unique.is_some() || (ids.number.is_some() && !by_number) {
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
            self.last = Some(row_ref);
            self.read = self.read.saturating_add(1);
            taken.push((row_ref, Answer { status, ids }));
        }
        Some(taken)
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
