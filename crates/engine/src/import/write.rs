//! The two files of an import, from rows in the order of their IDs.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray as _, RecordBatch, RecordBatchOptions, UInt64Array};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use renketsu_seal::vault::Entry;
use renketsu_table::ids::{self, front};
use renketsu_table::parquet::Sorting;

use super::held::Chunk;
use super::{COUNT, ImportError, KEYS, ROWS, Target};
use crate::Id;
use crate::key::Key;
use crate::shelf::{BATCH_ROWS, TableFile};
use crate::sort::Pairs;

pub(super) fn keys_schema() -> SchemaRef {
    let mut fields = front().to_vec();
    fields.push(Field::new(COUNT, DataType::UInt64, false));
    Arc::new(Schema::new(fields))
}

/// How many different IDs come.
fn distinct(ids: Pairs) -> Result<u64, ImportError> {
    let mut count = 0_u64;
    let mut last: Option<Id> = None;
    for pair in ids.finish()? {
        let (id, _) = pair?;
        if last.replace(id) != Some(id) {
            count = count.saturating_add(1);
        }
    }
    Ok(count)
}

/// Writes keys and data apart.
pub(super) struct KeyRuns {
    keys: TableFile,
    schema: SchemaRef,
    /// Absent where the table has no data column.
    rows: Option<TableFile>,
    open: Option<(Key, u64)>,
    runs: Vec<(Key, u64)>,
    numbers: u64,
    kanas: Pairs,
}

impl KeyRuns {
    pub(super) fn create(
        target: &Target<'_>,
        data: &Schema,
        kanas: Pairs,
    ) -> Result<Self, ImportError> {
        let shelf = target.shelf;
        let name = |file| shelf.name(target.table, file, target.version);
        let schema = keys_schema();
        let keys = shelf.table(
            &target.dir.join("keys.parquet"),
            name(KEYS),
            &schema,
            &Sorting::by_ids(),
        )?;
        let rows = if data.fields().is_empty() {
            None
        } else {
            let path = target.dir.join("rows.parquet");
            Some(shelf.table(&path, name(ROWS), data, &Sorting::none())?)
        };
        Ok(Self {
            keys,
            schema,
            rows,
            open: None,
            runs: Vec::new(),
            numbers: 0,
            kanas,
        })
    }

    /// Rows that were held in memory.
    pub(super) fn held(&mut self, chunk: &Chunk) -> Result<(), ImportError> {
        for (key, rows) in &chunk.keys {
            self.see(*key, *rows)?;
        }
        self.data(&chunk.data)
    }

    /// Rows of sorted runs: the three columns of IDs, then the data.
    pub(super) fn merged(&mut self, batch: &RecordBatch) -> Result<(), ImportError> {
        let broken = || ImportError::Broken("sorted rows begin with their IDs");
        let [number, kana, unique, data @ ..] = batch.columns() else {
            return Err(broken());
        };
        let number = number.as_fixed_size_binary_opt().ok_or_else(broken)?;
        let kana = kana.as_fixed_size_binary_opt().ok_or_else(broken)?;
        let unique = unique.as_boolean_opt().ok_or_else(broken)?;
        for row in 0..batch.num_rows() {
            let key = Key {
                number: ids::value(number, row),
                kana: ids::value(kana, row),
                unique: unique.is_valid(row).then(|| unique.value(row)),
            };
            self.see(key, 1)?;
        }
        let fields = batch.schema_ref().fields().iter().skip(3).cloned();
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        let data = RecordBatch::try_new_with_options(schema, data.to_vec(), &options)
            .map_err(|_| broken())?;
        self.data(&data)
    }

    fn see(&mut self, key: Key, rows: u64) -> Result<(), ImportError> {
        match &mut self.open {
            Some((open, before)) if *open == key => {
                *before = before.saturating_add(rows);
                Ok(())
            }
            _ => self.begin(key, rows),
        }
    }

    fn data(&mut self, data: &RecordBatch) -> Result<(), ImportError> {
        if let Some(rows) = &mut self.rows {
            rows.write(data)?;
        }
        Ok(())
    }

    fn begin(&mut self, key: Key, rows: u64) -> Result<(), ImportError> {
        let before = self.open.replace((key, rows));
        let last = before.map(|(key, _)| key);
        if key.number.is_some() && last.and_then(|last| last.number) != key.number {
            self.numbers = self.numbers.saturating_add(1);
        }
        if let Some(kana) = key.kana
            && last.and_then(|last| last.kana) != Some(kana)
        {
            self.kanas.push(kana, 0)?;
        }
        self.runs.extend(before);
        if self.runs.len() >= BATCH_ROWS {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), ImportError> {
        if self.runs.is_empty() {
            return Ok(());
        }
        let keys = || self.runs.iter().map(|(key, _)| key);
        let unique: Vec<Option<bool>> = keys().map(|key| key.unique).collect();
        let valid: NullBuffer = unique.iter().map(Option::is_some).collect();
        let says = unique.iter().map(|says| says.unwrap_or_default()).collect();
        let arrays: Vec<ArrayRef> = vec![
            ids::array::<32>(keys().map(|key| key.number)),
            ids::array::<32>(keys().map(|key| key.kana)),
            Arc::new(arrow::array::BooleanArray::new(says, Some(valid))),
            Arc::new(UInt64Array::from_iter_values(
                self.runs.iter().map(|(_, rows)| *rows),
            )),
        ];
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), arrays)
            .map_err(|_| ImportError::Broken("a batch of keys fits its schema"))?;
        self.keys.write(&batch)?;
        self.runs.clear();
        Ok(())
    }

    /// The files, and the numbers of different number IDs and kana IDs.
    pub(super) fn finish(mut self) -> Result<(Vec<Entry>, u64, u64), ImportError> {
        self.runs.extend(self.open.take());
        self.flush()?;
        let kanas = distinct(self.kanas)?;
        let mut files = vec![self.keys.finish()?];
        if let Some(rows) = self.rows {
            files.push(rows.finish()?);
        }
        Ok((files, self.numbers, kanas))
    }
}
