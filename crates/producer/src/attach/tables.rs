//! One anonymized table: the IDs in front, key and references out, rows in an order that says nothing.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray as _, BooleanArray, FixedSizeBinaryArray, FixedSizeBinaryBuilder,
    Float64Array, Int64Array, RecordBatch, StringArray,
};
use arrow::compute::{cast, filter_record_batch};
use arrow::datatypes::{DataType, Field, Float64Type, Schema, SchemaRef};
use renketsu_seal::PartyKeys;
use renketsu_seal::safe;
use renketsu_table::ids;
use renketsu_table::parquet::{ParquetSink, Sorting};
use renketsu_table::sort::Sorter;
use serde::Serialize;

use super::columns::{Chosen, IdentifyingColumn, Looked};
use super::input::Input;
use super::keyed::{CONFLICT, Keyed, NOBODY, NOTHING, Part, UNKNOWN, key_of};
use super::{AttachError, AttachOrder, TableOrder};
use crate::map::directory_for;

/// Bytes of what rows are sorted by: place, then chance.
const ORDER_BYTES: i32 = 12;

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

fn count(counter: &mut u64) {
    *counter = counter.saturating_add(1);
}

/// A table whose columns were judged.
pub(super) struct Table {
    /// With the column that the key is really in.
    order: TableOrder,
    input: Input,
    pub(super) looked: Looked,
}

/// Looks at the columns of a table, all of it: what follows cannot be taken back.
pub(super) fn look(order: &TableOrder) -> Result<Table, AttachError> {
    let input = Input::open(order)?;
    let order = TableOrder {
        key: input.key(&order.key).to_owned(),
        ..order.clone()
    };
    let mut looked = Looked::new(&order, input.schema())?;
    for batch in input.batches()? {
        looked.take(&batch?);
    }
    Ok(Table {
        order,
        input,
        looked,
    })
}

/// A table of nothing but keys, held in memory.
pub(super) fn held(order: TableOrder, keys: RecordBatch) -> Result<Table, AttachError> {
    let mut looked = Looked::new(&order, &keys.schema())?;
    looked.take(&keys);
    Ok(Table {
        order,
        input: Input::Held(keys),
        looked,
    })
}

/// Visits the key of every row of a table.
pub(crate) fn key_texts_of(
    order: &TableOrder,
    visit: &mut dyn FnMut(&str),
) -> Result<(), AttachError> {
    let input = Input::open(order)?;
    let order = TableOrder {
        key: input.key(&order.key).to_owned(),
        ..order.clone()
    };
    if input.schema().column_with_name(&order.key).is_none() {
        return Err(AttachError::Key {
            file: order.path.display().to_string(),
            column: order.key,
        });
    }
    for batch in input.batches()? {
        key_texts(&order, &batch?)?
            .iter()
            .flatten()
            .for_each(&mut *visit);
    }
    Ok(())
}

impl Table {
    pub(super) fn name(&self) -> &str {
        &self.order.name
    }

    pub(super) fn key(&self) -> &str {
        &self.order.key
    }

    pub(super) fn path(&self) -> &Path {
        &self.order.path
    }

    /// What was left out before there were columns.
    pub(super) fn dropped(&self) -> &[String] {
        self.input.dropped()
    }

    /// What becomes of its columns.
    pub(super) fn choose(&self, asked: &AttachOrder<'_>) -> Result<Chosen, AttachError> {
        self.looked.choose(&self.order, asked)
    }
}

/// What all tables of an answer share.
pub(super) struct Attaching<'a> {
    pub(super) asked: &'a AttachOrder<'a>,
    pub(super) keyed: &'a Keyed,
    /// The part of the keys at hand, which the next table may begin with.
    pub(super) part: Option<(u64, Part)>,
    pub(super) keys: &'a PartyKeys,
    pub(super) scratch: &'a Path,
    pub(super) sort: usize,
}

