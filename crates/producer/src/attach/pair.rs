//! An answer in two packages: the issuer's IDs and the resolver's references, by token
//! (`docs/decisions/0020-two-custodians.md`). Joined they are an answer, in the order of references.

use std::path::Path;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Schema};
use renketsu_identity::{KanaMode, PROOF_ROWS};
use renketsu_seal::package::{Expected, Header, Opened, PackageKind, Sealed};
use renketsu_table::parquet::ParquetBatches;
use renketsu_table::proven::pair_of;
use renketsu_table::sort::Records;
use renketsu_table::{BATCH_ROWS, ids};

use super::AttachError;
use super::answers::{Answers, Counted, PLACED_BYTES, placed, schema};
use super::keys::Id;
use super::proven::{self, finalizing, parts};
use crate::Producer;

type Token = [u8; 16];

/// Opens the resolver's references to the same request as the issuer's IDs.
pub(super) fn references(
    producer: &Producer<'_>,
    path: &Path,
    ids: &Opened,
) -> Result<Opened, AttachError> {
    let references = Sealed::open(path)?
        .authenticate(producer.keys, producer.trust, producer.now)?
        .verify()?;
    let stated = ids.header();
    if references.header().kana_mode != stated.kana_mode {
        return Err(AttachError::Mode {
            package: references.package_id().to_string(),
        });
    }
    references.expect(&Expected {
        kind: PackageKind::References,
        provision: stated.provision.clone(),
        kcv: stated.kcv,
    })?;
    let what = |header: &Header| {
        (
            header.in_reply_to,
            header.custody.clone(),
            header.study.clone(),
            header.recipient_ground.clone(),
            header.databases.clone(),
        )
    };
    if what(references.header()) == what(stated) {
        Ok(references)
    } else {
        Err(apart(ids))
    }
}

fn apart(ids: &Opened) -> AttachError {
    AttachError::Apart {
        package: ids.package_id().to_string(),
    }
}

/// Joins the two, row for row: every token stands in both. About `memory` bytes are held; what does not fit is sorted in
/// encrypted files without a name below `scratch`.
pub(super) fn joined(
    ids: &Opened,
    references: &Opened,
    memory: usize,
    scratch: &Path,
) -> Result<Answers, AttachError> {
    let mode = ids.header().kana_mode;
    let mut left = Rows::open(references, "references", &references_schema(mode))?;
    let mut right = Rows::open(ids, "ids", &ids_schema(mode))?;
    if left.stated != right.stated {
        return Err(apart(ids));
    }
    let mut finalizing = match mode {
        KanaMode::Keyed => None,
        KanaMode::Verifiable(key) => Some(finalizing(ids, key, right.stated)?),
    };
    let mut counted = Counted::default();
    let mut records = Records::<PLACED_BYTES>::new(memory, scratch);
    let answers = Arc::new(schema());
    let form = |package: &Opened| AttachError::Answers {
        package: package.package_id().to_string(),
    };
    let mut read = 0_u64;
    let mut waiting = Vec::new().into_iter();
    while let Some(batch) = left.batches.next().transpose()? {
        let tokens =
            ids::fixed(&batch, ids::TOKEN, ids::ROW_REF_BYTES).ok_or_else(|| form(references))?;
        let (mut numbers, mut made) = (Vec::new(), Vec::new());
        for row in 0..batch.num_rows() {
            let token: Token = ids::value(tokens, row).ok_or_else(|| form(references))?;
            left.follows(token).ok_or_else(|| form(references))?;
            let issued = loop {
                if let Some(issued) = waiting.next() {
                    break issued;
                }
                let Some(batch) = right.batches.next().transpose()? else {
                    return Err(apart(ids));
                };
                waiting = issued_rows(&batch, mode)
                    .ok_or_else(|| form(ids))?
                    .into_iter();
            };
            let (other, number, kana): Issued = issued;
            if other != token {
                return Err(apart(ids));
            }
            numbers.push(number);
            made.push(kana);
            read = read.saturating_add(1);
        }
        let kana: Vec<Option<Id>> = match &mut finalizing {
            None => made.iter().map(|[id, _]| *id).collect(),
            Some(finalizing) => {
                let shown = pair_of(&batch, [ids::KANA_INPUT, ids::KANA_FACTOR]);
                let shown = shown.ok_or_else(|| form(references))?;
                finalizing.ids(&parts(&shown, &made))?
            }
        };
        let column = |name: &str| {
            let column = batch.column_by_name(name);
            column.map(Arc::clone).ok_or_else(|| form(references))
        };
        let joined = RecordBatch::try_new(
            Arc::clone(&answers),
            vec![
                column(ids::ROW_REF)?,
                column("status")?,
                column("reason")?,
                ids::array::<32>(numbers),
                ids::array::<32>(kana),
                column(ids::KANA_UNIQUE)?,
            ],
        )
        .map_err(|_| form(references))?;
        let rows = counted.take(&joined).ok_or_else(|| form(references))?;
        for row in rows {
            records.push(&placed(row))?;
        }
    }
    if waiting.next().is_some() || read != left.stated {
        return Err(apart(ids));
    }
    Ok(Answers::sorted(ids, records.finish()?, read, counted))
}

