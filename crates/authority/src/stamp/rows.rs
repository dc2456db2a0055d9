//! Whose the rows of an extract are: looked up in pieces that fit into memory.

use std::collections::BTreeMap;

use arrow::array::{Array as _, RecordBatch, StringArray};
use jiff::civil::Date;
use renketsu_identity::ServicePeriod;
use renketsu_table::columns::ColumnMap;

use super::columns::Columns;
use super::extract::{Extract, text, value};
use super::{Persons, StampError};
use crate::lookup::Identifiers;
use crate::resolver::{ROWS_AT_ONCE, Resolver, Subjects};

/// A row whose key is in the registry.
const REGISTERED: &str = "registered";
/// A row whose key is not in the registry; it has no ID.
const UNKNOWN_PERSON: &str = "unknown_person";
/// A row whose key is in the registry and whose service date cannot be read; the latest kana was taken.
const SERVICE_REJECTED: &str = "service_rejected";
/// Bytes that looking a row up takes beside the row itself.
const LOOK_UP_BYTES: usize = 400;

/// The resolver's part of a row.
pub(crate) struct FoundRow {
    pub(crate) outcome: &'static str,
    pub(crate) kana_unique: Option<bool>,
    pub(crate) subjects: Subjects,
}

/// Who is asked for, and of whom.
pub(crate) struct Asking<'a> {
    pub(crate) extract: &'a Extract,
    pub(crate) persons: &'a Persons,
    pub(crate) resolver: &'a Resolver<'a>,
    pub(crate) today: Date,
    /// Bytes of rows that are looked up together: a registry on disk is read once for all of them.
    pub(crate) memory: usize,
}

/// Rows by outcome.
pub(crate) type Outcomes = BTreeMap<&'static str, u64>;

/// Takes the rows of a batch with what was found of each.
pub(crate) type Take<'a, E> =
    &'a mut dyn FnMut(&Columns, &RecordBatch, Vec<FoundRow>) -> Result<(), E>;

impl Asking<'_> {
    /// Finds the person of every row, in the order of the extract, and looks at every column that stays. Whoever `take`s
    /// them gives nothing away before the columns were judged. `progress` hears how many rows were found.
    pub(crate) fn each<E: From<StampError>>(
        &self,
        columns: &mut Columns,
        progress: &mut dyn FnMut(u64),
        take: Take<'_, E>,
    ) -> Result<Outcomes, E> {
        let mut outcomes = Outcomes::new();
        let mut done = 0_u64;
        let mut together = Vec::new();
        let (mut rows, mut bytes) = (0_usize, 0_usize);
        let mut batches = self.extract.batches()?.peekable();
        while let Some(batch) = batches.next().transpose()? {
            columns.see(&batch);
            rows = rows.saturating_add(batch.num_rows());
            let looked_up = batch.num_rows().saturating_mul(LOOK_UP_BYTES);
            bytes = bytes
                .saturating_add(batch.get_array_memory_size())
                .saturating_add(looked_up);
            together.push(batch);
            if rows < ROWS_AT_ONCE && bytes < self.memory && batches.peek().is_some() {
                continue;
            }
            let mut found = self.find(&together)?.into_iter();
            for batch in together.drain(..) {
                let found: Vec<FoundRow> = found.by_ref().take(batch.num_rows()).collect();
                for row in &found {
                    let count = outcomes.entry(row.outcome).or_insert(0);
                    *count = count.saturating_add(1);
                }
                done = done.saturating_add(u64::try_from(found.len()).unwrap_or(u64::MAX));
                take(columns, &batch, found)?;
                progress(done);
            }
            (rows, bytes) = (0, 0);
        }
        Ok(outcomes)
    }

    fn find(&self, batches: &[RecordBatch]) -> Result<Vec<FoundRow>, StampError> {
        match self.persons {
            Persons::Key {
                column, service, ..
            } => by_key(
                batches,
                column,
                service.as_deref(),
                self.resolver,
                self.today,
            ),
            Persons::Identifiers(map) => by_identifiers(batches, map, self.resolver),
        }
    }
}

fn by_key(
    batches: &[RecordBatch],
    column: &str,
    service: Option<&str>,
    resolver: &Resolver<'_>,
    today: Date,
) -> Result<Vec<FoundRow>, StampError> {
    let mut columns = Vec::with_capacity(batches.len());
    for batch in batches {
        let services = service.map(|service| texts(batch, service)).transpose()?;
        columns.push((texts(batch, column)?, services));
    }
    let asked: Vec<_> = columns
        .iter()
        .flat_map(|(keys, services)| {
            (0..keys.len()).map(move |row| {
                let period = ServicePeriod::parse(value(services.as_ref(), row), today);
                (value(Some(keys), row).trim(), period)
            })
        })
        .collect();
    let persons: Vec<_> = asked
        .iter()
        .map(|(key, period)| (*key, period.as_ref().ok().and_then(Option::as_ref)))
        .collect();
    let known = resolver.persons(&persons)?;
    let found = asked.iter().zip(known).map(|((_, period), known)| {
        let Some((kana_unique, subjects)) = known else {
            return FoundRow {
                outcome: UNKNOWN_PERSON,
                kana_unique: None,
                subjects: Subjects::default(),
            };
        };
        FoundRow {
            outcome: if period.is_ok() {
                REGISTERED
            } else {
                SERVICE_REJECTED
            },
            kana_unique,
            subjects,
        }
    });
    Ok(found.collect())
}

fn by_identifiers(
    batches: &[RecordBatch],
    map: &ColumnMap,
    resolver: &Resolver<'_>,
) -> Result<Vec<FoundRow>, StampError> {
    let mut columns = Vec::with_capacity(batches.len());
    for batch in batches {
        let mut fields: [Option<StringArray>; 8] = Default::default();
        for (field, name) in fields.iter_mut().zip(map.fields()) {
            *field = name.map(|name| texts(batch, name)).transpose()?;
        }
        columns.push((batch.num_rows(), fields));
    }
    let asked: Vec<_> = columns
        .iter()
        .flat_map(|(rows, fields)| {
            (0..*rows).map(move |row| {
                Identifiers::from_fields(fields.each_ref().map(|field| value(field.as_ref(), row)))
            })
        })
        .collect();
    let resolved = resolver.resolve_all(&asked)?;
    let found = resolved.into_iter().map(|(resolution, subjects)| FoundRow {
        outcome: resolution.status.name(),
        kana_unique: resolution.kana_unique,
        subjects,
    });
    Ok(found.collect())
}

fn texts(batch: &RecordBatch, column: &str) -> Result<StringArray, StampError> {
    batch
        .column_by_name(column)
        .and_then(text)
        .ok_or_else(|| StampError::ColumnType {
            column: column.to_owned(),
        })
}
