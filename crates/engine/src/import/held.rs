//! Rows held in memory until they are put in the order of their IDs.
//!
//! IDs are keyed hashes, so that their first bits divide rows evenly: an ID goes into the part that they name, and each part
//! is small enough to be sorted inside a core's cache. What a table with kana IDs says beside its numbers is looked up only
//! where numbers are equal.

use std::collections::VecDeque;
use std::sync::Arc;

use arrow::array::{
    Array as _, ArrayRef, BooleanArray, FixedSizeBinaryArray, RecordBatch, RecordBatchOptions,
};
use arrow::compute::interleave_record_batch;
use arrow::datatypes::SchemaRef;
use renketsu_table::ids;

use super::ImportError;
use crate::Id;
use crate::key::Key;
use crate::shelf::BATCH_ROWS;
use crate::sort::SortError;

/// Bits of an ID that name its part.
const PART_BITS: u32 = 11;
/// Entries of a part that lie together.
const BLOCK: usize = 512;

fn first(id: &Id) -> u64 {
    id.first_chunk()
        .map_or(0, |bytes| u64::from_be_bytes(*bytes))
}

/// A row by the ID it is sorted by first.
#[derive(Clone, Copy)]
struct Entry {
    id: Id,
    row: u32,
}

/// Rows divided by the first bits of their IDs, in blocks, so that nothing is moved when a part grows.
struct Parts(Vec<Vec<Vec<Entry>>>);

impl Default for Parts {
    fn default() -> Self {
        Self(vec![Vec::new(); 1 << PART_BITS])
    }
}

impl Parts {
    /// Bytes that the row needs if it begins a block.
    fn push(&mut self, id: Id, row: u32) -> usize {
        let part = usize::try_from(first(&id) >> (64 - PART_BITS)).unwrap_or_default();
        let Some(blocks) = self.0.get_mut(part) else {
            return 0;
        };
        let entry = Entry { id, row };
        if let Some(block) = blocks.last_mut()
            && block.len() < BLOCK
        {
            block.push(entry);
            return 0;
        }
        let mut block = Vec::with_capacity(BLOCK);
        block.push(entry);
        blocks.push(block);
        BLOCK.saturating_mul(size_of::<Entry>())
    }
}

/// What a batch says beside its numbers: kana IDs and whether they are unique. `None`: nothing.
type Beside = Option<(FixedSizeBinaryArray, BooleanArray)>;

/// Rows in the order they came.
#[derive(Default)]
pub(super) struct Held {
    numbered: Parts,
    kana_only: Parts,
    neither: Vec<u32>,
    batches: Vec<RecordBatch>,
    beside: Vec<Beside>,
    bytes: usize,
}

impl Held {
    /// Bytes of memory in use, or soon needed to put the rows in order.
    pub(super) fn size(&self) -> usize {
        self.bytes
    }

    pub(super) fn is_empty(&self) -> bool {
        self.batches.is_empty()
    }

    /// Adds at most [`BATCH_ROWS`] rows with their IDs.
    pub(super) fn push(
        &mut self,
        numbers: &FixedSizeBinaryArray,
        kanas: &FixedSizeBinaryArray,
        unique: &BooleanArray,
        data: RecordBatch,
    ) -> Result<(), ImportError> {
        let rows = data.num_rows();
        let base = self.batches.len().checked_mul(BATCH_ROWS);
        let end = base.and_then(|base| u32::try_from(base.checked_add(BATCH_ROWS)?).ok());
        let base = base
            .filter(|_| rows <= BATCH_ROWS && end.is_some())
            .and_then(|base| u32::try_from(base).ok())
            .ok_or(ImportError::Broken(
                "a batch has few rows, and memory few batches",
            ))?;
        for (row, place) in (0..rows).zip(base..) {
            if let Some(number) = ids::value(numbers, row) {
                self.bytes = self.bytes.saturating_add(self.numbered.push(number, place));
            } else if let Some(kana) = ids::value(kanas, row) {
                self.bytes = self.bytes.saturating_add(self.kana_only.push(kana, place));
            } else {
                self.neither.push(place);
                self.bytes = self.bytes.saturating_add(size_of::<u32>());
            }
        }
        let says = kanas.null_count() < rows || unique.null_count() < rows;
        let beside = says.then(|| (kanas.clone(), unique.clone()));
        self.bytes = self.bytes.saturating_add(data.get_array_memory_size());
        if says {
            self.bytes = self
                .bytes
                .saturating_add(kanas.get_array_memory_size())
                .saturating_add(unique.get_array_memory_size());
        }
        self.beside.push(beside);
        self.batches.push(data);
        Ok(())
    }

