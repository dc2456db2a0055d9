//! Whose rows a table's rows are: the person column, one entry per run of rows.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray as _, RecordBatch, UInt32Array, UInt64Array};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, UInt32Type, UInt64Type};
use renketsu_seal::vault::{Entry, FileName};
use renketsu_table::parquet::{ParquetError, SinkError, Sorting};

use crate::shelf::{BATCH_ROWS, FileError, PERSON, Shelf, StoredFile, TableFile};

const START: &str = "start";
const ROWS: &str = "rows";

/// Runs ascending by person and by start; a person may have several. The three lists have one length.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Runs {
    pub(crate) persons: Vec<u32>,
    /// The first row of the run in the file of rows.
    pub(crate) starts: Vec<u64>,
    /// How many rows, at least one.
    pub(crate) rows: Vec<u32>,
}

fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new(PERSON, DataType::UInt32, false),
        Field::new(START, DataType::UInt64, false),
        Field::new(ROWS, DataType::UInt32, false),
    ]))
}

impl Runs {
    /// Rows of a table without data columns: nothing lies anywhere, but each counts.
    pub(crate) fn counted(mut linked: Vec<(u32, u64)>) -> Self {
        linked.sort_by_key(|(person, _)| *person);
        let mut runs = Self::default();
        for (person, rows) in linked {
            runs.push(person, runs.end(), rows);
        }
        runs
    }

    /// The row after the last run.
    pub(crate) fn end(&self) -> u64 {
        let last = self.starts.last().zip(self.rows.last());
        last.map_or(0, |(start, rows)| start.saturating_add(u64::from(*rows)))
    }

    fn push(&mut self, person: u32, start: u64, rows: u64) {
        let (mut start, mut left) = (start, rows);
        if let (Some(last), Some(begin), Some(have)) = (
            self.persons.last(),
            self.starts.last(),
            self.rows.last_mut(),
        ) && *last == person
            && begin.saturating_add(u64::from(*have)) == start
        {
            let room = u64::from(u32::MAX.saturating_sub(*have)).min(left);
            *have = have.saturating_add(u32::try_from(room).unwrap_or(u32::MAX));
            start = start.saturating_add(room);
            left = left.saturating_sub(room);
        }
        while left > 0 {
            let part = u32::try_from(left).unwrap_or(u32::MAX);
            self.persons.push(person);
            self.starts.push(start);
            self.rows.push(part);
            start = start.saturating_add(u64::from(part));
            left = left.saturating_sub(u64::from(part));
        }
    }

    /// Index of the first run of a person at or after `person`.
    pub(crate) fn position(&self, person: u32) -> usize {
        self.persons.partition_point(|found| *found < person)
    }

    /// Rows of all runs.
    pub(crate) fn total(&self) -> u64 {
        self.rows.iter().map(|rows| u64::from(*rows)).sum()
    }

    /// Reads the runs that a link wrote; `None` if the file holds anything else.
    pub(crate) fn read(file: &StoredFile) -> Result<Option<Self>, ParquetError> {
        let source = file.table()?;
        let mut runs = Self::default();
        let count = usize::try_from(source.rows())
            .unwrap_or(usize::MAX)
            .min(1 << 30);
        runs.persons.reserve_exact(count);
        runs.starts.reserve_exact(count);
        runs.rows.reserve_exact(count);
        for batch in source.batches(None, BATCH_ROWS)? {
            let batch = batch?;
            let Some((persons, starts, rows)) = columns(&batch) else {
                return Ok(None);
            };
            runs.persons.extend_from_slice(persons);
            runs.starts.extend_from_slice(starts);
            runs.rows.extend_from_slice(rows);
        }
        let ordered = runs.persons.is_sorted() && runs.follow();
        Ok(ordered.then_some(runs))
    }

    /// Whether no run begins before the one before it ends.
    fn follow(&self) -> bool {
        let mut end = 0_u64;
        self.starts.iter().zip(&self.rows).all(|(start, rows)| {
            let follows = *start >= end && *rows > 0;
            end = start.saturating_add(u64::from(*rows));
            follows
        })
    }
}

/// The values of a person column.
pub(crate) fn persons_of(column: &ArrayRef) -> &[u32] {
    column
        .as_primitive_opt::<UInt32Type>()
        .map_or(&[], |array| array.values())
}

/// Runs being written as they come, ascending by person and by start.
pub(crate) struct RunsFile {
    file: TableFile,
    schema: SchemaRef,
    /// The last of them may still grow.
    ready: Runs,
}

impl RunsFile {
    pub(crate) fn create(shelf: &Shelf, path: &Path, name: FileName) -> Result<Self, FileError> {
        let schema = schema();
        Ok(Self {
            file: shelf.table(path, name, &schema, &Sorting::by(&[PERSON]))?,
            schema,
            ready: Runs::default(),
        })
    }

    pub(crate) fn push(&mut self, person: u32, start: u64, rows: u64) -> Result<(), FileError> {
        self.ready.push(person, start, rows);
        if self.ready.persons.len() > BATCH_ROWS {
            self.write(BATCH_ROWS)?;
        }
        Ok(())
    }

    /// Rows that come next in the file.
    pub(crate) fn extend(&mut self, person: u32, rows: u64) -> Result<(), FileError> {
        self.push(person, self.ready.end(), rows)
    }

    pub(crate) fn finish(mut self) -> Result<Entry, FileError> {
        self.write(usize::MAX)?;
        self.file.finish()
    }

