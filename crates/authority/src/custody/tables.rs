//! The tables that go between the custodians and to the producer. Each is in the order of its tokens, which are random:
//! nothing of the order of a request survives.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use renketsu_identity::{KanaMode, Subject};
use renketsu_seal::package::{Counts, Draft, Opened, TableWriter};
use renketsu_table::ids::{self, KANA_ID, KANA_UNIQUE, NUMBER_ID, ROW_REF, ROW_REF_BYTES};
use renketsu_table::parquet::{ParquetBatches, ParquetSink, ParquetSource, Sorting, Written};
use renketsu_table::{BATCH_ROWS, schema};

use super::{CustodyError, veiled};
use crate::issue::Marks;
use crate::issuer::Issued;
use crate::resolver::{Resolution, Subjects};
use crate::verifiable::Veiled;

/// The table of a `tokens` package.
pub(super) const TOKENS: &str = "tokens";
/// The table of a `references` package.
const REFERENCES: &str = "references";
/// The table of an `ids` package.
pub(super) const IDS: &str = "ids";
/// The table of a `subjects` package.
pub(super) const SUBJECTS: &str = "subjects";
/// The table of a `stamps` package.
pub(super) const STAMPS: &str = "stamps";
pub(super) const TOKEN: &str = ids::TOKEN;
pub(super) const NUMBER_SUBJECT: &str = "number_subject";
const KANA_SUBJECT: &str = "kana_subject";

/// 128 random bits that stand for one row of one package.
pub(super) type Token = [u8; 16];

/// A row of a request after the look-up.
pub(super) struct Resolved {
    pub(super) token: Token,
    pub(super) row_ref: [u8; 16],
    pub(super) resolution: Resolution,
    pub(super) subjects: Subjects,
    /// In the verifiable mode, of a kana subject.
    pub(super) veiled: Option<Veiled>,
}

pub(super) fn token() -> Field {
    ids::field_of(TOKEN, ROW_REF_BYTES)
}

pub(super) fn unique() -> Field {
    Field::new(KANA_UNIQUE, DataType::Boolean, true)
}

/// What the issuer gets: of a request, or of an extract.
fn subjects_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        token(),
        ids::id_field(NUMBER_SUBJECT),
        ids::id_field(KANA_SUBJECT),
    ]))
}

fn references_schema(mode: KanaMode) -> SchemaRef {
    let mut fields = vec![
        token(),
        ids::field_of(ROW_REF, ROW_REF_BYTES),
        Field::new("status", DataType::Utf8, false),
        Field::new("reason", DataType::Utf8, true),
        unique(),
    ];
    if !mode.is_keyed() {
        fields.extend(veiled::past_issuer());
    }
    Arc::new(Schema::new(fields))
}

/// What the issuer gets, by the mode of the kana ID.
pub(super) fn tokens_schema(mode: KanaMode) -> SchemaRef {
    match mode {
        KanaMode::Keyed => subjects_schema(),
        KanaMode::Verifiable(_) => veiled::tokens_schema(),
    }
}

fn ids_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        token(),
        ids::id_field(NUMBER_ID),
        ids::id_field(KANA_ID),
    ]))
}

