//! The tables that go between the custodians and to the producer. Each is in the order of its tokens, which are random:
//! nothing of the order of a request survives.

use std::sync::Arc;

use arrow::array::{Array as _, ArrayRef, BooleanArray, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use renketsu_identity::Subject;
use renketsu_seal::package::{Counts, Draft, Opened};
use renketsu_table::ids::{self, KANA_ID, KANA_UNIQUE, NUMBER_ID, ROW_REF, ROW_REF_BYTES};
use renketsu_table::parquet::{ParquetBatches, ParquetSink, ParquetSource, Sorting};
use renketsu_table::{BATCH_ROWS, schema};

use super::CustodyError;
use crate::issue::{Distinct, Persons};
use crate::issuer::Issued;
use crate::resolver::{Resolution, Subjects};

/// The table of a `tokens` package.
pub(super) const TOKENS: &str = "tokens";
/// The table of a `references` package.
const REFERENCES: &str = "references";
/// The table of an `ids` package.
const IDS: &str = "ids";
const TOKEN: &str = ids::TOKEN;
const NUMBER_SUBJECT: &str = "number_subject";
const KANA_SUBJECT: &str = "kana_subject";

/// 128 random bits that stand for one row of one package.
pub(super) type Token = [u8; 16];

/// A row of a request after the look-up.
pub(super) struct Resolved {
    pub(super) token: Token,
    pub(super) row_ref: [u8; 16],
    pub(super) resolution: Resolution,
    pub(super) subjects: Subjects,
}

fn token() -> Field {
    ids::field_of(TOKEN, ROW_REF_BYTES)
}

fn unique() -> Field {
    Field::new(KANA_UNIQUE, DataType::Boolean, true)
}

fn tokens_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        token(),
        ids::id_field(NUMBER_SUBJECT),
        ids::id_field(KANA_SUBJECT),
        unique(),
    ]))
}

fn references_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        token(),
        ids::field_of(ROW_REF, ROW_REF_BYTES),
        Field::new("status", DataType::Utf8, false),
        Field::new("reason", DataType::Utf8, true),
        unique(),
    ]))
}

fn ids_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        token(),
        ids::id_field(NUMBER_ID),
        ids::id_field(KANA_ID),
    ]))
}

fn batch(schema: &SchemaRef, columns: Vec<ArrayRef>) -> Result<RecordBatch, CustodyError> {
    RecordBatch::try_new(Arc::clone(schema), columns)
        .map_err(|_| CustodyError::Broken("a batch fits its schema"))
}

fn tokens_of(rows: &[Resolved]) -> ArrayRef {
    ids::array::<16>(rows.iter().map(|row| Some(row.token)))
}

fn unique_of(rows: &[Resolved]) -> ArrayRef {
    let flags = rows.iter().map(|row| row.resolution.kana_unique);
    Arc::new(flags.collect::<BooleanArray>())
}

/// Writes what the issuer gets. The rows are in the order of their tokens.
pub(super) fn write_tokens(draft: &mut Draft, rows: &[Resolved]) -> Result<(), CustodyError> {
    write(draft, TOKENS, &tokens_schema(), rows, |rows| {
        vec![
            tokens_of(rows),
            ids::array::<32>(rows.iter().map(|row| {
                let subject = row.subjects.number.as_ref();
                subject.map(|subject| *subject.expose())
            })),
            ids::array::<32>(rows.iter().map(|row| {
                let subject = row.subjects.kana.as_ref();
                subject.map(|subject| *subject.expose())
            })),
            unique_of(rows),
        ]
    })
}

/// Writes what the producer gets from the resolver. The rows are in the order of their tokens.
pub(super) fn write_references(draft: &mut Draft, rows: &[Resolved]) -> Result<(), CustodyError> {
    write(draft, REFERENCES, &references_schema(), rows, |rows| {
        let statuses = rows.iter().map(|row| Some(row.resolution.status.name()));
        let reasons = rows.iter().map(|row| {
            let reason = row.resolution.reason;
            reason.map(|reason| reason.to_string())
        });
        vec![
            tokens_of(rows),
            ids::array::<16>(rows.iter().map(|row| Some(row.row_ref))),
            Arc::new(statuses.collect::<StringArray>()),
            Arc::new(reasons.collect::<StringArray>()),
            unique_of(rows),
        ]
    })
}

fn write(
    draft: &mut Draft,
    table: &str,
    columns: &SchemaRef,
    rows: &[Resolved],
    arrays: impl Fn(&[Resolved]) -> Vec<ArrayRef>,
) -> Result<(), CustodyError> {
    let mut sink = ParquetSink::create(
        draft.table(table, schema::to_json(columns)?)?,
        columns,
        &Sorting::by(&[TOKEN]),
    )?;
    for rows in rows.chunks(BATCH_ROWS) {
        sink.write(&batch(columns, arrays(rows))?)?;
    }
    let written = sink.finish()?;
    written.target.finish(Counts {
        rows: written.rows,
        ..Counts::default()
    })?;
    Ok(())
}

