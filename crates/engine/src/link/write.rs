//! A table by person.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, RecordBatch, UInt32Array};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use renketsu_table::ids::{KANA_ID, KANA_UNIQUE, NUMBER_ID};
use renketsu_table::parquet::{ParquetSource, Sorting};
use roaring::RoaringBitmap;

use super::consistency::Agreement;
use super::{LinkError, LinkTable, table_file};
use crate::columnar::{BATCH_ROWS, FileError, PERSON, TableFile, interleaved, store};

/// Writes the linked rows of `table` with their persons, ascending; `persons` has one entry per imported row.
pub(super) fn table(
    table: &LinkTable,
    persons: &[Option<u32>],
    dir: &Path,
    agreements: &mut [Agreement],
) -> Result<(), LinkError> {
    let changed = || LinkError::Import {
        table: table.name.clone(),
    };
    let source = ParquetSource::file(&table.file)?;
    let names: Vec<&str> = source
        .schema()
        .fields()
        .iter()
        .map(|field| field.name().as_str())
        .filter(|name| ![NUMBER_ID, KANA_ID, KANA_UNIQUE].contains(name))
        .collect();
    let data = names
        .iter()
        .filter_map(|name| source.schema().field_with_name(name).ok().cloned());
    let person = Field::new(PERSON, DataType::UInt32, false);
    let schema: SchemaRef = Arc::new(Schema::new(
        std::iter::once(person).chain(data).collect::<Vec<_>>(),
    ));
    let mut output = Output {
        file: TableFile::create(
            &table_file(dir, &table.name),
            &schema,
            &Sorting::by(&[PERSON]),
        )?,
        agreements,
        table: &table.name,
    };
    // The reader needs a column to count rows by, also where the table has no data column.
    let read: Vec<&str> = std::iter::once(NUMBER_ID).chain(names).collect();
    let mut rest = persons;
    let mut kept: Vec<RecordBatch> = Vec::new();
    let in_order = persons.iter().flatten().is_sorted();
    for batch in source.batches(Some(&read), BATCH_ROWS)? {
        let batch = batch?;
        let (mine, after) = rest
            .split_at_checked(batch.num_rows())
            .ok_or_else(changed)?;
        rest = after;
        let batch = linked(&batch, mine, &schema)
            .ok_or(LinkError::Broken("a batch has one person a row"))?;
        if in_order {
            output.write(&batch)?;
        } else {
            kept.push(batch);
        }
    }
    if !rest.is_empty() {
        return Err(changed());
    }
    if !in_order {
        let order = order(&kept);
        for batch in interleaved(&kept, &order) {
            output.write(&batch?)?;
        }
    }
    output.file.finish()?;
    for agreement in output.agreements {
        agreement.end_of_table(&table.name);
    }
    Ok(())
}

/// Writes a bitmap in the portable Roaring format.
pub(super) fn bitmap(dir: &Path, name: &str, persons: &RoaringBitmap) -> Result<(), FileError> {
    let mut bytes = Vec::new();
    let path = dir.join(format!("{name}.roaring"));
    persons
        .serialize_into(&mut bytes)
        .map_err(|source| FileError::at(&path, source))?;
    store(&path, &bytes)
}

/// The rows that have a person, with it in place of the number.
fn linked(batch: &RecordBatch, persons: &[Option<u32>], schema: &SchemaRef) -> Option<RecordBatch> {
    let mask: BooleanArray = persons
        .iter()
        .map(|person| Some(person.is_some()))
        .collect();
    let data = filter_record_batch(batch, &mask).ok()?;
    let person: ArrayRef = Arc::new(UInt32Array::from_iter_values(
        persons.iter().flatten().copied(),
    ));
    let columns = std::iter::once(person).chain(data.columns().iter().skip(1).cloned());
    RecordBatch::try_new(Arc::clone(schema), columns.collect()).ok()
}

/// Places of all rows by person; rows of one person keep their order.
fn order(batches: &[RecordBatch]) -> Vec<(u32, u32)> {
    let mut rows: Vec<(u32, u32, u32)> = Vec::new();
    for (index, batch) in (0_u32..).zip(batches) {
        let persons = batch.columns().first().map(persons).unwrap_or_default();
        rows.extend(
            (0_u32..)
                .zip(persons)
                .map(|(row, person)| (*person, index, row)),
        );
    }
    rows.sort_unstable();
    rows.into_iter()
        .map(|(_, batch, row)| (batch, row))
        .collect()
}

/// The person column's values.
pub(super) fn persons(column: &ArrayRef) -> &[u32] {
    use arrow::array::AsArray as _;
    column
        .as_primitive_opt::<arrow::datatypes::UInt32Type>()
        .map_or(&[], |array| array.values())
}

/// The file, and those who look at every row that goes into it.
struct Output<'a> {
    file: TableFile,
    agreements: &'a mut [Agreement],
    table: &'a str,
}

impl Output<'_> {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), LinkError> {
        for agreement in self.agreements.iter_mut() {
            agreement.see(self.table, batch)?;
        }
        Ok(self.file.write(batch)?)
    }
}