    /// The rows in the order of their keys; those of one key keep the order they came in.
    pub(super) fn in_order(self) -> InOrder {
        let numbered = self.numbered.0.into_iter().map(|blocks| (true, blocks));
        let kana_only = self.kana_only.0.into_iter().map(|blocks| (false, blocks));
        let plain = self.beside.iter().all(Option::is_none);
        InOrder {
            batches: self.batches,
            beside: self.beside,
            plain,
            parts: Box::new(numbered.chain(kana_only)),
            neither: self.neither,
            keys: VecDeque::new(),
            places: VecDeque::new(),
        }
    }
}

/// A part: whether its IDs are numbers, and its blocks.
type Part = (bool, Vec<Vec<Entry>>);

/// Held rows in order.
pub(super) struct InOrder {
    batches: Vec<RecordBatch>,
    beside: Vec<Beside>,
    /// Nothing is said beside the numbers.
    plain: bool,
    parts: Box<dyn Iterator<Item = Part>>,
    neither: Vec<u32>,
    /// Keys of rows that were put in order and not given yet, with how many rows have each, and the places of the rows.
    keys: VecDeque<(Key, u64)>,
    places: VecDeque<(usize, usize)>,
}

/// Some rows in order.
pub(super) struct Chunk {
    /// Keys, and how many of the rows have each.
    pub(super) keys: Vec<(Key, u64)>,
    pub(super) data: RecordBatch,
}

fn place(row: u32) -> (usize, usize) {
    let row = row as usize;
    (row / BATCH_ROWS, row % BATCH_ROWS)
}

impl InOrder {
    /// The same rows as batches of `schema`: the three columns of IDs before the data, as sorted runs have them.
    pub(super) fn whole(
        self,
        schema: &SchemaRef,
    ) -> impl Iterator<Item = Result<RecordBatch, SortError>> + use<> {
        let schema = Arc::clone(schema);
        self.map(move |chunk| {
            let chunk = chunk.map_err(|_| SortError::Broken("held rows can be given"))?;
            chunk
                .whole(&schema)
                .ok_or(SortError::Broken("held rows fit their schema"))
        })
    }

    /// Puts the next part in order. Says whether there was one.
    fn more(&mut self) -> bool {
        let Some((numbers, blocks)) = self.parts.next() else {
            let rest = std::mem::take(&mut self.neither);
            let mut whole: Vec<(Key, u32)> = rest
                .into_iter()
                .map(|row| (self.key(None, None, row), row))
                .collect();
            // They came in order; what they say of a kana ID that isn't there still parts them.
            whole.sort_by(|(a, _), (b, _)| a.order(b));
            let any = !whole.is_empty();
            for (key, row) in whole {
                self.give(key, row);
            }
            return any;
        };
        let entries: Vec<Entry> = blocks.into_iter().flatten().collect();
        let mut order: Vec<(u64, u32)> = (0_u32..)
            .zip(&entries)
            .map(|(index, entry)| (first(&entry.id), index))
            .collect();
        order.sort_unstable();
        let entry = |index: &u32| entries.get(*index as usize);
        for group in order.chunk_by_mut(|(a, _), (b, _)| a == b) {
            let mut ids = group.iter().filter_map(|(_, index)| entry(index));
            let head = ids.next().map(|entry| entry.id);
            let same = ids.all(|entry| Some(entry.id) == head);
            if same && self.plain {
                if let Some(id) = head {
                    let key = Key {
                        number: Some(id),
                        kana: None,
                        unique: None,
                    };
                    self.keys.push_back((key, group.len() as u64));
                    self.places
                        .extend(group.iter().filter_map(|(_, i)| Some(place(entry(i)?.row))));
                }
                continue;
            }
            let mut whole: Vec<(Key, u32)> = group
                .iter()
                .filter_map(|(_, index)| entry(index))
                .map(|entry| {
                    let (number, kana) = if numbers {
                        (Some(entry.id), None)
                    } else {
                        (None, Some(entry.id))
                    };
                    (self.key(number, kana, entry.row), entry.row)
                })
                .collect();
            whole.sort_by(|(a, row), (b, other)| a.order(b).then_with(|| row.cmp(other)));
            for (key, row) in whole {
                self.give(key, row);
            }
        }
        true
    }