/// Token, number ID, and either the kana ID, or the point as the issuer had it and as it evaluated it.
type Issued = (Token, Option<Id>, [Option<Id>; 2]);

fn issued_rows(batch: &RecordBatch, mode: KanaMode) -> Option<Vec<Issued>> {
    let tokens = ids::fixed(batch, ids::TOKEN, ids::ROW_REF_BYTES)?;
    let numbers = ids::fixed(batch, ids::NUMBER_ID, ids::ID_BYTES)?;
    let made = match mode {
        KanaMode::Keyed => pair_of(batch, [ids::KANA_ID, ids::KANA_ID])?,
        KanaMode::Verifiable(_) => pair_of(batch, [ids::KANA_BLINDED, ids::KANA_EVALUATED])?,
    };
    made.into_iter()
        .enumerate()
        .map(|(row, made)| Some((ids::value(tokens, row)?, ids::value(numbers, row), made)))
        .collect()
}

/// One of the two tables, in strict order of its tokens.
struct Rows {
    batches: ParquetBatches,
    stated: u64,
    last: Option<Token>,
}

impl Rows {
    fn open(package: &Opened, table: &str, stated: &Schema) -> Result<Self, AttachError> {
        let source = proven::table(package, table, stated)?;
        // Rows that have one proof are read together.
        let rows = match package.header().kana_mode {
            KanaMode::Keyed => BATCH_ROWS,
            KanaMode::Verifiable(_) => PROOF_ROWS,
        };
        Ok(Self {
            stated: source.rows(),
            batches: source.batches(None, rows)?,
            last: None,
        })
    }

    fn follows(&mut self, token: Token) -> Option<()> {
        let follows = self.last.is_none_or(|last| last < token);
        self.last = Some(token);
        follows.then_some(())
    }
}

fn references_schema(mode: KanaMode) -> Schema {
    let mut fields = vec![
        ids::field_of(ids::TOKEN, ids::ROW_REF_BYTES),
        ids::field_of(ids::ROW_REF, ids::ROW_REF_BYTES),
        Field::new("status", DataType::Utf8, false),
        Field::new("reason", DataType::Utf8, true),
        Field::new(ids::KANA_UNIQUE, DataType::Boolean, true),
    ];
    if !mode.is_keyed() {
        fields.extend([ids::KANA_INPUT, ids::KANA_FACTOR].map(ids::id_field));
    }
    Schema::new(fields)
}

fn ids_schema(mode: KanaMode) -> Schema {
    let mut fields = vec![
        ids::field_of(ids::TOKEN, ids::ROW_REF_BYTES),
        ids::id_field(ids::NUMBER_ID),
    ];
    match mode {
        KanaMode::Keyed => fields.push(ids::id_field(ids::KANA_ID)),
        KanaMode::Verifiable(_) => {
            fields.extend([ids::KANA_BLINDED, ids::KANA_EVALUATED].map(ids::id_field));
        }
    }
    Schema::new(fields)
}