/// What the issuer reads: tokens with their subjects, in strict order of the token.
pub(super) struct Tokens {
    batches: ParquetBatches,
    last: Option<Token>,
    row: u64,
}

impl Tokens {
    /// Opens the table and holds it to its form and to what the manifest says of it.
    pub(super) fn open(opened: &Opened) -> Result<Self, CustodyError> {
        let info = match opened.tables() {
            [info] if info.name == TOKENS => info,
            _ => return Err(CustodyError::Tables),
        };
        let reader = opened.table(TOKENS)?;
        let length = reader.len();
        let source = ParquetSource::open(TOKENS, reader, length)?;
        schema::conforms(&info.schema, source.schema())?;
        let stated = tokens_schema();
        let same = stated.fields().len() == source.schema().fields().len()
            && stated
                .fields()
                .iter()
                .zip(source.schema().fields())
                .all(|(one, other)| {
                    one.name() == other.name() && one.data_type() == other.data_type()
                });
        if !same || source.rows() != info.rows {
            return Err(CustodyError::Tables);
        }
        Ok(Self {
            batches: source.batches(None, BATCH_ROWS)?,
            last: None,
            row: 0,
        })
    }

    /// The next rows, or nothing at the end.
    pub(super) fn next(&mut self) -> Result<Option<Vec<(Token, Subjects)>>, CustodyError> {
        let Some(batch) = self.batches.next().transpose()? else {
            return Ok(None);
        };
        let form = || CustodyError::Broken("a batch has the columns of its table");
        let tokens = ids::fixed(&batch, TOKEN, ROW_REF_BYTES).ok_or_else(form)?;
        let numbers = ids::fixed(&batch, NUMBER_SUBJECT, ids::ID_BYTES).ok_or_else(form)?;
        let kana = ids::fixed(&batch, KANA_SUBJECT, ids::ID_BYTES).ok_or_else(form)?;
        let unique = ids::boolean(&batch, KANA_UNIQUE).ok_or_else(form)?;
        let mut rows = Vec::with_capacity(batch.num_rows());
        for row in 0..batch.num_rows() {
            self.row = self.row.saturating_add(1);
            let at = CustodyError::Row { row: self.row };
            let Some(token) = ids::value(tokens, row) else {
                return Err(at);
            };
            let follows = self.last.is_none_or(|last| last < token);
            if !follows || kana.is_null(row) != unique.is_null(row) {
                return Err(at);
            }
            self.last = Some(token);
            let number = ids::value(numbers, row);
            let kana = ids::value(kana, row);
            rows.push((
                token,
                Subjects {
                    number: number.map(|mut bytes| Subject::from_bytes(&mut bytes)),
                    kana: kana.map(|mut bytes| Subject::from_bytes(&mut bytes)),
                },
            ));
        }
        Ok(Some(rows))
    }
}

/// Writes what the producer gets from the issuer, batch by batch in the order of the tokens, with the IDs that `issue`
/// gives. Gives the rows.
pub(super) fn write_ids(
    draft: &mut Draft,
    tokens: &mut Tokens,
    issue: &dyn Fn(&Subjects) -> Issued,
    progress: &mut dyn FnMut(u64),
) -> Result<(u64, Persons), CustodyError> {
    let columns = ids_schema();
    let mut persons = Persons::default();
    let mut sink = ParquetSink::create(
        draft.table(IDS, schema::to_json(&columns)?)?,
        &columns,
        &Sorting::by(&[TOKEN]),
    )?;
    let mut distinct = Distinct::default();
    while let Some(rows) = tokens.next()? {
        let issued: Vec<Issued> = rows.iter().map(|(_, subjects)| issue(subjects)).collect();
        distinct.see(&issued);
        for issued in &issued {
            persons.see(issued);
        }
        sink.write(&batch(
            &columns,
            vec![
                ids::array::<16>(rows.iter().map(|(token, _)| Some(*token))),
                ids::array::<32>(
                    issued
                        .iter()
                        .map(|ids| ids.number_id.map(|id| *id.as_bytes())),
                ),
                ids::array::<32>(
                    issued
                        .iter()
                        .map(|ids| ids.kana_id.map(|id| *id.as_bytes())),
                ),
            ],
        )?)?;
        progress(sink.rows());
    }
    let written = sink.finish()?;
    let (numbers, kana) = distinct.counts();
    written.target.finish(Counts {
        rows: written.rows,
        distinct_number_ids: Some(numbers),
        distinct_kana_ids: Some(kana),
    })?;
    persons.settle();
    Ok((written.rows, persons))
}
