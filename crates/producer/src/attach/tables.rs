//! One anonymized table: the IDs in front, key and references out, rows in an order that says nothing.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, FixedSizeBinaryArray, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use renketsu_seal::PartyKeys;
use renketsu_seal::safe;
use renketsu_table::batches::{self, Batches};
use renketsu_table::delimited::Options;
use renketsu_table::parquet::{ParquetSink, ParquetSource, Sorting};
use renketsu_table::{BATCH_ROWS, ids, order};
use serde::Serialize;

use super::columns::{Chosen, IdentifyingColumn, Looked};
use super::keys::{Ids, Outcome};
use super::{AttachError, AttachOrder, TableOrder};
use crate::map::directory_for;

const PARQUET_MARK: &[u8] = b"PAR1";

/// What became of one table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TableReport {
    /// Its name in the delivery.
    pub name: String,
    /// The sealed file that waits for delivery.
    pub file: PathBuf,
    /// Its rows.
    pub rows: RowCount,
    /// Columns that were left out: the key, references to the source, and those that were named.
    pub dropped: Vec<String>,
    /// Columns that look identifying and were kept, as a person decided.
    pub kept: Vec<IdentifyingColumn>,
}

/// Rows by what they got.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RowCount {
    /// All of them.
    pub rows: u64,
    /// With a number ID.
    pub number: u64,
    /// With a kana ID of one registered person.
    pub kana: u64,
    /// With a kana ID that attaches to nobody.
    pub shared_kana: u64,
    /// Without an ID: the key's references were answered as different people.
    pub conflict: u64,
    /// Without an ID: the authority gave none.
    pub nothing: u64,
    /// Without an ID: the request knows no such key.
    pub unknown_key: u64,
    /// Without an ID: the key is blank.
    pub blank_key: u64,
}

impl RowCount {
    /// Rows without any ID.
    pub fn without_id(&self) -> u64 {
        [
            self.conflict,
            self.nothing,
            self.unknown_key,
            self.blank_key,
        ]
        .into_iter()
        .fold(0, u64::saturating_add)
    }
}

/// A table as it is read.
struct Opened {
    schema: SchemaRef,
    batches: Box<dyn Iterator<Item = Result<RecordBatch, AttachError>>>,
}

/// Looks at the columns of a table, all of it: what follows cannot be taken back.
pub(super) fn look(table: &TableOrder) -> Result<Looked, AttachError> {
    let Opened { schema, batches } = open(table)?;
    let mut looked = Looked::new(table, &schema)?;
    for batch in batches {
        looked.take(&batch?);
    }
    Ok(looked)
}

/// Reads a table, puts the IDs on it and keeps it sealed at `path`. Its columns are judged as they are now: the file may
/// have changed since it was looked at.
pub(super) fn attach(
    table: &TableOrder,
    asked: &AttachOrder<'_>,
    outcomes: &BTreeMap<Box<str>, Outcome>,
    path: &Path,
    keys: &PartyKeys,
) -> Result<TableReport, AttachError> {
    let Opened { schema, batches } = open(table)?;
    let batches = batches.collect::<Result<Vec<_>, _>>()?;
    let batch = order::joined(&schema, &batches)?;
    drop(batches);
    let (found, rows) = look_up(table, &batch, outcomes)?;
    let mut looked = Looked::new(table, &schema)?;
    looked.take(&batch);
    let Chosen {
        places,
        dropped,
        kept: identifying,
    } = looked.choose(table, asked)?;
    let kept = at(&batch, &places);

    let number = ids::array(found.iter().map(|ids| ids.number));
    let kana = ids::array(found.iter().map(|ids| ids.kana));
    let unique: ArrayRef = Arc::new(found.iter().map(|ids| ids.unique).collect::<BooleanArray>());
    drop(found);
    let shuffled = shuffle(&number, &kana)?;
    let fields = ids::front()
        .into_iter()
        .chain(kept.iter().map(|(field, _)| field.clone()));
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let arrays = [number, kana, unique]
        .into_iter()
        .chain(kept.into_iter().map(|(_, array)| array));
    let arrays = arrays
        .map(|array| order::taken(&array, &shuffled))
        .collect::<Result<Vec<_>, _>>()?;
    let ordered = RecordBatch::try_new(Arc::clone(&schema), arrays)
        .map_err(|_| AttachError::Broken("a table with IDs fits its schema"))?;

    if let Some(directory) = path.parent() {
        directory_for(directory)?;
    }
    let mut sink = ParquetSink::create(safe::create(path, keys)?, &schema, &Sorting::by_ids())?;
    for slice in order::slices(&ordered, BATCH_ROWS) {
        sink.write(&slice)?;
    }
    sink.finish()?.target.commit()?;
    Ok(TableReport {
        name: table.name.clone(),
        file: path.to_owned(),
        rows,
        dropped,
        kept: identifying,
    })
}

