//! Kana IDs of the verifiable mode (`docs/decisions/0025-verifiable-kana-id.md`) as they travel: columns that a verifier needs,
//! and beside their table one of proofs, each for [`PROOF_ROWS`] rows of it in their order.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use renketsu_identity::{KanaInput, KanaPublicKey, NotProven, PROOF_BYTES, PROOF_ROWS, ProvenRow};

use crate::BATCH_ROWS;
use crate::ids::{self, ID_BYTES};
use crate::parquet::{ParquetError, ParquetSource};

/// The table of the proofs.
pub const PROOFS: &str = "proofs";
/// Its one column. A proof is null where none of its rows has a kana ID.
const PROOF: &str = "proof";
const PROOF_WIDTH: i32 = 64;
const _: () = assert!(PROOF_WIDTH as usize == PROOF_BYTES, "one width of a proof");

/// The proof of some rows; none if none of them has a kana ID.
pub type Proof = Option<[u8; PROOF_BYTES]>;

/// Why no kana IDs come of a table. Nothing of its package is then believed.
#[derive(Debug, thiserror::Error)]
pub enum ProvenError {
    /// A row, a point or a proof is not what it should be.
    #[error(transparent)]
    NotProven(#[from] NotProven),
    /// The proofs cannot be read.
    #[error(transparent)]
    Parquet(#[from] ParquetError),
}

impl ProvenError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotProven(error) => error.code(),
            Self::Parquet(error) => error.code(),
        }
    }

    /// Named values for the message.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::NotProven(error) => error.details(),
            Self::Parquet(error) => error.details(),
        }
    }

    /// The exit code of a command that ends with this error.
    pub fn exit(&self) -> u8 {
        match self {
            Self::NotProven(error) => error.exit(),
            Self::Parquet(error) => error.exit(),
        }
    }
}

/// The schema of [`PROOFS`].
pub fn schema() -> SchemaRef {
    let proof = Field::new(PROOF, DataType::FixedSizeBinary(PROOF_WIDTH), true);
    Arc::new(Schema::new(vec![proof]))
}

/// Proofs as the column of [`PROOFS`].
pub fn column(proofs: &[Proof]) -> ArrayRef {
    ids::array::<PROOF_BYTES>(proofs.iter().copied())
}

/// The columns of the verifiable mode, as the four parts of one row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// `x`
    pub input: Option<[u8; 32]>,
    /// `r`
    pub factor: Option<[u8; 32]>,
    /// `B`
    pub blinded: Option<[u8; 32]>,
    /// `Z`
    pub evaluated: Option<[u8; 32]>,
}

impl Parts {
    fn whole(self) -> Result<Option<ProvenRow>, NotProven> {
        match (self.input, self.factor, self.blinded, self.evaluated) {
            (None, None, None, None) => Ok(None),
            (Some(mut input), Some(factor), Some(blinded), Some(evaluated)) => {
                Ok(Some(ProvenRow {
                    input: KanaInput::from_bytes(&mut input),
                    factor,
                    blinded,
                    evaluated,
                }))
            }
            (_, _, _, _) => Err(NotProven::Form),
        }
    }
}

/// What two of the four columns hold, row by row; `None` if the batch has no such columns.
pub fn pair_of(batch: &RecordBatch, names: [&str; 2]) -> Option<Vec<[Option<[u8; 32]>; 2]>> {
    let [one, other] = names.map(|name| ids::fixed(batch, name, ID_BYTES));
    let (one, other) = (one?, other?);
    let rows = 0..batch.num_rows();
    Some(
        rows.map(|row| [ids::value(one, row), ids::value(other, row)])
            .collect(),
    )
}

/// Makes the kana IDs of a table, [`PROOF_ROWS`] rows after [`PROOF_ROWS`] rows.
#[derive(Debug)]
pub struct Finalizing {
    key: KanaPublicKey,
    proofs: std::vec::IntoIter<Proof>,
    rows: u64,
    done: u64,
}

impl Finalizing {
    /// Reads the proofs of a table of so many rows.
    ///
    /// # Errors
    /// [`ProvenError`].
    pub fn open(
        key: KanaPublicKey,
        proofs: &ParquetSource,
        rows: u64,
    ) -> Result<Self, ProvenError> {
        let stated = schema();
        let found = proofs.schema();
        let same = match (found.fields().as_ref(), stated.fields().as_ref()) {
            ([found], [stated]) => {
                found.name() == stated.name() && found.data_type() == stated.data_type()
            }
            (_, _) => false,
        };
        let each = u64::try_from(PROOF_ROWS).unwrap_or(u64::MAX);
        if !same || proofs.rows() != rows.div_ceil(each) {
            return Err(NotProven::Form.into());
        }
        let mut read = Vec::new();
        for batch in proofs.batches(None, BATCH_ROWS)? {
            let batch = batch?;
            let column = ids::fixed(&batch, PROOF, PROOF_WIDTH).ok_or(NotProven::Form)?;
            read.extend((0..batch.num_rows()).map(|row| ids::value(column, row)));
        }
        Ok(Self {
            key,
            proofs: read.into_iter(),
            rows,
            done: 0,
        })
    }

    /// The IDs of the next rows: [`PROOF_ROWS`] of them, or all that are left.
    ///
    /// # Errors
    /// [`NotProven`].
    pub fn ids(&mut self, parts: &[Parts]) -> Result<Vec<Option<[u8; 32]>>, NotProven> {
        let given = u64::try_from(parts.len()).unwrap_or(u64::MAX);
        let left = self.rows.saturating_sub(self.done);
        let whole = u64::try_from(PROOF_ROWS).unwrap_or(u64::MAX).min(left);
        if given != whole {
            return Err(NotProven::Form);
        }
        let proof = self.proofs.next().ok_or(NotProven::Form)?;
        let first = self.done.saturating_add(1);
        self.done = self.done.saturating_add(given);
        let mut rows = Vec::with_capacity(parts.len());
        // Where the rows that have a kana ID stand among all.
        let mut places = Vec::with_capacity(parts.len());
        for (place, parts) in parts.iter().enumerate() {
            if let Some(row) = parts.whole()? {
                rows.push(row);
                places.push(place);
            }
        }
        let mut made = vec![None; parts.len()];
        let Some(proof) = proof else {
            return if rows.is_empty() {
                Ok(made)
            } else {
                Err(NotProven::Proof { row: first })
            };
        };
        if rows.is_empty() {
            return Err(NotProven::Form);
        }
        let ids = self.key.finalize(&rows, &proof, first);
        // An error counts rows that have a kana ID; whoever looks for it counts all.
        let ids = ids.map_err(|error| error.among(first, &places))?;
        for (place, id) in places.into_iter().zip(ids) {
            if let Some(made) = made.get_mut(place) {
                *made = Some(*id.as_bytes());
            }
        }
        Ok(made)
    }
}
