//! An extract in two packages: the data columns and the IDs of the same rows, by token. Both stand in the order of their
//! tokens, so that they are joined as they are read; the token is dropped.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::vec;

use arrow::array::{Array as _, ArrayRef, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use renketsu_table::ids::{self, KANA_ID, KANA_UNIQUE, NUMBER_ID, ROW_REF_BYTES, TOKEN};
use renketsu_table::parquet::{ParquetBatches, ParquetSource};
use renketsu_table::schema::ColumnLabel;

use super::ImportError;
use super::source::Incoming;
use crate::Id;
use crate::shelf::BATCH_ROWS;

type Token = [u8; 16];
type Stamp = (Token, Option<Id>, Option<Id>);

/// The two tables.
#[derive(Debug)]
pub struct Pair {
    /// Token, `kana_unique`, data columns.
    pub columns: ParquetSource,
    /// Token, `number_id`, `kana_id`.
    pub ids: ParquetSource,
    /// What the sender says of the data columns.
    pub labels: BTreeMap<String, ColumnLabel>,
}

impl Pair {
    /// The joined table and its rows, in the order of the tokens.
    pub(super) fn read(&self) -> Result<(SchemaRef, Incoming), ImportError> {
        let table = self.columns.name().to_owned();
        let apart = || ImportError::Tokens {
            table: table.clone(),
        };
        let unique = Field::new(KANA_UNIQUE, DataType::Boolean, true);
        let token = ids::field_of(TOKEN, ROW_REF_BYTES);
        let stamps = [ids::id_field(NUMBER_ID), ids::id_field(KANA_ID)];
        let [first, second, data @ ..] = self.columns.schema().fields().as_ref() else {
            return Err(apart());
        };
        let ids = self.ids.schema().fields();
        let stated = std::iter::once(&token).chain(&stamps);
        let fit = same(first, &token)
            && same(second, &unique)
            && ids.len() == 3
            && ids.iter().zip(stated).all(|(one, other)| same(one, other))
            && self.ids.rows() == self.columns.rows();
        if !fit {
            return Err(apart());
        }
        let data = data.iter().map(|field| field.as_ref().clone());
        let fields: Vec<Field> = stamps.into_iter().chain([unique]).chain(data).collect();
        let schema = Arc::new(Schema::new(fields));
        let joined = Joined {
            table,
            schema: Arc::clone(&schema),
            columns: self.columns.batches(None, BATCH_ROWS)?,
            ids: self.ids.batches(None, BATCH_ROWS)?,
            waiting: Vec::new().into_iter(),
            last: None,
            ended: false,
        };
        Ok((schema, Box::new(joined)))
    }
}

fn same(one: &Field, other: &Field) -> bool {
    one.name() == other.name() && one.data_type() == other.data_type()
}

/// Rows of both, batch by batch as the columns have them.
struct Joined {
    table: String,
    schema: SchemaRef,
    columns: ParquetBatches,
    ids: ParquetBatches,
    waiting: vec::IntoIter<Stamp>,
    last: Option<Token>,
    ended: bool,
}

impl Joined {
    fn apart(&self) -> ImportError {
        ImportError::Tokens {
            table: self.table.clone(),
        }
    }

    /// The next row of IDs, or nothing at the end.
    fn stamp(&mut self) -> Result<Option<Stamp>, ImportError> {
        loop {
            if let Some(stamp) = self.waiting.next() {
                return Ok(Some(stamp));
            }
            let Some(batch) = self.ids.next().transpose()? else {
                return Ok(None);
            };
            self.waiting = stamps(&batch).ok_or_else(|| self.apart())?.into_iter();
        }
    }

    /// The next rows, or nothing at the end: then both are at their end.
    fn rows(&mut self) -> Result<Option<RecordBatch>, ImportError> {
        let Some(batch) = self.columns.next().transpose()? else {
            return match self.stamp()? {
                None => Ok(None),
                Some(_) => Err(self.apart()),
            };
        };
        let tokens = ids::fixed(&batch, TOKEN, ROW_REF_BYTES).ok_or_else(|| self.apart())?;
        let (mut numbers, mut kana) = (Vec::new(), Vec::new());
        for row in 0..tokens.len() {
            let token: Option<Token> = ids::value(tokens, row);
            // One token stands once, or a row could get the IDs of another.
            let follows = token.is_some() && self.last < token;
            self.last = token;
            match self.stamp()? {
                Some((other, number, kana_id)) if follows && Some(other) == token => {
                    numbers.push(number);
                    kana.push(kana_id);
                }
                Some(_) | None => return Err(self.apart()),
            }
        }
        let front: [ArrayRef; 2] = [ids::array(numbers), ids::array(kana)];
        let behind = batch.columns().iter().skip(1).cloned();
        let columns = front.into_iter().chain(behind).collect();
        RecordBatch::try_new(Arc::clone(&self.schema), columns)
            .map(Some)
            .map_err(|_| ImportError::Broken("joined rows fit their schema"))
    }
}

impl Iterator for Joined {
    type Item = Result<RecordBatch, ImportError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let next = self.rows().transpose();
        self.ended = !matches!(next, Some(Ok(_)));
        next
    }
}

fn stamps(batch: &RecordBatch) -> Option<Vec<Stamp>> {
    let tokens = ids::fixed(batch, TOKEN, ROW_REF_BYTES)?;
    let numbers = ids::fixed(batch, NUMBER_ID, ids::ID_BYTES)?;
    let kana = ids::fixed(batch, KANA_ID, ids::ID_BYTES)?;
    let rows = 0..batch.num_rows();
    rows.map(|row| {
        let token = ids::value(tokens, row)?;
        Some((token, ids::value(numbers, row), ids::value(kana, row)))
    })
    .collect()
}