fn open(table: &TableOrder) -> Result<Opened, AttachError> {
    let path = &table.path;
    if is_parquet(path) {
        let source = ParquetSource::file(path)?;
        let batches = source.batches(None, BATCH_ROWS)?;
        return Ok(Opened {
            schema: Arc::clone(source.schema()),
            batches: Box::new(batches.map(|batch| batch.map_err(AttachError::from))),
        });
    }
    // A key is text, whatever it looks like: 00697 and 697 are two patients.
    let inferred = batches::infer(path, Options::default(), &[&table.key])?;
    let batches = Batches::typed(path, Options::default(), &inferred, BATCH_ROWS)?;
    Ok(Opened {
        schema: inferred.schema,
        batches: Box::new(batches.map(|batch| batch.map_err(AttachError::from))),
    })
}

/// The columns at some places, without what a file said of them beside name and type.
fn at(batch: &RecordBatch, places: &[usize]) -> Vec<(Field, ArrayRef)> {
    let schema = batch.schema();
    let columns = schema.fields().iter().zip(batch.columns()).enumerate();
    columns
        .filter(|(place, _)| places.contains(place))
        .map(|(_, (field, array))| {
            let plain = Field::new(field.name(), field.data_type().clone(), field.is_nullable());
            (plain, Arc::clone(array))
        })
        .collect()
}

/// By its first bytes; what cannot be read is told by whoever reads it.
fn is_parquet(path: &Path) -> bool {
    let mut head = [0_u8; 4];
    renketsu_seal::durable::open_file(path)
        .and_then(|mut file| file.read_exact(&mut head))
        .is_ok()
        && head == PARQUET_MARK
}

fn look_up(
    table: &TableOrder,
    batch: &RecordBatch,
    outcomes: &BTreeMap<Box<str>, Outcome>,
) -> Result<(Vec<Ids>, RowCount), AttachError> {
    let column = batch
        .column_by_name(&table.key)
        .ok_or_else(|| AttachError::Key {
            file: table.path.display().to_string(),
            column: table.key.clone(),
        })?;
    let is_key = column.data_type() == &DataType::Utf8 || column.data_type().is_integer();
    let text = is_key.then(|| cast(column, &DataType::Utf8).ok()).flatten();
    let texts = text
        .as_ref()
        .and_then(|text| text.as_any().downcast_ref::<StringArray>());
    let texts = texts.ok_or_else(|| AttachError::KeyKind {
        file: table.path.display().to_string(),
        column: table.key.clone(),
    })?;
    let mut count = RowCount::default();
    let mut found = Vec::with_capacity(texts.len());
    for text in texts {
        let key = crate::sources::trimmed(text.unwrap_or_default());
        let outcome = outcomes.get(key.as_str()).copied();
        let counter = match outcome {
            _ if key.is_empty() => &mut count.blank_key,
            None => &mut count.unknown_key,
            Some(Outcome::Conflict(_)) => &mut count.conflict,
            Some(Outcome::Nothing) => &mut count.nothing,
            Some(Outcome::Number(_)) => &mut count.number,
            Some(Outcome::Kana(_)) => &mut count.kana,
            Some(Outcome::SharedKana(_)) => &mut count.shared_kana,
        };
        *counter = counter.saturating_add(1);
        count.rows = count.rows.saturating_add(1);
        found.push(outcome.map(Outcome::ids).unwrap_or_default());
    }
    Ok((found, count))
}

/// The order of the rows. Its random keys live no longer than this call.
fn shuffle(number: &ArrayRef, kana: &ArrayRef) -> Result<arrow::array::UInt32Array, AttachError> {
    let ids = |array: &ArrayRef| {
        array
            .as_any()
            .downcast_ref::<FixedSizeBinaryArray>()
            .cloned()
    };
    let (Some(number), Some(kana)) = (ids(number), ids(kana)) else {
        return Err(AttachError::Broken("an ID column has fixed bytes"));
    };
    let mut bytes = vec![0_u8; number.len().saturating_mul(8)];
    getrandom::fill(&mut bytes).map_err(|_| AttachError::Randomness)?;
    let mut keys = bytes
        .chunks_exact(8)
        .map(|chunk| chunk.try_into().map_or(0, u64::from_le_bytes));
    Ok(order::shuffled(&number, &kana, &mut || {
        keys.next().unwrap_or(0)
    })?)
}