pub(super) fn batch(
    schema: &SchemaRef,
    columns: Vec<ArrayRef>,
) -> Result<RecordBatch, CustodyError> {
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
pub(super) fn write_tokens(
    draft: &mut Draft,
    mode: KanaMode,
    rows: &[Resolved],
) -> Result<(), CustodyError> {
    write(draft, TOKENS, &tokens_schema(mode), rows, |rows| {
        let subjects: Vec<&Subjects> = rows.iter().map(|row| &row.subjects).collect();
        let mut columns = vec![tokens_of(rows)];
        columns.extend(match mode {
            KanaMode::Keyed => subjects_of(&subjects),
            KanaMode::Verifiable(_) => veiled::hidden(&subjects, &veiled_of(rows)),
        });
        columns
    })
}

fn veiled_of(rows: &[Resolved]) -> Vec<Option<&Veiled>> {
    rows.iter().map(|row| row.veiled.as_ref()).collect()
}

/// Subjects of numbers as the issuer gets them.
pub(super) fn number_subjects(subjects: &[&Subjects]) -> ArrayRef {
    ids::array::<32>(subjects.iter().map(|subjects| {
        let subject = subjects.number.as_ref();
        subject.map(|subject| *subject.expose())
    }))
}

/// The subjects as the issuer gets them: of numbers, then of kana.
pub(super) fn subjects_of(subjects: &[&Subjects]) -> Vec<ArrayRef> {
    vec![
        number_subjects(subjects),
        ids::array::<32>(subjects.iter().map(|subjects| {
            let subject = subjects.kana.as_ref();
            subject.map(|subject| *subject.expose())
        })),
    ]
}

/// Writes what the producer gets from the resolver. The rows are in the order of their tokens.
pub(super) fn write_references(
    draft: &mut Draft,
    mode: KanaMode,
    rows: &[Resolved],
) -> Result<(), CustodyError> {
    write(draft, REFERENCES, &references_schema(mode), rows, |rows| {
        let statuses = rows.iter().map(|row| Some(row.resolution.status.name()));
        let reasons = rows.iter().map(|row| {
            let reason = row.resolution.reason;
            reason.map(|reason| reason.to_string())
        });
        let mut columns = vec![
            tokens_of(rows),
            ids::array::<16>(rows.iter().map(|row| Some(row.row_ref))),
            Arc::new(statuses.collect::<StringArray>()),
            Arc::new(reasons.collect::<StringArray>()),
            unique_of(rows),
        ];
        if !mode.is_keyed() {
            columns.extend(veiled::shown(&veiled_of(rows)));
        }
        columns
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
    pub(super) fn open(opened: &Opened, table: &str) -> Result<Self, CustodyError> {
        Self::open_as(opened, table, &subjects_schema(), BATCH_ROWS)
    }

    /// The same for a table of this form, to be read in pieces of so many rows.
    pub(super) fn open_as(
        opened: &Opened,
        table: &str,
        stated: &SchemaRef,
        rows: usize,
    ) -> Result<Self, CustodyError> {
        let info = match opened.tables() {
            [info] if info.name == table => info,
            _ => return Err(CustodyError::Tables),
        };
        let reader = opened.table(table)?;
        let length = reader.len();
        let source = ParquetSource::open(table, reader, length)?;
        schema::conforms(&info.schema, source.schema())?;
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
            batches: source.batches(None, rows)?,
            last: None,
            row: 0,
        })
    }

    /// The next rows with their tokens, or nothing at the end.
    pub(super) fn batch(&mut self) -> Result<Option<(RecordBatch, Vec<Token>)>, CustodyError> {
        let Some(batch) = self.batches.next().transpose()? else {
            return Ok(None);
        };
        let form = || CustodyError::Broken("a batch has the columns of its table");
        let tokens = ids::fixed(&batch, TOKEN, ROW_REF_BYTES).ok_or_else(form)?;
        let mut read = Vec::with_capacity(batch.num_rows());
        for row in 0..batch.num_rows() {
            self.row = self.row.saturating_add(1);
            let at = CustodyError::Row { row: self.row };
            let Some(token) = ids::value(tokens, row) else {
                return Err(at);
            };
            let follows = self.last.is_none_or(|last| last < token);
            if !follows {
                return Err(at);
            }
            self.last = Some(token);
            read.push(token);
        }
        Ok(Some((batch, read)))
    }

    /// The next rows, or nothing at the end.
    fn next(&mut self) -> Result<Option<Vec<(Token, Subjects)>>, CustodyError> {
        let Some((batch, tokens)) = self.batch()? else {
            return Ok(None);
        };
        let form = || CustodyError::Broken("a batch has the columns of its table");
        let numbers = ids::fixed(&batch, NUMBER_SUBJECT, ids::ID_BYTES).ok_or_else(form)?;
        let kana = ids::fixed(&batch, KANA_SUBJECT, ids::ID_BYTES).ok_or_else(form)?;
        let rows = tokens.into_iter().enumerate().map(|(row, token)| {
            let number = ids::value(numbers, row);
            let kana = ids::value(kana, row);
            let subjects = Subjects {
                number: number.map(|mut bytes| Subject::from_bytes(&mut bytes)),
                kana: kana.map(|mut bytes| Subject::from_bytes(&mut bytes)),
            };
            (token, subjects)
        });
        Ok(Some(rows.collect()))
    }
}

/// What tells the persons of rows apart, seen one piece after the other.
pub(super) type See<'a> = &'a mut dyn FnMut(&[Marks]) -> Result<(), CustodyError>;

/// Writes what the issuer makes, batch by batch in the order of the tokens, with the IDs that `issue` gives; `see` sees
/// them. Gives the table unfinished, with its rows.
pub(super) fn write_ids<'a>(
    draft: &'a mut Draft,
    table: &str,
    tokens: &mut Tokens,
    issue: &dyn Fn(&Subjects) -> Issued,
    see: See<'_>,
    progress: &mut dyn FnMut(u64),
) -> Result<Written<TableWriter<'a>>, CustodyError> {
    let columns = ids_schema();
    let mut sink = ParquetSink::create(
        draft.table(table, schema::to_json(&columns)?)?,
        &columns,
        &Sorting::by(&[TOKEN]),
    )?;
    while let Some(rows) = tokens.next()? {
        let issued: Vec<Issued> = rows.iter().map(|(_, subjects)| issue(subjects)).collect();
        let marks: Vec<Marks> = issued.iter().map(Marks::of).collect();
        see(&marks)?;
        let number = |ids: &Issued| ids.number_id.map(|id| *id.as_bytes());
        let kana = |ids: &Issued| ids.kana_id.map(|id| *id.as_bytes());
        sink.write(&batch(
            &columns,
            vec![
                ids::array::<16>(rows.iter().map(|(token, _)| Some(*token))),
                ids::array::<32>(issued.iter().map(number)),
                ids::array::<32>(issued.iter().map(kana)),
            ],
        )?)?;
        progress(sink.rows());
    }
    Ok(sink.finish()?)
}
