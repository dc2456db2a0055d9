//! An extract in two packages: the data columns and the IDs of the same rows, by token. Both stand in the order of their
//! tokens, so that they are joined as they are read; the token is dropped.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::vec;

use arrow::array::{Array as _, ArrayRef, RecordBatch};
use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use renketsu_identity::{KanaPublicKey, PROOF_ROWS};
use renketsu_table::ids::{
    self, KANA_BLINDED, KANA_EVALUATED, KANA_FACTOR, KANA_ID, KANA_INPUT, KANA_UNIQUE, NUMBER_ID,
    ROW_REF_BYTES, TOKEN,
};
use renketsu_table::parquet::{ParquetBatches, ParquetSource};
use renketsu_table::proven::{Finalizing, Parts, pair_of};
use renketsu_table::schema::ColumnLabel;

use super::ImportError;
use super::source::Incoming;
use crate::Id;
use crate::shelf::BATCH_ROWS;

type Token = [u8; 16];
/// Token, number ID, and either the kana ID, or the point as the issuer had it and as it evaluated it.
type Stamp = (Token, Option<Id>, [Option<Id>; 2]);

/// The two tables.
#[derive(Debug)]
pub struct Pair {
    /// Token, `kana_unique`, in the verifiable mode what makes kana IDs, data columns.
    pub columns: ParquetSource,
    /// Token, `number_id`, `kana_id` or the points that it is made from.
    pub ids: ParquetSource,
    /// In the verifiable mode, by what kana IDs are checked.
    pub proofs: Option<Proofs>,
    /// What the sender says of the data columns.
    pub labels: BTreeMap<String, ColumnLabel>,
}

/// By what kana IDs of the verifiable mode are checked.
#[derive(Debug)]
pub struct Proofs {
    /// The key that made them.
    pub key: KanaPublicKey,
    /// The table of its proofs.
    pub table: ParquetSource,
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
        let number = ids::id_field(NUMBER_ID);
        let shown = [KANA_INPUT, KANA_FACTOR].map(ids::id_field);
        let points = [KANA_BLINDED, KANA_EVALUATED].map(ids::id_field);
        let kana = ids::id_field(KANA_ID);
        let (ahead, stamps) = if self.proofs.is_none() {
            (vec![&token, &unique], vec![&token, &number, &kana])
        } else {
            let (ahead, stamps) = ([&token, &unique], [&token, &number]);
            (
                ahead.into_iter().chain(&shown).collect(),
                stamps.into_iter().chain(&points).collect(),
            )
        };
        let columns = self.columns.schema().fields();
        let Some((front, data)) = columns.split_at_checked(ahead.len()) else {
            return Err(apart());
        };
        let stated = self.ids.schema().fields();
        let fit =
            fits(front, &ahead) && fits(stated, &stamps) && self.ids.rows() == self.columns.rows();
        if !fit {
            return Err(apart());
        }
        let finalizing = match &self.proofs {
            None => None,
            Some(Proofs { key, table }) => {
                Some(Finalizing::open(*key, table, self.columns.rows())?)
            }
        };
        // Rows that have one proof are read together.
        let rows = if finalizing.is_some() {
            PROOF_ROWS
        } else {
            BATCH_ROWS
        };
        let data = data.iter().map(|field| field.as_ref().clone());
        let fields = [number, kana, unique.clone()].into_iter().chain(data);
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let joined = Joined {
            table,
            schema: Arc::clone(&schema),
            columns: self.columns.batches(None, rows)?,
            ids: self.ids.batches(None, rows)?,
            finalizing,
            waiting: Vec::new().into_iter(),
            last: None,
            ended: false,
        };
        Ok((schema, Box::new(joined)))
    }
}

fn fits(found: &[FieldRef], stated: &[&Field]) -> bool {
    let pairs = found.iter().zip(stated);
    found.len() == stated.len() && pairs.into_iter().all(|(one, other)| same(one, other))
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
    finalizing: Option<Finalizing>,
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
            let proven = self.finalizing.is_some();
            self.waiting = stamps(&batch, proven)
                .ok_or_else(|| self.apart())?
                .into_iter();
        }
    }

    /// The kana IDs of rows: as they came, or made of what came of both and checked.
    fn kana(
        &mut self,
        columns: &RecordBatch,
        made: &[[Option<Id>; 2]],
    ) -> Result<Vec<Option<Id>>, ImportError> {
        let Some(finalizing) = &mut self.finalizing else {
            return Ok(made.iter().map(|[id, _]| *id).collect());
        };
        let shown = pair_of(columns, [KANA_INPUT, KANA_FACTOR]);
        let shown = shown.ok_or(ImportError::Broken("a batch has the columns of its table"))?;
        let rows = shown.iter().zip(made);
        let parts: Vec<Parts> = rows
            .map(|([input, factor], [blinded, evaluated])| Parts {
                input: *input,
                factor: *factor,
                blinded: *blinded,
                evaluated: *evaluated,
            })
            .collect();
        finalizing
            .ids(&parts)
            .map_err(|error| ImportError::Proven(error.into()))
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
        let (mut numbers, mut made) = (Vec::new(), Vec::new());
        for row in 0..tokens.len() {
            let token: Option<Token> = ids::value(tokens, row);
            // One token stands once, or a row could get the IDs of another.
            let follows = token.is_some() && self.last < token;
            self.last = token;
            match self.stamp()? {
                Some((other, number, kana)) if follows && Some(other) == token => {
                    numbers.push(number);
                    made.push(kana);
                }
                Some(_) | None => return Err(self.apart()),
            }
        }
        let kana = self.kana(&batch, &made)?;
        let front: [ArrayRef; 2] = [ids::array(numbers), ids::array(kana)];
        let unique = batch.columns().iter().skip(1).take(1);
        // What made the kana IDs ends here, as the tokens do.
        let ahead = if self.finalizing.is_some() { 4 } else { 2 };
        let behind = unique.chain(batch.columns().iter().skip(ahead)).cloned();
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

fn stamps(batch: &RecordBatch, proven: bool) -> Option<Vec<Stamp>> {
    let tokens = ids::fixed(batch, TOKEN, ROW_REF_BYTES)?;
    let numbers = ids::fixed(batch, NUMBER_ID, ids::ID_BYTES)?;
    let kana = if proven {
        [KANA_BLINDED, KANA_EVALUATED]
    } else {
        [KANA_ID, KANA_ID]
    };
    let made = pair_of(batch, kana)?.into_iter().enumerate();
    made.map(|(row, made)| Some((ids::value(tokens, row)?, ids::value(numbers, row), made)))
        .collect()
}
