//! The table of an answer.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Arc;

use arrow::array::{
    Array as _, ArrayRef, BooleanBufferBuilder, BooleanBuilder, FixedSizeBinaryArray, RecordBatch,
    StringBuilder,
};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use renketsu_seal::package::{Counts, Draft, Opened};
use renketsu_table::ids::{self, ROW_REF, ROW_REF_BYTES};
use renketsu_table::parquet::{ParquetSink, Sorting, Written};
use renketsu_table::schema;

use super::IssueError;
use super::persons::{Marks, Persons, Use};
use super::request::{Asked, Together};
use crate::issuer::{IssuedLines, IssuerKeys};
use crate::lookup::{Reason, Status};
use crate::resolver::{Resolution, Resolver};

/// The one table of an answer.
pub(super) const TABLE: &str = "answers";

/// What is kept of an answer.
pub(super) struct Tally {
    pub(super) rows: u64,
    pub(super) by_status: BTreeMap<&'static str, u64>,
    pub(super) persons: Persons,
}

/// Answers every row of the request, in order, into a table of the draft.
pub(super) fn write(
    opened: &Opened,
    resolver: &Resolver<'_>,
    issuer: &IssuerKeys,
    draft: &mut Draft,
    progress: &mut dyn FnMut(u64),
) -> Result<Tally, IssueError> {
    let asked = Asked::open(opened)?;
    let target = draft.table(TABLE, schema::to_json(&answer_schema())?)?;
    let (tally, written) = answer(asked, resolver, issuer, target, progress)?;
    let (numbers, kana) = tally.persons.ids();
    written.target.finish(Counts {
        rows: written.rows,
        distinct_number_ids: Some(numbers),
        distinct_kana_ids: Some(kana),
    })?;
    Ok(tally)
}

/// Answers every row, in order.
pub(super) fn answer<W: Write + Send>(
    mut asked: Asked,
    resolver: &Resolver<'_>,
    issuer: &IssuerKeys,
    target: W,
    progress: &mut dyn FnMut(u64),
) -> Result<(Tally, Written<W>), IssueError> {
    let schema = answer_schema();
    let mut sink = ParquetSink::create(target, &schema, &Sorting::by_reference())?;
    let mut counts = [0_u64; Status::ALL.len()];
    let mut persons = Persons::default();
    while let Some(Together { references, asking }) = asked.ask(resolver)? {
        // The issuer's half: of the resolver's it hears the subjects, and not what names a row.
        let mut issued = IssuedLines::default();
        let resolved = resolver.answer_persons(asking, |subjects| {
            issuer.issue_all(subjects, &mut issued);
        })?;
        let mut uses = vec![Use::default(); issued.len()];
        let mut left = resolved.as_slice();
        for references in references {
            let (now, later) = left
                .split_at_checked(references.len())
                .ok_or(IssueError::Broken("every row is answered"))?;
            left = later;
            let mut rows = AnsweredRows::with_capacity(references.len());
            for some in now.chunks(NEAR) {
                for resolved in some {
                    let near = resolved.subjects().and_then(|place| issued.near(place));
                    std::hint::black_box(near);
                }
                for resolved in some {
                    let resolution = resolved.resolution();
                    if let Some(count) = counts.get_mut(resolution.status as usize) {
                        *count = count.saturating_add(1);
                    }
                    let place = resolved.subjects();
                    if let Some(used) = place.and_then(|place| uses.get_mut(place)) {
                        used.note(resolution);
                    }
                    rows.push(resolution, place.and_then(|place| issued.get(place)));
                }
            }
            sink.write(&rows.batch(&schema, references)?)?;
            progress(sink.rows());
        }
        for (place, used) in uses.into_iter().enumerate() {
            let [number, kana] = issued.get(place).unwrap_or_default();
            let (number, kana) = (number.copied(), kana.copied());
            persons.see_used(used, Marks { number, kana });
        }
    }
    persons.settle();
    let written = sink.finish()?;
    let tally = Tally {
        rows: written.rows,
        by_status: Status::ALL
            .iter()
            .map(|status| status.name())
            .zip(counts)
            .collect(),
        persons,
    };
    Ok((tally, written))
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

/// Appends why the number did not help.
pub(super) fn push_reason(column: &mut StringBuilder, reason: Option<Reason>) {
    match reason {
        None => column.append_null(),
        Some(Reason::NumberNotFound) => column.append_value("number:not_found"),
        Some(reason) => column.append_value(reason.to_string()),
    }
}

/// IDs that are looked at before any of them is needed: memory is then waited for once for all of them.
const NEAR: usize = 64;

/// Rows of an answer, column by column.
struct AnsweredRows {
    status: StringBuilder,
    reason: StringBuilder,
    numbers: Ids,
    kana: Ids,
    unique: BooleanBuilder,
}

impl AnsweredRows {
    fn with_capacity(rows: usize) -> Self {
        Self {
            status: StringBuilder::with_capacity(rows, rows.saturating_mul(8)),
            reason: StringBuilder::with_capacity(rows, rows),
            numbers: Ids::with_capacity(rows),
            kana: Ids::with_capacity(rows),
            unique: BooleanBuilder::with_capacity(rows),
        }
    }

    fn push(&mut self, resolution: Resolution, issued: Option<[Option<&[u8; 32]>; 2]>) {
        self.status.append_value(resolution.status.name());
        push_reason(&mut self.reason, resolution.reason);
        let [number, kana] = issued.unwrap_or_default();
        self.numbers.push(number);
        self.kana.push(kana);
        self.unique.append_option(resolution.kana_unique);
    }

    fn batch(
        mut self,
        schema: &SchemaRef,
        references: FixedSizeBinaryArray,
    ) -> Result<RecordBatch, IssueError> {
        let columns: Vec<ArrayRef> = vec![
            Arc::new(references),
            Arc::new(self.status.finish()),
            Arc::new(self.reason.finish()),
            self.numbers.finish()?,
            self.kana.finish()?,
            Arc::new(self.unique.finish()),
        ];
        RecordBatch::try_new(Arc::clone(schema), columns)
            .map_err(|_| IssueError::Broken("a batch fits its schema"))
    }
}

/// A column of IDs.
struct Ids {
    values: Vec<u8>,
    present: BooleanBufferBuilder,
}

impl Ids {
    fn with_capacity(rows: usize) -> Self {
        Self {
            values: Vec::with_capacity(rows.saturating_mul(32)),
            present: BooleanBufferBuilder::new(rows),
        }
    }

    #[inline]
    fn push(&mut self, id: Option<&[u8; 32]>) {
        self.values.extend_from_slice(id.unwrap_or(&[0; 32]));
        self.present.append(id.is_some());
    }

    fn finish(self) -> Result<ArrayRef, IssueError> {
        let nulls = NullBuffer::new(self.present.build());
        FixedSizeBinaryArray::try_new(ids::ID_BYTES, self.values.into(), Some(nulls))
            .map(|array| Arc::new(array) as ArrayRef)
            .map_err(|_| IssueError::Broken("a column has whole IDs"))
    }
}
