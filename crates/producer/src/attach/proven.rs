//! Kana IDs of the verifiable mode: checked and made as the packages are read. One row that is wrong refuses the whole package,
//! since nothing is attached before all of it was read.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Schema};
use renketsu_identity::{KanaPublicKey, PROOF_ROWS};
use renketsu_seal::package::Opened;
use renketsu_table::ids::{
    self, KANA_BLINDED, KANA_EVALUATED, KANA_FACTOR, KANA_INPUT, KANA_UNIQUE, NUMBER_ID, ROW_REF,
};
use renketsu_table::parquet::{ParquetBatches, ParquetSource};
use renketsu_table::proven::{Finalizing, PROOFS, Parts, pair_of};

use super::AttachError;
use super::answers::{TABLE, schema};

/// The table of an answer, its kana IDs made.
pub(super) struct Proven {
    batches: ParquetBatches,
    finalizing: Finalizing,
    rows: u64,
    package: String,
}

impl Proven {
    pub(super) fn open(package: &Opened, key: KanaPublicKey) -> Result<Self, AttachError> {
        let source = table(package, TABLE, &columns())?;
        Ok(Self {
            batches: source.batches(None, PROOF_ROWS)?,
            finalizing: finalizing(package, key, source.rows())?,
            rows: source.rows(),
            package: package.package_id().to_string(),
        })
    }

    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// The next rows, as those of an answer of the other mode.
    pub(super) fn next(&mut self) -> Result<Option<RecordBatch>, AttachError> {
        let Some(batch) = self.batches.next().transpose()? else {
            return Ok(None);
        };
        let form = || AttachError::Answers {
            package: self.package.clone(),
        };
        let shown = pair_of(&batch, [KANA_INPUT, KANA_FACTOR]).ok_or_else(form)?;
        let points = pair_of(&batch, [KANA_BLINDED, KANA_EVALUATED]).ok_or_else(form)?;
        let made = self.finalizing.ids(&parts(&shown, &points))?;
        let column = |name: &str| batch.column_by_name(name).map(Arc::clone).ok_or_else(form);
        let columns = vec![
            column(ROW_REF)?,
            column("status")?,
            column("reason")?,
            column(NUMBER_ID)?,
            ids::array(made),
            column(KANA_UNIQUE)?,
        ];
        RecordBatch::try_new(Arc::new(schema()), columns)
            .map(Some)
            .map_err(|_| form())
    }
}

/// Rows of what the resolver shows and what the issuer made of it.
pub(super) fn parts(
    shown: &[[Option<[u8; 32]>; 2]],
    points: &[[Option<[u8; 32]>; 2]],
) -> Vec<Parts> {
    let rows = shown.iter().zip(points);
    rows.map(|([input, factor], [blinded, evaluated])| Parts {
        input: *input,
        factor: *factor,
        blinded: *blinded,
        evaluated: *evaluated,
    })
    .collect()
}

/// Begins to make the kana IDs of a table of so many rows, by the proofs beside it.
pub(super) fn finalizing(
    package: &Opened,
    key: KanaPublicKey,
    rows: u64,
) -> Result<Finalizing, AttachError> {
    let reader = package.table(PROOFS)?;
    let length = reader.len();
    let proofs = ParquetSource::open(PROOFS, reader, length)?;
    Ok(Finalizing::open(key, &proofs, rows)?)
}

/// A table of a package, held to its form.
pub(super) fn table(
    package: &Opened,
    table: &str,
    stated: &Schema,
) -> Result<ParquetSource, AttachError> {
    let reader = package.table(table)?;
    let length = reader.len();
    let source = ParquetSource::open(table, reader, length)?;
    let found = source.schema().fields();
    let same = |(one, other): (&Arc<Field>, &Arc<Field>)| {
        one.name() == other.name() && one.data_type() == other.data_type()
    };
    if stated.fields().len() != found.len() || !stated.fields().iter().zip(found).all(same) {
        return Err(AttachError::Answers {
            package: package.package_id().to_string(),
        });
    }
    Ok(source)
}

fn columns() -> Schema {
    Schema::new(vec![
        ids::field_of(ROW_REF, ids::ROW_REF_BYTES),
        Field::new("status", DataType::Utf8, false),
        Field::new("reason", DataType::Utf8, true),
        ids::id_field(NUMBER_ID),
        Field::new(KANA_UNIQUE, DataType::Boolean, true),
        ids::id_field(KANA_INPUT),
        ids::id_field(KANA_FACTOR),
        ids::id_field(KANA_BLINDED),
        ids::id_field(KANA_EVALUATED),
    ])
}
