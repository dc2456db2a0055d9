//! The table of an answer in the verifiable mode of the kana ID, by an authority that holds the keys of both custodians: what
//! the producer needs to check and make the kana IDs stands in their place, and the proofs in a table of their own.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, RecordBatch, StringArray, StringBuilder};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use renketsu_identity::{PROOF_ROWS, VerifiableKey};
use renketsu_seal::package::{Counts, Draft, Opened, TableWriter};
use renketsu_table::ids::{
    self, KANA_BLINDED, KANA_EVALUATED, KANA_FACTOR, KANA_INPUT, KANA_UNIQUE, NUMBER_ID, ROW_REF,
    ROW_REF_BYTES,
};
use renketsu_table::parquet::{ParquetSink, Sorting};
use renketsu_table::schema;

use super::IssueError;
use super::answers::{TABLE, Tally, push_reason};
use super::persons::{Marks, Persons};
use super::request::{Asked, Together, values};
use crate::issuer::IssuerKeys;
use crate::lookup::Status;
use crate::resolver::{Resolution, Resolver, Subjects};
use crate::verifiable::{Proving, Veil};

/// What each of the two custodians does for an answer, in one place.
pub(super) struct Halves<'a> {
    veil: &'a Veil<'a>,
    issuer: &'a IssuerKeys,
    proving: Proving<'a>,
}

impl<'a> Halves<'a> {
    pub(super) fn new(veil: &'a Veil<'a>, issuer: &'a IssuerKeys, key: &'a VerifiableKey) -> Self {
        Self {
            veil,
            issuer,
            proving: Proving::new(key),
        }
    }
}

/// A row that was looked up.
struct Row {
    reference: [u8; 16],
    resolution: Resolution,
    subjects: Subjects,
}

/// Answers every row of the request, in order, into two tables of the draft.
pub(super) fn write(
    opened: &Opened,
    resolver: &Resolver<'_>,
    halves: Halves<'_>,
    draft: &mut Draft,
    progress: &mut dyn FnMut(u64),
) -> Result<Tally, IssueError> {
    let (tally, proving) = answer(opened, resolver, halves, draft, progress)?;
    proving.write::<IssueError>(draft)?;
    Ok(tally)
}

/// Writes the answers, and gives the proofs that go beside them.
fn answer<'a>(
    opened: &Opened,
    resolver: &Resolver<'_>,
    halves: Halves<'a>,
    draft: &mut Draft,
    progress: &mut dyn FnMut(u64),
) -> Result<(Tally, Proving<'a>), IssueError> {
    let columns = columns();
    let target = draft.table(TABLE, schema::to_json(&columns)?)?;
    let mut writing = Writing {
        sink: ParquetSink::create(target, &columns, &Sorting::by_reference())?,
        columns,
        halves,
        counts: [0; Status::ALL.len()],
        persons: Persons::default(),
    };
    let mut asked = Asked::open(opened)?;
    let mut waiting = Vec::with_capacity(PROOF_ROWS);
    while let Some(Together { references, asking }) = asked.ask(resolver)? {
        let references = references.iter().flat_map(values);
        for (reference, answered) in references.zip(resolver.answer(asking)?) {
            let (resolution, subjects) = answered;
            waiting.push(Row {
                reference: *reference,
                resolution,
                subjects,
            });
            if waiting.len() == PROOF_ROWS {
                writing.piece(&waiting)?;
                waiting.clear();
                progress(writing.sink.rows());
            }
        }
    }
    if !waiting.is_empty() {
        writing.piece(&waiting)?;
        progress(writing.sink.rows());
    }
    let Writing {
        sink,
        halves,
        counts,
        mut persons,
        ..
    } = writing;
    persons.settle();
    let (numbers, kana) = persons.ids();
    let written = sink.finish()?;
    let rows = written.rows;
    written.target.finish(Counts {
        rows,
        distinct_number_ids: Some(numbers),
        distinct_kana_ids: Some(kana),
    })?;
    let statuses = Status::ALL.iter().map(|status| status.name());
    let tally = Tally {
        rows,
        by_status: statuses.zip(counts).collect(),
        persons,
    };
    Ok((tally, halves.proving))
}

/// A table that is being written.
struct Writing<'a, 'd> {
    sink: ParquetSink<TableWriter<'d>>,
    columns: SchemaRef,
    halves: Halves<'a>,
    counts: [u64; Status::ALL.len()],
    persons: Persons,
}

impl Writing<'_, '_> {
    /// Writes rows that have one proof.
    fn piece(&mut self, rows: &[Row]) -> Result<(), IssueError> {
        let subjects: Vec<&Subjects> = rows.iter().map(|row| &row.subjects).collect();
        let veiled = self.halves.veil.over(&subjects)?;
        // The issuer's half: of the resolver's it hears number subjects, points and persons.
        let points: Vec<Option<[u8; 32]>> = veiled
            .iter()
            .map(|veiled| veiled.as_ref().map(|veiled| veiled.point))
            .collect();
        let evaluated = self.halves.proving.evaluate(&points)?;
        let mut numbers = Vec::with_capacity(rows.len());
        let mut reasons = StringBuilder::new();
        for (row, veiled) in rows.iter().zip(&veiled) {
            if let Some(count) = self.counts.get_mut(row.resolution.status as usize) {
                *count = count.saturating_add(1);
            }
            let issued = self.halves.issuer.issue(&row.subjects);
            let number = issued.number_id.map(|id| *id.as_bytes());
            let marks = Marks {
                number,
                kana: veiled.as_ref().map(|veiled| veiled.person),
            };
            self.persons.see_answered(row.resolution, marks);
            push_reason(&mut reasons, row.resolution.reason);
            numbers.push(number);
        }
        let statuses = rows.iter().map(|row| Some(row.resolution.status.name()));
        let unique: BooleanArray = rows.iter().map(|row| row.resolution.kana_unique).collect();
        let inputs = veiled.iter().map(Option::as_ref);
        let factors = inputs.clone();
        let columns: Vec<ArrayRef> = vec![
            ids::array::<16>(rows.iter().map(|row| Some(row.reference))),
            Arc::new(statuses.collect::<StringArray>()),
            Arc::new(reasons.finish()),
            ids::array(numbers),
            Arc::new(unique),
            ids::array(inputs.map(|veiled| Some(*veiled?.input.expose()))),
            ids::array(factors.map(|veiled| Some(*veiled?.factor))),
            ids::array(points),
            ids::array(evaluated),
        ];
        let batch = RecordBatch::try_new(Arc::clone(&self.columns), columns)
            .map_err(|_| IssueError::Broken("a batch fits its schema"))?;
        Ok(self.sink.write(&batch)?)
    }
}

fn columns() -> SchemaRef {
    Arc::new(Schema::new(vec![
        ids::field_of(ROW_REF, ROW_REF_BYTES),
        Field::new("status", DataType::Utf8, false),
        Field::new("reason", DataType::Utf8, true),
        ids::id_field(NUMBER_ID),
        Field::new(KANA_UNIQUE, DataType::Boolean, true),
        ids::id_field(KANA_INPUT),
        ids::id_field(KANA_FACTOR),
        ids::id_field(KANA_BLINDED),
        ids::id_field(KANA_EVALUATED),
    ]))
}