    /// The whole key of a row; what stands beside its number is looked up.
    fn key(&self, number: Option<Id>, kana: Option<Id>, row: u32) -> Key {
        let (batch, row) = place(row);
        let beside = self.beside.get(batch).and_then(Option::as_ref);
        let kana = kana.or_else(|| beside.and_then(|(kanas, _)| ids::value(kanas, row)));
        let unique = beside
            .map(|(_, unique)| unique)
            .filter(|unique| unique.is_valid(row))
            .map(|unique| unique.value(row));
        Key {
            number,
            kana,
            unique,
        }
    }

    /// Takes the keys of the next `rows` rows.
    fn keys_of(&mut self, mut rows: u64) -> Vec<(Key, u64)> {
        let mut keys = Vec::new();
        while rows > 0
            && let Some((key, count)) = self.keys.pop_front()
        {
            let part = count.min(rows);
            keys.push((key, part));
            rows = rows.saturating_sub(part);
            if part < count {
                self.keys.push_front((key, count.saturating_sub(part)));
            }
        }
        keys
    }

    fn give(&mut self, key: Key, row: u32) {
        match self.keys.back_mut() {
            Some((last, rows)) if *last == key => *rows = rows.saturating_add(1),
            _ => self.keys.push_back((key, 1)),
        }
        self.places.push_back(place(row));
    }
}

impl Chunk {
    fn whole(&self, schema: &SchemaRef) -> Option<RecordBatch> {
        let rows = || {
            self.keys.iter().flat_map(|(key, rows)| {
                std::iter::repeat_n(key, usize::try_from(*rows).unwrap_or(0))
            })
        };
        let unique: BooleanArray = rows().map(|key| key.unique).collect();
        let mut columns: Vec<ArrayRef> = vec![
            ids::array::<32>(rows().map(|key| key.number)),
            ids::array::<32>(rows().map(|key| key.kana)),
            Arc::new(unique),
        ];
        columns.extend(self.data.columns().iter().cloned());
        let options = RecordBatchOptions::new().with_row_count(Some(self.data.num_rows()));
        RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options).ok()
    }
}

impl Iterator for InOrder {
    type Item = Result<Chunk, ImportError>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.places.len() < BATCH_ROWS && self.more() {}
        if self.places.is_empty() {
            return None;
        }
        let count = self.places.len().min(BATCH_ROWS);
        let places: Vec<(usize, usize)> = self.places.drain(..count).collect();
        let keys = self.keys_of(count as u64);
        let whole: Vec<&RecordBatch> = self.batches.iter().collect();
        let options = RecordBatchOptions::new().with_row_count(Some(places.len()));
        let data = match whole.first() {
            Some(first) if first.num_columns() == 0 => {
                RecordBatch::try_new_with_options(first.schema(), Vec::new(), &options)
            }
            _ => interleave_record_batch(&whole, &places),
        };
        Some(
            data.map(|data| Chunk { keys, data })
                .map_err(|_| ImportError::Broken("a place names a row")),
        )
    }
}
