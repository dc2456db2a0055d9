//! A table by person.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, RecordBatch, UInt32Array};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use renketsu_seal::vault::Entry;
use renketsu_table::parquet::{ParquetSource, Sorting};

use super::{LINKED, LinkError, LinkTable, RUNS, Target};
use crate::import::{LEAST_MEMORY, Stage, Step};
use crate::runs::{self, Runs, persons_of};
use crate::shelf::{BATCH_ROWS, PERSON, StoredFile};
use crate::sort::{Order, Sorter};

/// Writes whose the rows of `table` are; `by_import` has the runs in import order. Where these are not in the order of
/// persons, the rows are written anew in it. Gives the runs and the file of rows they speak of.
pub(super) fn table(
    table: &LinkTable,
    by_import: &[(Option<u32>, u64)],
    target: &Target<'_>,
    files: &mut Vec<Entry>,
) -> Result<(Runs, Option<StoredFile>), LinkError> {
    let imported: u64 = by_import.iter().map(|(_, rows)| rows).sum();
    let source = table.rows.as_ref().map(StoredFile::table).transpose()?;
    if source.as_ref().is_some_and(|rows| rows.rows() != imported) {
        return Err(changed(table));
    }
    let in_order = by_import
        .iter()
        .filter_map(|(person, rows)| person.filter(|_| *rows > 0))
        .is_sorted();
    let (runs, rows) = match &source {
        None => (Runs::counted(by_import), None),
        Some(_) if in_order => (Runs::in_place(by_import), table.rows.clone()),
        Some(rows) => {
            let (runs, entry) = anew(table, rows, by_import, target)?;
            let stored = target.shelf.open(&entry)?;
            files.push(entry);
            (runs, Some(stored))
        }
    };
    let path = target.dir.join(format!("{}.runs.parquet", table.name));
    let name = target.shelf.name(&table.name, RUNS, target.version);
    let schema = runs::schema();
    let mut file = target
        .shelf
        .table(&path, name, &schema, &Sorting::by(&[PERSON]))?;
    for batch in runs.batches(&schema) {
        let batch = batch.map_err(|_| LinkError::Broken("runs fit their schema"))?;
        file.write(&batch)?;
    }
    files.push(file.finish()?);
    Ok((runs, rows))
}

fn changed(table: &LinkTable) -> LinkError {
    LinkError::Import {
        table: table.name.clone(),
    }
}

/// Writes the linked rows in the order of persons; rows of one person keep their order.
fn anew(
    table: &LinkTable,
    source: &ParquetSource,
    by_import: &[(Option<u32>, u64)],
    target: &Target<'_>,
) -> Result<(Runs, Entry), LinkError> {
    let linked: u64 = by_import
        .iter()
        .filter_map(|(person, rows)| person.map(|_| rows))
        .sum();
    let say = |rows| {
        (target.watch)(Step {
            stage: Stage::Linking,
            rows,
            of: Some(linked.saturating_mul(2)),
        });
    };
    let person = Field::new(PERSON, DataType::UInt32, false);
    let data = source.schema().fields().iter().map(|f| f.as_ref().clone());
    let schema: SchemaRef = Arc::new(Schema::new(
        std::iter::once(person).chain(data).collect::<Vec<_>>(),
    ));
    let memory = usize::try_from(target.memory.max(LEAST_MEMORY)).unwrap_or(usize::MAX);
    let scratch: &Path = target.dir;
    let mut sorter = Sorter::new(Order::Person, Arc::clone(&schema), memory, scratch);
    let mut whose = by_import.iter().flat_map(|(person, rows)| {
        std::iter::repeat_n(*person, usize::try_from(*rows).unwrap_or(usize::MAX))
    });
    let mut seen = 0_u64;
    for batch in source.batches(None, BATCH_ROWS)? {
        let batch = batch?;
        let persons: Vec<Option<u32>> = whose.by_ref().take(batch.num_rows()).collect();
        let rows = with_persons(&batch, &persons, &schema)
            .ok_or(LinkError::Broken("a batch has one person a row"))?;
        seen = seen.saturating_add(rows.num_rows() as u64);
        sorter.push(rows)?;
        say(seen);
    }
    let path = target.dir.join(format!("{}.linked.parquet", table.name));
    let name = target.shelf.name(&table.name, LINKED, target.version);
    let mut file = target
        .shelf
        .table(&path, name, source.schema(), &Sorting::none())?;
    let mut runs = Runs::default();
    for batch in sorter.finish()? {
        let batch = batch?;
        let persons = batch.columns().first().map(persons_of).unwrap_or_default();
        for run in persons.chunk_by(|a, b| a == b) {
            runs.extend(run.first().copied(), run.len() as u64);
        }
        let data: Vec<ArrayRef> = batch.columns().iter().skip(1).cloned().collect();
        let rows = RecordBatch::try_new(Arc::clone(source.schema()), data)
            .map_err(|_| LinkError::Broken("a batch has the columns of its table"))?;
        file.write(&rows)?;
        say(linked.saturating_add(file.rows()));
    }
    Ok((runs, file.finish()?))
}

/// The rows that have a person, with it in front.
fn with_persons(
    batch: &RecordBatch,
    persons: &[Option<u32>],
    schema: &SchemaRef,
) -> Option<RecordBatch> {
    let mask: BooleanArray = persons
        .iter()
        .map(|person| Some(person.is_some()))
        .collect();
    let data = filter_record_batch(batch, &mask).ok()?;
    let person: ArrayRef = Arc::new(UInt32Array::from_iter_values(
        persons.iter().flatten().copied(),
    ));
    let columns = std::iter::once(person).chain(data.columns().iter().cloned());
    RecordBatch::try_new(Arc::clone(schema), columns.collect()).ok()
}
