//! The table of an answer.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use renketsu_seal::package::{Counts, Draft, Opened};
use renketsu_table::ids::{self, ROW_REF, ROW_REF_BYTES};
use renketsu_table::parquet::{ParquetSink, Sorting};
use renketsu_table::schema;

use super::IssueError;
use super::persons::Persons;
use super::request::{Asked, AskedRows};
use crate::issuer::{Issued, IssuerKeys};
use crate::lookup::Status;
use crate::resolver::{ROWS_AT_ONCE, Resolution, Resolver, Subjects};

/// The one table of an answer.
const TABLE: &str = "answers";

/// What is kept of an answer.
pub(super) struct Tally {
    pub(super) rows: u64,
    pub(super) by_status: BTreeMap<&'static str, u64>,
    pub(super) persons: Persons,
    /// Those of them who are registered.
    pub(super) registered: Persons,
}

/// Answers every row of the request, in order, into a table of the draft.
pub(super) fn write(
    opened: &Opened,
    resolver: &Resolver<'_>,
    issuer: &IssuerKeys,
    draft: &mut Draft,
    progress: &mut dyn FnMut(u64),
) -> Result<Tally, IssueError> {
    let schema = answer_schema();
    let mut asked = Asked::open(opened)?;
    let mut sink = ParquetSink::create(
        draft.table(TABLE, schema::to_json(&schema)?)?,
        &schema,
        &Sorting::by_reference(),
    )?;
    let mut tally = Tally {
        rows: 0,
        by_status: Status::ALL
            .iter()
            .map(|status| (status.name(), 0))
            .collect(),
        persons: Persons::default(),
        registered: Persons::default(),
    };
    let mut distinct = Distinct::default();
    loop {
        let together = asked.take(ROWS_AT_ONCE)?;
        if together.is_empty() {
            break;
        }
        let mut resolved = resolve(resolver, &together)?.into_iter();
        for rows in together {
            let (resolutions, subjects): (Vec<_>, Vec<_>) =
                resolved.by_ref().take(rows.references.len()).unzip();
            let issued: Vec<Issued> = subjects
                .iter()
                .map(|subjects| issuer.issue(subjects))
                .collect();
            for resolution in &resolutions {
                let count = tally.by_status.entry(resolution.status.name()).or_insert(0);
                *count = count.saturating_add(1);
            }
            distinct.see(&issued);
            for (resolution, issued) in resolutions.iter().zip(&issued) {
                tally.persons.see(issued);
                tally.registered.see_registered(*resolution, issued);
            }
            sink.write(&batch(&schema, &rows, &resolutions, &issued)?)?;
            tally.rows = sink.rows();
            progress(tally.rows);
        }
    }
    tally.persons.settle();
    tally.registered.settle();
    let written = sink.finish()?;
    let (numbers, kana) = distinct.counts();
    written.target.finish(Counts {
        rows: written.rows,
        distinct_number_ids: Some(numbers),
        distinct_kana_ids: Some(kana),
    })?;
    Ok(tally)
}

/// The resolver's half: the subjects go to the issuer without what names a row.
fn resolve(
    resolver: &Resolver<'_>,
    together: &[AskedRows],
) -> Result<Vec<(Resolution, Subjects)>, IssueError> {
    let asked: Vec<_> = together.iter().flat_map(AskedRows::identifiers).collect();
    Ok(resolver.resolve_all(&asked)?)
}

fn answer_schema() -> SchemaRef {
    let [number_id, kana_id, kana_unique] = ids::front();
    Arc::new(Schema::new(vec![
        ids::field_of(ROW_REF, ROW_REF_BYTES),
        Field::new("status", DataType::Utf8, false),
        Field::new("reason", DataType::Utf8, true),
        number_id,
        kana_id,
        kana_unique,
    ]))
}

fn batch(
    schema: &SchemaRef,
    rows: &AskedRows,
    resolutions: &[Resolution],
    issued: &[Issued],
) -> Result<RecordBatch, IssueError> {
    let status: StringArray = resolutions
        .iter()
        .map(|resolution| Some(resolution.status.name()))
        .collect();
    let reason: StringArray = resolutions
        .iter()
        .map(|resolution| resolution.reason.map(|reason| reason.to_string()))
        .collect();
    let columns: Vec<ArrayRef> = vec![
        ids::array::<16>(rows.references.iter().copied().map(Some)),
        Arc::new(status),
        Arc::new(reason),
        ids::array::<32>(
            issued
                .iter()
                .map(|issued| issued.number_id.map(|id| *id.as_bytes())),
        ),
        ids::array::<32>(
            issued
                .iter()
                .map(|issued| issued.kana_id.map(|id| *id.as_bytes())),
        ),
        Arc::new(
            resolutions
                .iter()
                .map(|resolution| resolution.kana_unique)
                .collect::<BooleanArray>(),
        ),
    ];
    RecordBatch::try_new(Arc::clone(schema), columns)
        .map_err(|_| IssueError::Broken("a batch fits its schema"))
}

/// How many different IDs a table has.
#[derive(Default)]
pub(crate) struct Distinct {
    numbers: Vec<[u8; 32]>,
    kana: Vec<[u8; 32]>,
}

impl Distinct {
    pub(crate) fn see(&mut self, issued: &[Issued]) {
        self.numbers.extend(
            issued
                .iter()
                .filter_map(|issued| issued.number_id.map(|id| *id.as_bytes())),
        );
        self.kana.extend(
            issued
                .iter()
                .filter_map(|issued| issued.kana_id.map(|id| *id.as_bytes())),
        );
    }

    /// Of `number_id`, then of `kana_id`.
    pub(crate) fn counts(self) -> (u64, u64) {
        (count(self.numbers), count(self.kana))
    }
}

fn count(mut ids: Vec<[u8; 32]>) -> u64 {
    ids.sort_unstable();
    ids.dedup();
    u64::try_from(ids.len()).unwrap_or(u64::MAX)
}
