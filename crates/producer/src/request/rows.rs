//! The rows of a request: distinct identities and service periods, each behind a fresh random reference.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringBuilder};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use renketsu_table::{BATCH_ROWS, ids};

use crate::map::RowRef;
use crate::sources::Texts;

/// Stands in no canonical text and in no shown one.
const SEPARATOR: char = '\u{1F}';

/// The columns after the reference, in the order of a package.
const COLUMNS: [&str; 8] = [
    "insurer",
    "symbol",
    "number",
    "branch",
    "kana",
    "birth_date",
    "sex",
    "service",
];

/// The texts of a judged record as one. Two records are the same row exactly if these are equal.
pub(crate) fn identity(texts: &Texts) -> Box<str> {
    let Texts {
        insurer,
        symbol,
        number,
        branch,
        kana,
        birth_date,
        sex,
        service,
    } = texts;
    let texts: [&str; 8] = [
        insurer, symbol, number, branch, kana, birth_date, sex, service,
    ];
    let mut joined = String::with_capacity(
        texts
            .iter()
            .map(|text| text.len())
            .sum::<usize>()
            .saturating_add(texts.len()),
    );
    for (index, text) in texts.into_iter().enumerate() {
        if index > 0 {
            joined.push(SEPARATOR);
        }
        joined.push_str(text);
    }
    joined.into_boxed_str()
}

/// The rows collected so far.
#[derive(Default)]
pub(crate) struct Rows {
    refs: BTreeMap<Box<str>, RowRef>,
}

impl Rows {
    /// The reference of an identity, if it is a row already.
    pub(crate) fn get(&self, identity: &str) -> Option<RowRef> {
        self.refs.get(identity).copied()
    }

    pub(crate) fn insert(&mut self, identity: Box<str>, row_ref: RowRef) {
        self.refs.insert(identity, row_ref);
    }

    /// Every row in the order of its reference, which is no order of the source.
    pub(crate) fn into_batches(self) -> impl Iterator<Item = Option<RecordBatch>> {
        let mut rows: Vec<(RowRef, Box<str>)> = self
            .refs
            .into_iter()
            .map(|(identity, row_ref)| (row_ref, identity))
            .collect();
        rows.sort_unstable_by_key(|(row_ref, _)| *row_ref);
        let mut rows = rows.into_iter().peekable();
        std::iter::from_fn(move || {
            rows.peek()?;
            let part: Vec<_> = rows.by_ref().take(BATCH_ROWS).collect();
            Some(batch(&part))
        })
    }
}

/// The columns of table `identifiers`.
pub(crate) fn schema() -> SchemaRef {
    let reference = ids::field_of(ids::ROW_REF, ids::ROW_REF_BYTES);
    let texts = COLUMNS
        .into_iter()
        .map(|name| Field::new(name, DataType::Utf8, false));
    Arc::new(Schema::new(
        std::iter::once(reference).chain(texts).collect::<Vec<_>>(),
    ))
}

fn batch(rows: &[(RowRef, Box<str>)]) -> Option<RecordBatch> {
    let mut builders: Vec<StringBuilder> = COLUMNS.iter().map(|_| StringBuilder::new()).collect();
    for (_, identity) in rows {
        for (builder, text) in builders.iter_mut().zip(identity.split(SEPARATOR)) {
            builder.append_value(text);
        }
    }
    let mut columns: Vec<ArrayRef> =
        vec![ids::array(rows.iter().map(|(row_ref, _)| Some(*row_ref)))];
    columns.extend(
        builders
            .into_iter()
            .map(|mut builder| Arc::new(builder.finish()) as ArrayRef),
    );
    RecordBatch::try_new(schema(), columns).ok()
}
