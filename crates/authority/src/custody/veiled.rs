//! The tables of the two custodians in the verifiable mode of the kana ID (`docs/decisions/0025-verifiable-kana-id.md`). Where a
//! kana subject goes to the issuer otherwise, a blinded point goes and what it counts persons by; where the issuer's kana ID goes
//! on, the point as it had it and as it evaluated it, with proofs. What both make an ID goes past the issuer.

use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::{Field, Schema, SchemaRef};
use renketsu_identity::{PROOF_ROWS, Subject, VerifiableKey};
use renketsu_seal::package::{Draft, Opened, TableWriter};
use renketsu_table::ids::{
    self, KANA_BLINDED, KANA_EVALUATED, KANA_FACTOR, KANA_INPUT, KANA_PERSON, NUMBER_ID,
};
use renketsu_table::parquet::{ParquetSink, Sorting, Written};
use renketsu_table::schema;

use super::CustodyError;
use super::tables::{
    NUMBER_SUBJECT, See, TOKEN, Token, Tokens, batch, number_subjects, token, write_ids,
};
use crate::issue::Marks;
use crate::issuer::IssuerKeys;
use crate::resolver::Subjects;
use crate::verifiable::{Proving, Veiled};

/// What the issuer gets: of a request, or of an extract.
pub(super) fn tokens_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        token(),
        ids::id_field(NUMBER_SUBJECT),
        ids::id_field(KANA_BLINDED),
        ids::id_field(KANA_PERSON),
    ]))
}

/// The same, behind the tokens.
pub(super) fn hidden(subjects: &[&Subjects], veiled: &[Option<&Veiled>]) -> Vec<ArrayRef> {
    let points = veiled
        .iter()
        .map(|veiled| veiled.map(|veiled| veiled.point));
    let persons = veiled
        .iter()
        .map(|veiled| veiled.map(|veiled| veiled.person));
    vec![
        number_subjects(subjects),
        ids::array(points),
        ids::array(persons),
    ]
}

/// What whoever makes the IDs gets past the issuer, in references and in columns.
pub(super) fn past_issuer() -> [Field; 2] {
    [ids::id_field(KANA_INPUT), ids::id_field(KANA_FACTOR)]
}

/// The values of these columns.
pub(super) fn shown(veiled: &[Option<&Veiled>]) -> [ArrayRef; 2] {
    let inputs = veiled
        .iter()
        .map(|veiled| veiled.map(|veiled| *veiled.input.expose()));
    let factors = veiled
        .iter()
        .map(|veiled| veiled.map(|veiled| *veiled.factor));
    [ids::array(inputs), ids::array(factors)]
}

/// Opens what the resolver sends, to be read in pieces that have one proof.
pub(super) fn open(opened: &Opened, table: &str) -> Result<Tokens, CustodyError> {
    Tokens::open_as(opened, table, &tokens_schema(), PROOF_ROWS)
}

/// A row as the issuer has it.
struct Hidden {
    token: Token,
    subjects: Subjects,
    point: Option<[u8; 32]>,
    person: Option<[u8; 32]>,
}

fn next(tokens: &mut Tokens) -> Result<Option<Vec<Hidden>>, CustodyError> {
    let Some((batch, read)) = tokens.batch()? else {
        return Ok(None);
    };
    let form = || CustodyError::Broken("a batch has the columns of its table");
    let column = |name| ids::fixed(&batch, name, ids::ID_BYTES).ok_or_else(form);
    let (numbers, points, persons) = (
        column(NUMBER_SUBJECT)?,
        column(KANA_BLINDED)?,
        column(KANA_PERSON)?,
    );
    let rows = read.into_iter().enumerate().map(|(row, token)| {
        let number = ids::value(numbers, row);
        Hidden {
            token,
            subjects: Subjects {
                number: number.map(|mut bytes| Subject::from_bytes(&mut bytes)),
                kana: None,
            },
            point: ids::value(points, row),
            person: ids::value(persons, row),
        }
    });
    let rows: Vec<Hidden> = rows.collect();
    // Whoever has no person would not be counted.
    if rows
        .iter()
        .any(|row| row.point.is_some() != row.person.is_some())
    {
        return Err(CustodyError::Tables);
    }
    Ok(Some(rows))
}

/// Writes what the issuer makes, in the order of the tokens; `see` sees what tells persons apart. Gives the table unfinished, with
/// its rows, and the proofs that go beside it.
fn write_proven<'a, 'd>(
    draft: &'d mut Draft,
    table: &str,
    tokens: &mut Tokens,
    (keys, key): (&IssuerKeys, &'a VerifiableKey),
    see: See<'_>,
    progress: &mut dyn FnMut(u64),
) -> Result<(Written<TableWriter<'d>>, Proving<'a>), CustodyError> {
    let columns = Arc::new(Schema::new(vec![
        token(),
        ids::id_field(NUMBER_ID),
        ids::id_field(KANA_BLINDED),
        ids::id_field(KANA_EVALUATED),
    ]));
    let mut proving = Proving::new(key);
    let mut sink = ParquetSink::create(
        draft.table(table, schema::to_json(&columns)?)?,
        &columns,
        &Sorting::by(&[TOKEN]),
    )?;
    while let Some(rows) = next(tokens)? {
        let marks: Vec<Marks> = rows
            .iter()
            .map(|row| Marks {
                kana: row.person,
                ..Marks::of(&keys.issue(&row.subjects))
            })
            .collect();
        see(&marks)?;
        let points: Vec<Option<[u8; 32]>> = rows.iter().map(|row| row.point).collect();
        let evaluated = proving.evaluate(&points)?;
        sink.write(&batch(
            &columns,
            vec![
                ids::array::<16>(rows.iter().map(|row| Some(row.token))),
                ids::array(marks.iter().map(|marks| marks.number)),
                ids::array(points),
                ids::array(evaluated),
            ],
        )?)?;
        progress(sink.rows());
    }
    Ok((sink.finish()?, proving))
}

/// By the mode of the provision; the verifiable one has proofs to go beside the table.
pub(super) fn write<'a, 'd>(
    draft: &'d mut Draft,
    table: &str,
    tokens: &mut Tokens,
    keys: &'a IssuerKeys,
    see: See<'_>,
    progress: &mut dyn FnMut(u64),
) -> Result<(Written<TableWriter<'d>>, Option<Proving<'a>>), CustodyError> {
    match keys.verifiable() {
        None => {
            let issue = |subjects: &_| keys.issue(subjects);
            Ok((
                write_ids(draft, table, tokens, &issue, see, progress)?,
                None,
            ))
        }
        Some(key) => {
            let (written, proving) =
                write_proven(draft, table, tokens, (keys, key), see, progress)?;
            Ok((written, Some(proving)))
        }
    }
}

/// The proofs, beside the table that they are for.
pub(super) fn beside(proving: Option<Proving<'_>>, draft: &mut Draft) -> Result<(), CustodyError> {
    match proving {
        None => Ok(()),
        Some(proving) => proving.write::<CustodyError>(draft),
    }
}
