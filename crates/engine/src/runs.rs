//! Whose rows a table's rows are: the person column, one entry per run of rows.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray as _, RecordBatch, UInt32Array, UInt64Array};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, UInt32Type, UInt64Type};
use arrow::error::ArrowError;
use renketsu_table::parquet::ParquetError;

use crate::shelf::{BATCH_ROWS, PERSON, StoredFile};

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

pub(crate) fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new(PERSON, DataType::UInt32, false),
        Field::new(START, DataType::UInt64, false),
        Field::new(ROWS, DataType::UInt32, false),
    ]))
}

impl Runs {
    /// Rows that stay where they are.
    pub(crate) fn in_place(by_import: &[(Option<u32>, u64)]) -> Self {
        let mut runs = Self::default();
        let mut start = 0_u64;
        for (person, rows) in by_import {
            if let Some(person) = person {
                runs.push(*person, start, *rows);
            }
            start = start.saturating_add(*rows);
        }
        runs
    }

    /// Rows of a table without data columns: nothing lies anywhere, but each counts.
    pub(crate) fn counted(by_import: &[(Option<u32>, u64)]) -> Self {
        let mut linked: Vec<(u32, u64)> = by_import
            .iter()
            .filter_map(|(person, rows)| Some(((*person)?, *rows)))
            .collect();
        linked.sort_by_key(|(person, _)| *person);
        let mut runs = Self::default();
        for (person, rows) in linked {
            runs.extend(Some(person), rows);
        }
        runs
    }

    /// Rows that come next in the file.
    pub(crate) fn extend(&mut self, person: Option<u32>, rows: u64) {
        let Some(person) = person else { return };
        let start = self.starts.last().zip(self.rows.last());
        let start = start.map_or(0, |(start, rows)| start.saturating_add(u64::from(*rows)));
        self.push(person, start, rows);
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

    pub(crate) fn batches<'a>(
        &'a self,
        schema: &'a SchemaRef,
    ) -> impl Iterator<Item = Result<RecordBatch, ArrowError>> + 'a {
        let chunks = self
            .persons
            .chunks(BATCH_ROWS)
            .zip(self.starts.chunks(BATCH_ROWS))
            .zip(self.rows.chunks(BATCH_ROWS));
        chunks.map(|((persons, starts), rows)| {
            let arrays: Vec<ArrayRef> = vec![
                Arc::new(UInt32Array::from(persons.to_vec())),
                Arc::new(UInt64Array::from(starts.to_vec())),
                Arc::new(UInt32Array::from(rows.to_vec())),
            ];
            RecordBatch::try_new(Arc::clone(schema), arrays)
        })
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
            let [persons, starts, rows] = batch.columns() else {
                return Ok(None);
            };
            let (Some(persons), Some(starts), Some(rows)) = (
                persons.as_primitive_opt::<UInt32Type>(),
                starts.as_primitive_opt::<UInt64Type>(),
                rows.as_primitive_opt::<UInt32Type>(),
            ) else {
                return Ok(None);
            };
            runs.persons.extend_from_slice(persons.values());
            runs.starts.extend_from_slice(starts.values());
            runs.rows.extend_from_slice(rows.values());
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

/// Whose each row of a file is, for rows taken in order.
pub(crate) struct Whose<'a> {
    runs: &'a Runs,
    /// The run that the next row is in or before.
    at: usize,
    row: u64,
}

impl<'a> Whose<'a> {
    pub(crate) fn new(runs: &'a Runs) -> Self {
        Self {
            runs,
            at: 0,
            row: 0,
        }
    }

    /// Index and person of each of the next `count` rows that has one.
    pub(crate) fn next(&mut self, count: usize) -> Vec<(usize, u32)> {
        let begin = self.row;
        let end = begin.saturating_add(count as u64);
        let mut found = Vec::with_capacity(count);
        let Runs {
            persons,
            starts,
            rows,
        } = self.runs;
        while let (Some(person), Some(start), Some(rows)) =
            (persons.get(self.at), starts.get(self.at), rows.get(self.at))
        {
            let stop = start.saturating_add(u64::from(*rows));
            let (from, to) = ((*start).max(begin), stop.min(end));
            found.extend((from..to).map(|row| {
                let index = usize::try_from(row.saturating_sub(begin)).unwrap_or(usize::MAX);
                (index, *person)
            }));
            if stop > end {
                break;
            }
            self.at = self.at.saturating_add(1);
        }
        self.row = end;
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_nobody_are_passed_over_and_neighbours_are_one_run() {
        let runs = Runs::in_place(&[
            (Some(3), 2),
            (Some(3), 1),
            (None, 4),
            (Some(5), 2),
            (None, 9),
        ]);
        assert_eq!(runs.persons, [3, 5]);
        assert_eq!(runs.starts, [0, 7]);
        assert_eq!(runs.rows, [3, 2]);
        let mut whose = Whose::new(&runs);
        assert_eq!(whose.next(2), [(0, 3), (1, 3)]);
        assert_eq!(whose.next(6), [(0, 3), (5, 5)]);
        assert_eq!(whose.next(20), [(0, 5)]);
        assert_eq!(whose.next(20), []);
    }

    #[test]
    fn a_run_longer_than_its_count_can_say_is_several() {
        let long = u64::from(u32::MAX) + 7;
        let runs = Runs::in_place(&[(Some(1), 1), (Some(1), long)]);
        assert_eq!(runs.total(), long + 1);
        assert!(runs.follow());
        assert_eq!(runs.persons, [1, 1]);
    }

    #[test]
    fn rows_without_columns_are_counted_by_person_whatever_their_order() {
        let runs = Runs::counted(&[(Some(9), 1), (None, 5), (Some(2), 3), (Some(9), 2)]);
        assert_eq!(runs.persons, [2, 9]);
        assert_eq!(runs.rows, [3, 3]);
        assert_eq!(runs.starts, [0, 3]);
    }
}