impl Attaching<'_> {
    /// Reads a table, puts the IDs on it and keeps it sealed at `path`. Its columns are judged again as its rows are
    /// taken: the file may have changed since it was looked at. `progress` gets the rows read so far.
    pub(super) fn attach(
        &mut self,
        table: &Table,
        path: &Path,
        progress: &mut dyn FnMut(u64),
    ) -> Result<TableReport, AttachError> {
        let chosen = table.choose(self.asked)?;
        let schema = sorted_schema(table.input.schema(), &chosen.places);
        let mut sorter = Sorter::new(Arc::clone(&schema), self.sort, self.scratch);
        let mut rows = RowCount::default();
        for index in 0..self.keyed.parts() {
            self.hold(index)?;
            let (_, part) = self
                .part
                .as_ref()
                .ok_or(AttachError::Broken("a part of the keys is at hand"))?;
            let mut again = Looked::new(&table.order, table.input.schema())?;
            for batch in table.input.batches()? {
                let batch = batch?;
                again.take(&batch);
                if let Some(placed) = place(&table.order, &batch, part, &mut rows)? {
                    sorter.push(placed.sortable(&schema, &chosen.places)?)?;
                    progress(rows.rows);
                }
            }
            if again.choose(&table.order, self.asked)? != chosen {
                return Err(changed(&table.order));
            }
        }
        if rows.rows != chosen.rows {
            return Err(changed(&table.order));
        }
        self.write(sorter, &schema, path, &mut rows)?;
        Ok(TableReport {
            name: table.order.name.clone(),
            file: path.to_owned(),
            rows,
            dropped: [chosen.dropped, table.dropped().to_vec()].concat(),
            kept: chosen.kept,
        })
    }

    /// Has one part of the keys at hand.
    fn hold(&mut self, index: u64) -> Result<(), AttachError> {
        if self.part.as_ref().is_none_or(|(held, _)| *held != index) {
            // The memory of one before another.
            self.part = None;
            self.part = Some((index, self.keyed.part(index)?));
        }
        Ok(())
    }

    fn write(
        &self,
        sorter: Sorter,
        sorted: &Schema,
        path: &Path,
        count: &mut RowCount,
    ) -> Result<(), AttachError> {
        let fields = ids::front().into_iter().chain(
            sorted
                .fields()
                .iter()
                .skip(1)
                .map(|field| field.as_ref().clone()),
        );
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        if let Some(directory) = path.parent() {
            directory_for(directory)?;
        }
        let target = safe::create(path, self.keys)?;
        let mut sink = ParquetSink::create(target, &schema, &Sorting::by_ids())?;
        let mut ids = self.keyed.ids()?;
        for batch in sorter.finish()? {
            let batch = batch?;
            let order = batch.column(0).as_fixed_size_binary();
            let mut found = Vec::with_capacity(batch.num_rows());
            for row in 0..batch.num_rows() {
                let place = order.value(row).first_chunk().copied().unwrap_or_default();
                let person = ids.of(u32::from_be_bytes(place))?;
                match (person.number, person.unique) {
                    (Some(_), _) => self::count(&mut count.number),
                    (None, Some(true)) => self::count(&mut count.kana),
                    (None, Some(false)) => self::count(&mut count.shared_kana),
                    (None, None) => {}
                }
                found.push(person);
            }
            let unique: BooleanArray = found.iter().map(|ids| ids.unique).collect();
            let front: [ArrayRef; 3] = [
                ids::array(found.iter().map(|ids| ids.number)),
                ids::array(found.iter().map(|ids| ids.kana)),
                Arc::new(unique),
            ];
            let columns = front
                .into_iter()
                .chain(batch.columns().iter().skip(1).cloned());
            let batch = RecordBatch::try_new(Arc::clone(&schema), columns.collect())
                .map_err(|_| AttachError::Broken("a table with IDs fits its schema"))?;
            sink.write(&batch)?;
        }
        Ok(sink.finish()?.target.commit()?)
    }
}

fn changed(table: &TableOrder) -> AttachError {
    AttachError::Changed {
        file: table.path.display().to_string(),
    }
}

/// The columns at some places, without what a file said of them beside name and type, behind what rows are sorted by.
fn sorted_schema(schema: &Schema, places: &[usize]) -> SchemaRef {
    let kept = places
        .iter()
        .filter_map(|place| schema.fields().get(*place))
        .map(|field| Field::new(field.name(), field.data_type().clone(), field.is_nullable()));
    let order = ids::field_of("order", ORDER_BYTES);
    Arc::new(Schema::new(
        std::iter::once(order).chain(kept).collect::<Vec<_>>(),
    ))
}

/// Rows of one part of the keys, each with its place.
struct Placed {
    rows: RecordBatch,
    places: Vec<u32>,
}

