//! A table by person.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, RecordBatch, UInt32Array};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use renketsu_seal::vault::Entry;
use renketsu_table::parquet::{ParquetSource, Sorting};

use super::{LINKED, LinkError, LinkTable, RUNS, Target};
use crate::import::{Stage, Step};
use crate::runs::{Runs, RunsFile, persons_of};
use crate::shelf::{BATCH_ROWS, PERSON, StoredFile};
use crate::sort::{Order, Sorter};

/// Where a table's rows are, and whose.
pub(super) struct Placed {
    pub(super) runs: StoredFile,
    /// None where the table has IDs only.
    pub(super) rows: Option<StoredFile>,
}

/// Writes whose the rows of `table` are; `by_import` says it of each run of rows in import order, and how many rows they
/// are. Where they are not `in_order` of persons, the rows are written anew in it.
pub(super) fn table(
    table: &LinkTable,
    in_order: bool,
    by_import: impl Iterator<Item = Result<(Option<u32>, u64), LinkError>>,
    target: &Target<'_>,
    files: &mut Vec<Entry>,
) -> Result<Placed, LinkError> {
    let path = target.dir.join(format!("{}.runs.parquet", table.name));
    let name = target.shelf.name(&table.name, RUNS, target.version);
    let mut runs = RunsFile::create(target.shelf, &path, name)?;
    let mut rows = table.rows.clone();
    match &table.rows {
        None => counted(by_import, &mut runs)?,
        Some(_) if in_order => in_place(by_import, &mut runs)?,
        Some(source) => {
            let entry = anew(table, &source.table()?, by_import, target, &mut runs)?;
            rows = Some(target.shelf.open(&entry)?);
            files.push(entry);
        }
    }
    let entry = runs.finish()?;
    let runs = target.shelf.open(&entry)?;
    files.push(entry);
    Ok(Placed { runs, rows })
}

/// Rows of a table without data columns.
fn counted(
    by_import: impl Iterator<Item = Result<(Option<u32>, u64), LinkError>>,
    runs: &mut RunsFile,
) -> Result<(), LinkError> {
    let mut linked = Vec::new();
    for run in by_import {
        let (person, rows) = run?;
        linked.extend(person.map(|person| (person, rows)));
    }
    let counted = Runs::counted(linked);
    for (person, rows) in counted.persons.iter().zip(&counted.rows) {
        runs.extend(*person, u64::from(*rows))?;
    }
    Ok(())
}

/// Rows that stay where they are.
fn in_place(
    by_import: impl Iterator<Item = Result<(Option<u32>, u64), LinkError>>,
    runs: &mut RunsFile,
) -> Result<(), LinkError> {
    let mut start = 0_u64;
    for run in by_import {
        let (person, rows) = run?;
        if let Some(person) = person {
            runs.push(person, start, rows)?;
        }
        start = start.saturating_add(rows);
    }
    Ok(())
}

/// Writes the linked rows in the order of persons; rows of one person keep their order.
fn anew(
    table: &LinkTable,
    source: &ParquetSource,
    by_import: impl Iterator<Item = Result<(Option<u32>, u64), LinkError>>,
    target: &Target<'_>,
    runs: &mut RunsFile,
) -> Result<Entry, LinkError> {
    let say = |rows| {
        (target.watch)(Step {
            stage: Stage::Linking,
            rows,
            of: Some(source.rows().saturating_mul(2)),
        });
    };
    let person = Field::new(PERSON, DataType::UInt32, false);
    let data = source.schema().fields().iter().map(|f| f.as_ref().clone());
    let schema: SchemaRef = Arc::new(Schema::new(
        std::iter::once(person).chain(data).collect::<Vec<_>>(),
    ));
    let mut sorter = Sorter::new(
        Order::Person,
        Arc::clone(&schema),
        target.budget(),
        target.dir,
    );
    let mut whose = by_import.flat_map(|run| {
        let ((person, rows), error) = match run {
            Ok(run) => (run, None),
            Err(error) => ((None, 0), Some(Err(error))),
        };
        let rows = usize::try_from(rows).unwrap_or(usize::MAX);
        std::iter::repeat_n(person, rows).map(Ok).chain(error)
    });
    let mut seen = 0_u64;
    for batch in source.batches(None, BATCH_ROWS)? {
        let batch = batch?;
        let persons: Vec<Option<u32>> = whose
            .by_ref()
            .take(batch.num_rows())
            .collect::<Result<_, _>>()?;
        let rows = with_persons(&batch, &persons, &schema)
            .ok_or(LinkError::Broken("a batch has one person a row"))?;
        sorter.push(rows)?;
        seen = seen.saturating_add(batch.num_rows() as u64);
        say(seen);
    }
    let path = target.dir.join(format!("{}.linked.parquet", table.name));
    let name = target.shelf.name(&table.name, LINKED, target.version);
    let mut file = target
        .shelf
        .table(&path, name, source.schema(), &Sorting::none())?;
    for batch in sorter.finish()? {
        let batch = batch?;
        let persons = batch.columns().first().map(persons_of).unwrap_or_default();
        for run in persons.chunk_by(|a, b| a == b) {
            if let Some(person) = run.first() {
                runs.extend(*person, run.len() as u64)?;
            }
        }
        let data: Vec<ArrayRef> = batch.columns().iter().skip(1).cloned().collect();
        let rows = RecordBatch::try_new(Arc::clone(source.schema()), data)
            .map_err(|_| LinkError::Broken("a batch has the columns of its table"))?;
        file.write(&rows)?;
        say(seen.saturating_add(file.rows()));
    }
    Ok(file.finish()?)
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
