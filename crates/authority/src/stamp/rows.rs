//! The IDs of an extract's rows.

use std::collections::BTreeMap;

use arrow::array::{Array as _, RecordBatch, StringArray};
use jiff::civil::Date;
use renketsu_identity::ServicePeriod;
use renketsu_table::BATCH_ROWS;
use renketsu_table::columns::ColumnMap;

use super::extract::{Extract, text, value};
use super::{Persons, StampError};
use crate::issuer::{Issued, IssuerKeys};
use crate::lookup::Identifiers;
use crate::resolver::{ROWS_AT_ONCE, Resolver, Subjects};

/// A row whose key is in the registry.
const REGISTERED: &str = "registered";
/// A row whose key is not in the registry; it has no ID.
const UNKNOWN_PERSON: &str = "unknown_person";
/// A row whose key is in the registry and whose service date cannot be read; the latest kana was taken.
const SERVICE_REJECTED: &str = "service_rejected";

/// The IDs of every row, batch by batch as the extract has them.
pub(super) struct Stamps {
    pub(super) batches: Vec<StampedBatch>,
    pub(super) by_outcome: BTreeMap<&'static str, u64>,
}

/// The IDs of some rows.
#[derive(Default)]
pub(super) struct StampedBatch {
    pub(super) ids: Vec<Issued>,
    pub(super) kana_unique: Vec<Option<bool>>,
}

impl Stamps {
    pub(super) fn with_number_id(&self) -> u64 {
        self.count(|ids| ids.number_id.is_some())
    }

    pub(super) fn with_kana_id(&self) -> u64 {
        self.count(|ids| ids.kana_id.is_some())
    }

    fn count(&self, has: impl Fn(&Issued) -> bool) -> u64 {
        let count = self
            .batches
            .iter()
            .flat_map(|batch| &batch.ids)
            .filter(|ids| has(ids))
            .count();
        u64::try_from(count).unwrap_or(u64::MAX)
    }
}

/// Finds the person of every row and issues her IDs.
pub(super) fn stamps(
    extract: &Extract,
    persons: &Persons,
    resolver: &Resolver<'_>,
    issuer: &IssuerKeys,
    today: Date,
    progress: &mut dyn FnMut(u64),
) -> Result<Stamps, StampError> {
    let mut batches = Vec::with_capacity(extract.batches.len());
    let mut by_outcome: BTreeMap<&'static str, u64> = BTreeMap::new();
    let mut done = 0_u64;
    for together in extract.batches.chunks(ROWS_AT_ONCE.div_euclid(BATCH_ROWS)) {
        let found = match persons {
            Persons::Key {
                column, service, ..
            } => by_key(together, column, service.as_deref(), resolver, today)?,
            Persons::Identifiers(map) => by_identifiers(together, map, resolver)?,
        };
        let mut found = found.into_iter();
        for batch in together {
            let mut stamped = StampedBatch::default();
            for row in found.by_ref().take(batch.num_rows()) {
                let count = by_outcome.entry(row.outcome).or_insert(0);
                *count = count.saturating_add(1);
                stamped.ids.push(issuer.issue(&row.subjects));
                stamped.kana_unique.push(row.kana_unique);
                done = done.saturating_add(1);
            }
            batches.push(stamped);
            progress(done);
        }
    }
    Ok(Stamps {
        batches,
        by_outcome,
    })
}

/// The resolver's part of a row.
struct FoundRow {
    outcome: &'static str,
    kana_unique: Option<bool>,
    subjects: Subjects,
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