    /// Writes the first `count` runs.
    fn write(&mut self, count: usize) -> Result<(), FileError> {
        let count = count.min(self.ready.persons.len());
        if count == 0 {
            return Ok(());
        }
        let arrays: Vec<ArrayRef> = vec![
            Arc::new(UInt32Array::from_iter_values(
                self.ready.persons.drain(..count),
            )),
            Arc::new(UInt64Array::from_iter_values(
                self.ready.starts.drain(..count),
            )),
            Arc::new(UInt32Array::from_iter_values(
                self.ready.rows.drain(..count),
            )),
        ];
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), arrays)
            .map_err(|_| SinkError::Broken("runs fit their schema"))?;
        self.file.write(&batch)
    }
}

/// Neighbouring rows of one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) person: u32,
    start: u64,
    rows: u32,
}

/// The runs of a file that a link wrote, one by one.
pub(crate) fn each(
    file: &StoredFile,
) -> Result<impl Iterator<Item = Result<Run, ParquetError>>, ParquetError> {
    let source = file.table()?;
    let name = source.name().to_owned();
    let runs = move |batch: &RecordBatch| -> Result<Vec<Run>, ParquetError> {
        let (persons, starts, rows) =
            columns(batch).ok_or_else(|| ParquetError::Malformed { file: name.clone() })?;
        let runs = persons.iter().zip(starts).zip(rows);
        Ok(runs
            .map(|((person, start), rows)| Run {
                person: *person,
                start: *start,
                rows: *rows,
            })
            .collect())
    };
    Ok(source.batches(None, BATCH_ROWS)?.flat_map(move |batch| {
        let (runs, error) = match batch.and_then(|batch| runs(&batch)) {
            Ok(runs) => (runs, None),
            Err(error) => (Vec::new(), Some(Err(error))),
        };
        runs.into_iter().map(Ok).chain(error)
    }))
}

/// Persons, starts and numbers of rows.
fn columns(batch: &RecordBatch) -> Option<(&[u32], &[u64], &[u32])> {
    let [persons, starts, rows] = batch.columns() else {
        return None;
    };
    Some((
        persons.as_primitive_opt::<UInt32Type>()?.values(),
        starts.as_primitive_opt::<UInt64Type>()?.values(),
        rows.as_primitive_opt::<UInt32Type>()?.values(),
    ))
}

/// Whose each row of a file is, for rows taken in order.
pub(crate) struct Whose<I> {
    runs: I,
    /// A run that begins or goes on after the rows taken.
    open: Option<Run>,
    row: u64,
}

impl<E, I: Iterator<Item = Result<Run, E>>> Whose<I> {
    pub(crate) fn new(runs: I) -> Self {
        Self {
            runs,
            open: None,
            row: 0,
        }
    }

    /// Index and person of each of the next `count` rows that has one.
    pub(crate) fn next(&mut self, count: usize) -> Result<Vec<(usize, u32)>, E> {
        let begin = self.row;
        let end = begin.saturating_add(count as u64);
        self.row = end;
        let mut found = Vec::with_capacity(count);
        loop {
            let run = match self.open.take() {
                Some(run) => run,
                None => match self.runs.next().transpose()? {
                    Some(run) => run,
                    None => return Ok(found),
                },
            };
            let stop = run.start.saturating_add(u64::from(run.rows));
            let (from, to) = (run.start.max(begin), stop.min(end));
            found.extend((from..to).map(|row| {
                let index = usize::try_from(row.saturating_sub(begin)).unwrap_or(usize::MAX);
                (index, run.person)
            }));
            if stop > end {
                self.open = Some(run);
                return Ok(found);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_place(by_import: &[(Option<u32>, u64)]) -> Runs {
        let mut runs = Runs::default();
        let mut start = 0_u64;
        for (person, rows) in by_import {
            if let Some(person) = person {
                runs.push(*person, start, *rows);
            }
            start = start.saturating_add(*rows);
        }
        runs
    }

    #[test]
    fn rows_of_nobody_are_passed_over_and_neighbours_are_one_run() {
        let runs = in_place(&[
            (Some(3), 2),
            (Some(3), 1),
            (None, 4),
            (Some(5), 2),
            (None, 9),
        ]);
        assert_eq!(runs.persons, [3, 5]);
        assert_eq!(runs.starts, [0, 7]);
        assert_eq!(runs.rows, [3, 2]);
        let each = [(3, 0, 3), (5, 7, 2)].map(|(person, start, rows)| {
            Ok::<_, ()>(Run {
                person,
                start,
                rows,
            })
        });
        let mut whose = Whose::new(each.into_iter());
        assert_eq!(whose.next(2).unwrap(), [(0, 3), (1, 3)]);
        assert_eq!(whose.next(6).unwrap(), [(0, 3), (5, 5)]);
        assert_eq!(whose.next(20).unwrap(), [(0, 5)]);
        assert_eq!(whose.next(20).unwrap(), []);
    }

    #[test]
    fn a_run_longer_than_its_count_can_say_is_several() {
        let long = u64::from(u32::MAX) + 7;
        let runs = in_place(&[(Some(1), 1), (Some(1), long)]);
        assert_eq!(runs.total(), long + 1);
        assert!(runs.follow());
        assert_eq!(runs.persons, [1, 1]);
    }

    #[test]
    fn rows_without_columns_are_counted_by_person_whatever_their_order() {
        let runs = Runs::counted(vec![(9, 1), (2, 3), (9, 2)]);
        assert_eq!(runs.persons, [2, 9]);
        assert_eq!(runs.rows, [3, 3]);
        assert_eq!(runs.starts, [0, 3]);
    }
}
