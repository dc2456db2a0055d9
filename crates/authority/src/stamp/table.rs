//! The stamped table: rows sorted by number ID, kana ID (nulls last) and a fresh random key that is thrown away, beyond memory.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, AsArray as _, BooleanArray, FixedSizeBinaryArray, FixedSizeBinaryBuilder, RecordBatch,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use renketsu_identity::ProvisionId;
use renketsu_seal::package::{Counts, Draft};
use renketsu_table::parquet::{ParquetSink, Sorting};
use renketsu_table::sort::Sorter;
use renketsu_table::{ids, schema};

use super::distinct::Different;
use super::{Memory, StampError};
use crate::issuer::Issued;

/// Whether there is an ID, and the ID.
const PART: usize = 33;
/// Bytes that rows are sorted by: number ID, kana ID, chance.
const ORDER_BYTES: usize = 2 * PART + 8;
const WIDTH: i32 = 74;
const _: () = assert!(
    WIDTH as usize == ORDER_BYTES,
    "one width of what rows are sorted by"
);

type Id = [u8; 32];
/// The number ID and the kana ID of a row.
type Ids = (Option<Id>, Option<Id>);

/// Rows with their IDs, taken in any order.
pub(super) struct Stamping {
    sorter: Sorter,
    sorted: SchemaRef,
    stamped: SchemaRef,
    kana: Different,
    with_number_id: u64,
    with_kana_id: u64,
}

impl Stamping {
    /// For rows with these columns behind the IDs; what does not fit into memory goes to files without a name in `scratch`.
    pub(super) fn new(kept: Vec<Field>, memory: Memory, scratch: &Path) -> Self {
        let order = ids::field_of("order", WIDTH);
        let unique = Field::new(ids::KANA_UNIQUE, DataType::Boolean, true);
        let behind = std::iter::once(unique).chain(kept);
        let fields: Vec<Field> = std::iter::once(order).chain(behind).collect();
        let front = [ids::id_field(ids::NUMBER_ID), ids::id_field(ids::KANA_ID)];
        let stamped: Vec<Field> = front
            .into_iter()
            .chain(fields.iter().skip(1).cloned())
            .collect();
        let sorted = Arc::new(Schema::new(fields));
        Self {
            sorter: Sorter::new(Arc::clone(&sorted), memory.sort, scratch),
            sorted,
            stamped: Arc::new(Schema::new(stamped)),
            kana: Different::new(memory.distinct, scratch),
            with_number_id: 0,
            with_kana_id: 0,
        }
    }

    /// Refuses a name or columns that cannot travel before any row is read.
    pub(super) fn begin(&self, draft: &mut Draft, table: &str) -> Result<(), StampError> {
        let target = draft.table(table, schema::to_json(&self.stamped)?)?;
        ParquetSink::create(target, &self.stamped, &Sorting::by_ids())?;
        Ok(())
    }

    /// How many rows have a number ID, and how many a kana ID.
    pub(super) fn with_ids(&self) -> (u64, u64) {
        (self.with_number_id, self.with_kana_id)
    }

    /// Takes rows: their IDs, whether the kana IDs are unique, and the columns that stay.
    pub(super) fn push(
        &mut self,
        issued: &[Issued],
        unique: BooleanArray,
        kept: Vec<ArrayRef>,
    ) -> Result<(), StampError> {
        let mut random = vec![0_u8; issued.len().saturating_mul(8)];
        getrandom::fill(&mut random).map_err(|_| StampError::Entropy)?;
        let mut order = FixedSizeBinaryBuilder::with_capacity(issued.len(), WIDTH);
        for (issued, chance) in issued.iter().zip(random.chunks_exact(8)) {
            let number = issued.number_id.as_ref().map(ProvisionId::as_bytes);
            let kana = issued.kana_id.as_ref().map(ProvisionId::as_bytes);
            count(&mut self.with_number_id, number);
            count(&mut self.with_kana_id, kana);
            order
                .append_value(key(number, kana, chance))
                .map_err(|_| StampError::Broken("what rows are sorted by has its width"))?;
        }
        let front: [ArrayRef; 2] = [Arc::new(order.finish()), Arc::new(unique)];
        let columns = front.into_iter().chain(kept).collect();
        let batch = RecordBatch::try_new(Arc::clone(&self.sorted), columns)
            .map_err(|_| StampError::Broken("a batch fits its schema"))?;
        Ok(self.sorter.push(batch)?)
    }

    /// Writes the table in its order into a draft, and counts it.
    pub(super) fn write(self, draft: &mut Draft, table: &str) -> Result<Counts, StampError> {
        let Self {
            sorter,
            stamped,
            mut kana,
            ..
        } = self;
        let mut sink = ParquetSink::create(
            draft.table(table, schema::to_json(&stamped)?)?,
            &stamped,
            &Sorting::by_ids(),
        )?;
        let mut numbers = 0_u64;
        let mut before = None;
        for batch in sorter.finish()? {
            let batch = batch?;
            let ids = unordered(batch.column(0).as_fixed_size_binary())?;
            for (number, kana_id) in &ids {
                // Equal ones stand side by side, those without one at the end.
                if before != Some(*number) {
                    count(&mut numbers, number.as_ref());
                }
                before = Some(*number);
                if let Some(id) = kana_id {
                    kana.see(id)?;
                }
            }
            let front: [ArrayRef; 2] = [
                ids::array(ids.iter().map(|(number, _)| *number)),
                ids::array(ids.iter().map(|(_, kana)| *kana)),
            ];
            let columns = front
                .into_iter()
                .chain(batch.columns().iter().skip(1).cloned());
            let batch = RecordBatch::try_new(Arc::clone(&stamped), columns.collect())
                .map_err(|_| StampError::Broken("a stamped table fits its schema"))?;
            sink.write(&batch)?;
        }
        let written = sink.finish()?;
        let counts = Counts {
            rows: written.rows,
            distinct_number_ids: Some(numbers),
            distinct_kana_ids: Some(kana.count()?),
        };
        written.target.finish(counts)?;
        Ok(counts)
    }
}

fn count(counter: &mut u64, id: Option<&Id>) {
    *counter = counter.saturating_add(u64::from(id.is_some()));
}

/// What a row is sorted by: as bytes it stands where its IDs do, nulls last.
fn key(number: Option<&Id>, kana: Option<&Id>, chance: &[u8]) -> [u8; ORDER_BYTES] {
    let part = |id: Option<&Id>| {
        let absent = u8::from(id.is_none());
        std::iter::once(absent).chain(id.copied().unwrap_or_default())
    };
    let mut key = [0; ORDER_BYTES];
    let bytes = part(number).chain(part(kana)).chain(chance.iter().copied());
    for (to, from) in key.iter_mut().zip(bytes) {
        *to = from;
    }
    key
}

/// The IDs of sorted rows.
fn unordered(order: &FixedSizeBinaryArray) -> Result<Vec<Ids>, StampError> {
    let part = |bytes: &[u8; PART]| -> Option<Id> {
        let (absent, id) = bytes.split_first()?;
        if *absent == 0 {
            id.try_into().ok()
        } else {
            None
        }
    };
    let ids = order.iter().map(|key| {
        let (number, rest) = key?.split_first_chunk::<PART>()?;
        let kana = rest.first_chunk::<PART>()?;
        Some((part(number), part(kana)))
    });
    ids.collect::<Option<Vec<_>>>()
        .ok_or(StampError::Broken("what rows are sorted by has its width"))
}