/// Gives every row of a part its place; nothing if the batch has none.
fn place(
    table: &TableOrder,
    batch: &RecordBatch,
    part: &Part,
    count: &mut RowCount,
) -> Result<Option<Placed>, AttachError> {
    let texts = key_texts(table, batch)?;
    let mut places = Vec::with_capacity(texts.len());
    let mut here = Vec::with_capacity(texts.len());
    for text in &texts {
        let text = crate::sources::trimmed(text.unwrap_or_default());
        let place = part.place(key_of(text.as_str()));
        here.push(place.is_some());
        let Some(place) = place else { continue };
        places.push(if text.is_empty() { UNKNOWN } else { place });
        count_row(count, place, text.is_empty());
    }
    if places.is_empty() {
        return Ok(None);
    }
    let rows = if places.len() == batch.num_rows() {
        batch.clone()
    } else {
        filter_record_batch(batch, &BooleanArray::from(here))
            .map_err(|_| AttachError::Broken("a row is in one part"))?
    };
    Ok(Some(Placed { rows, places }))
}

/// Counts a row; which IDs it has is counted when it is written.
fn count_row(rows: &mut RowCount, place: u32, blank: bool) {
    count(&mut rows.rows);
    match place {
        _ if blank => count(&mut rows.blank_key),
        CONFLICT => count(&mut rows.conflict),
        NOTHING => count(&mut rows.nothing),
        UNKNOWN => count(&mut rows.unknown_key),
        _ => {}
    }
}

impl Placed {
    /// The columns at `places`, behind what the rows are sorted by: the place of the IDs, one for all rows that have
    /// none, and fresh random bits, which live no longer than the sorting.
    fn sortable(&self, schema: &SchemaRef, columns: &[usize]) -> Result<RecordBatch, AttachError> {
        let mut random = vec![0_u8; self.places.len().saturating_mul(8)];
        getrandom::fill(&mut random).map_err(|_| AttachError::Randomness)?;
        let mut order = FixedSizeBinaryBuilder::with_capacity(self.places.len(), ORDER_BYTES);
        for (place, chance) in self.places.iter().zip(random.chunks_exact(8)) {
            let mut key = [0_u8; ORDER_BYTES as usize];
            let place = (*place).min(NOBODY).to_be_bytes();
            for (to, from) in key.iter_mut().zip(place.iter().chain(chance)) {
                *to = *from;
            }
            order
                .append_value(key)
                .map_err(|_| AttachError::Broken("what rows are sorted by has its width"))?;
        }
        let order: FixedSizeBinaryArray = order.finish();
        let kept = columns.iter().filter_map(|at| self.rows.columns().get(*at));
        let arrays = std::iter::once(Arc::new(order) as ArrayRef).chain(kept.cloned());
        RecordBatch::try_new(Arc::clone(schema), arrays.collect())
            .map_err(|_| AttachError::Broken("rows fit what they are sorted as"))
    }
}

/// The keys of a batch as text. Floating point is read where every value is a whole number: SAS has no other kind.
fn key_texts(table: &TableOrder, batch: &RecordBatch) -> Result<StringArray, AttachError> {
    let column = batch
        .column_by_name(&table.key)
        .ok_or_else(|| AttachError::Key {
            file: table.path.display().to_string(),
            column: table.key.clone(),
        })?;
    let text = if column.data_type() == &DataType::Utf8 || column.data_type().is_integer() {
        cast(column, &DataType::Utf8).ok()
    } else {
        column
            .as_primitive_opt::<Float64Type>()
            .and_then(whole)
            .and_then(|numbers| cast(&numbers, &DataType::Utf8).ok())
    };
    let texts = text.as_ref().and_then(|text| text.as_string_opt::<i32>());
    texts.cloned().ok_or_else(|| AttachError::KeyKind {
        file: table.path.display().to_string(),
        column: table.key.clone(),
    })
}

fn whole(numbers: &Float64Array) -> Option<Int64Array> {
    const LARGEST: f64 = 9_007_199_254_740_992.0;
    let fits = |number: f64| number.fract() == 0.0 && number.abs() < LARGEST;
    if numbers.iter().flatten().all(fits) {
        let numbers = cast(numbers, &DataType::Int64).ok()?;
        numbers.as_primitive_opt().cloned()
    } else {
        None
    }
}
