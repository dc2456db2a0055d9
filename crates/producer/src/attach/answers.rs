//! The answers of the authority, by row reference.

use std::collections::BTreeMap;

use arrow::array::{Array, BooleanArray, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use renketsu_identity::KanaMode;
use renketsu_seal::package::Opened;
use renketsu_table::parquet::{ParquetBatches, ParquetSource};
use renketsu_table::sort::SortedRecords;
use renketsu_table::{BATCH_ROWS, ids};

use super::AttachError;
use super::keys::{IDS_BYTES, Ids};
use super::proven::Proven;
use crate::map::RowRef;

/// The table of an answer.
pub(super) const TABLE: &str = "answers";
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

/// Bytes of [`placed`].
pub(super) const PLACED_BYTES: usize = 16 + 1 + IDS_BYTES;

/// A row as a record that sorts by its reference.
pub(super) fn placed((row_ref, answer): (RowRef, Answer)) -> [u8; PLACED_BYTES] {
    let status = STATUSES
        .iter()
        .position(|status| *status == answer.status)
        .and_then(|place| u8::try_from(place).ok());
    let mut record = [0; PLACED_BYTES];
    let parts = row_ref
        .into_iter()
        .chain(status)
        .chain(answer.ids.to_bytes());
    for (to, from) in record.iter_mut().zip(parts) {
        *to = from;
    }
    record
}

fn unplaced(record: &[u8; PLACED_BYTES]) -> Option<(RowRef, Answer)> {
    let (row_ref, rest) = record.split_first_chunk::<16>()?;
    let (status, ids) = rest.split_first()?;
    let answer = Answer {
        status: STATUSES.get(usize::from(*status)).copied()?,
        ids: Ids::from_bytes(ids.first_chunk()?)?,
    };
    Some((*row_ref, answer))
}

/// Rows counted as they are read.
#[derive(Default)]
pub(super) struct Counted {
    statuses: BTreeMap<String, u64>,
    reasons: BTreeMap<String, u64>,
}

impl Counted {
    /// The rows of a batch of table `answers`; `None` if one contradicts itself.
    pub(super) fn take(&mut self, batch: &RecordBatch) -> Option<Vec<(RowRef, Answer)>> {
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
            if statuses.is_null(row) {
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
            taken.push((row_ref, Answer { status, ids }));
        }
        Some(taken)
    }
}

/// Where the rows come from.
enum Source {
    /// The table of an answer, as it stands.
    Table(ParquetBatches),
    /// One whose kana IDs are made as it is read.
    Proven(Proven),
    /// Two packages that were joined, and counted while they were.
    Pair(SortedRecords<PLACED_BYTES>),
}

/// The answers of a package, one after the other in the order of their references.
pub(crate) struct Answers {
    package: String,
    source: Source,
    rows: std::vec::IntoIter<(RowRef, Answer)>,
    last: Option<RowRef>,
    stated: u64,
    read: u64,
    counted: Counted,
}

impl Answers {
    /// Begins to read the table.
    pub(crate) fn open(package: &Opened) -> Result<Self, AttachError> {
        if let KanaMode::Verifiable(key) = package.header().kana_mode {
            let proven = Proven::open(package, key)?;
            let rows = proven.rows();
            let package = package.package_id().to_string();
            let source = Source::Proven(proven);
            return Ok(Self::of(package, source, rows, Counted::default()));
        }
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
        let stated = source.rows();
        let batches = source.batches(None, BATCH_ROWS)?;
        Ok(Self::of(
            package,
            Source::Table(batches),
            stated,
            Counted::default(),
        ))
    }

    /// Reads rows that were joined and sorted.
    pub(super) fn sorted(
        package: &Opened,
        records: SortedRecords<PLACED_BYTES>,
        rows: u64,
        counted: Counted,
    ) -> Self {
        let package = package.package_id().to_string();
        Self::of(package, Source::Pair(records), rows, counted)
    }

    fn of(package: String, source: Source, stated: u64, counted: Counted) -> Self {
        Self {
            package,
            source,
            rows: Vec::new().into_iter(),
            last: None,
            stated,
            read: 0,
            counted,
        }
    }

    /// How many rows the table says it has; reading to the end proves it.
    pub(crate) fn len(&self) -> u64 {
        self.stated
    }

    /// Rows by status, then by reason. All of them once everything was read.
    pub(super) fn counts(self) -> (BTreeMap<String, u64>, BTreeMap<String, u64>) {
        (self.counted.statuses, self.counted.reasons)
    }

    /// The next row. Rows must be in strict order of their references, and say nothing that contradicts itself.
    pub(crate) fn next(&mut self) -> Result<Option<(RowRef, Answer)>, AttachError> {
        loop {
            if let Some((row_ref, answer)) = self.rows.next() {
                if self.last.is_some_and(|last| last >= row_ref) {
                    return Err(self.form());
                }
                self.last = Some(row_ref);
                self.read = self.read.saturating_add(1);
                return Ok(Some((row_ref, answer)));
            }
            let more = match &mut self.source {
                Source::Table(batches) => match batches.next() {
                    Some(batch) => self.counted.take(&batch?),
                    None if self.read == self.stated => return Ok(None),
                    None => None,
                },
                Source::Proven(proven) => match proven.next()? {
                    Some(batch) => self.counted.take(&batch),
                    None if self.read == self.stated => return Ok(None),
                    None => None,
                },
                Source::Pair(records) => match records.next() {
                    Some(record) => unplaced(&record?).map(|row| vec![row]),
                    None => return Ok(None),
                },
            };
            self.rows = more.ok_or_else(|| self.form())?.into_iter();
        }
    }

    fn form(&self) -> AttachError {
        AttachError::Answers {
            package: self.package.clone(),
        }
    }
}

/// The columns of table `answers`.
pub(super) fn schema() -> Schema {
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
