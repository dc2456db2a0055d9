//! The keys of imported tables, and the person directory between two links.

use std::sync::Arc;

use arrow::array::{Array, AsArray as _, FixedSizeBinaryArray, RecordBatch, UInt32Array};
use arrow::datatypes::{DataType, Field, Schema, UInt32Type, UInt64Type};
use renketsu_seal::vault::Entry;
use renketsu_table::ids::{self, KANA_ID, KANA_UNIQUE, NUMBER_ID};
use renketsu_table::parquet::Sorting;

use super::{LinkError, LinkTable, Previous, Target};
use crate::Id;
use crate::directory::{Directory, TableKeys};
use crate::import::COUNT;
use crate::shelf::{BATCH_ROWS, FileError, PERSON, StoredFile};

/// The name under which the person directory's files stand in the catalogue; no table can have it.
pub const DIRECTORY: &str = "";
/// File of the persons.
pub const PERSONS: &str = "directory";
/// File of the attached kana IDs.
pub const ATTACHED: &str = "attached";
/// File of the aliases.
pub const ALIASES: &str = "aliases";
const ALIAS: &str = "alias";

/// Checks that the files are the ones the import wrote.
pub(super) fn as_imported(table: &LinkTable) -> Result<(), LinkError> {
    let changed = |error| {
        if matches!(error, FileError::Changed { .. }) {
            LinkError::Import {
                table: table.name.clone(),
            }
        } else {
            error.into()
        }
    };
    table.keys.verify().map_err(changed)?;
    table
        .rows
        .as_ref()
        .map_or(Ok(()), StoredFile::verify)
        .map_err(changed)
}

/// Reads the IDs of an imported table and checks that they are in the order an import leaves.
pub(super) fn keys(table: &LinkTable) -> Result<TableKeys, LinkError> {
    let damaged = || LinkError::Import {
        table: table.name.clone(),
    };
    let source = table.keys.table()?;
    let mut keys = TableKeys::default();
    let mut last: Option<Place> = None;
    for batch in source.batches(None, BATCH_ROWS)? {
        let batch = batch?;
        let numbers = ids::fixed(&batch, NUMBER_ID, ids::ID_BYTES).ok_or_else(damaged)?;
        let kanas = ids::fixed(&batch, KANA_ID, ids::ID_BYTES).ok_or_else(damaged)?;
        let unique = ids::boolean(&batch, KANA_UNIQUE).ok_or_else(damaged)?;
        let counts = batch
            .column_by_name(COUNT)
            .and_then(|column| column.as_primitive_opt::<UInt64Type>())
            .ok_or_else(damaged)?;
        for (row, count) in counts.values().iter().enumerate() {
            let number: Option<Id> = ids::value(numbers, row);
            let kana: Option<Id> = ids::value(kanas, row);
            let place = (number.is_none(), number, kana.is_none(), kana);
            if last.is_some_and(|last| place < last) {
                return Err(damaged());
            }
            last = Some(place);
            let unique = unique.is_valid(row).then(|| unique.value(row));
            keys.push(number, kana, unique, *count);
        }
    }
    Ok(keys)
}

/// Where a row stands: by number, then kana ID, nulls last.
type Place = (bool, Option<Id>, bool, Option<Id>);

fn directory_schema() -> Schema {
    Schema::new(vec![
        Field::new(PERSON, DataType::UInt32, false),
        ids::id_field(NUMBER_ID),
        ids::id_field(KANA_ID),
    ])
}

fn pair_schema() -> Schema {
    Schema::new(vec![
        Field::new(PERSON, DataType::UInt32, false),
        ids::id_field(KANA_ID),
    ])
}

fn alias_schema() -> Schema {
    Schema::new(vec![
        Field::new(ALIAS, DataType::UInt32, false),
        Field::new(PERSON, DataType::UInt32, false),
    ])
}

/// Writes the directory: persons by number, then by kana ID; attachments by kana ID; aliases by old number.
pub(super) fn store(target: &Target<'_>, directory: &Directory) -> Result<Vec<Entry>, FileError> {
    let create = |file: &str, on_disk: &str, schema: &Schema, sorting: &Sorting| {
        let path = target.dir.join(on_disk);
        let name = target.shelf.name(DIRECTORY, file, target.version);
        target.shelf.table(&path, name, schema, sorting)
    };
    let schema = Arc::new(directory_schema());
    let mut persons = create(PERSONS, "persons.parquet", &schema, &Sorting::by_ids())?;
    for chunk in directory.numbers.chunks(BATCH_ROWS) {
        let numbers = ids::array::<32>(chunk.iter().map(|(id, _)| Some(*id)));
        let kanas = ids::array::<32>(chunk.iter().map(|_| None));
        persons.write(&batch(&schema, vec![numbers_of(chunk), numbers, kanas])?)?;
    }
    for chunk in directory.kanas.chunks(BATCH_ROWS) {
        let numbers = ids::array::<32>(chunk.iter().map(|_| None));
        let kanas = ids::array::<32>(chunk.iter().map(|(id, _)| Some(*id)));
        persons.write(&batch(&schema, vec![numbers_of(chunk), numbers, kanas])?)?;
    }
    let schema = Arc::new(pair_schema());
    let by_kana = Sorting::by(&[KANA_ID]);
    let mut attached = create(ATTACHED, "attached.parquet", &schema, &by_kana)?;
    for chunk in directory.attached.chunks(BATCH_ROWS) {
        let kanas = ids::array::<32>(chunk.iter().map(|(id, _)| Some(*id)));
        attached.write(&batch(&schema, vec![numbers_of(chunk), kanas])?)?;
    }
    let schema = Arc::new(alias_schema());
    let by_alias = Sorting::by(&[ALIAS]);
    let mut aliases = create(ALIASES, "aliases.parquet", &schema, &by_alias)?;
    let old: UInt32Array = directory
        .aliases
        .keys()
        .copied()
        .collect::<Vec<u32>>()
        .into();
    let survivors: UInt32Array = directory
        .aliases
        .values()
        .copied()
        .collect::<Vec<u32>>()
        .into();
    aliases.write(&batch(&schema, vec![Arc::new(old), Arc::new(survivors)])?)?;
    Ok(vec![
        persons.finish()?,
        attached.finish()?,
        aliases.finish()?,
    ])
}

fn numbers_of(entries: &[(Id, u32)]) -> arrow::array::ArrayRef {
    Arc::new(UInt32Array::from_iter_values(
        entries.iter().map(|(_, person)| *person),
    ))
}

fn batch(
    schema: &Arc<Schema>,
    arrays: Vec<arrow::array::ArrayRef>,
) -> Result<RecordBatch, FileError> {
    RecordBatch::try_new(Arc::clone(schema), arrays).map_err(|_| {
        renketsu_table::parquet::SinkError::Broken("a batch of the directory fits its schema")
            .into()
    })
}

/// Reads the directory that [`store`] wrote.
pub(super) fn load(previous: &Previous) -> Result<Directory, LinkError> {
    let mut directory = Directory::default();
    let damaged = || LinkError::Previous;
    each(&previous.persons, |batch| {
        let persons = column(batch, PERSON).ok_or_else(damaged)?;
        let numbers = ids::fixed(batch, NUMBER_ID, ids::ID_BYTES).ok_or_else(damaged)?;
        let kanas = ids::fixed(batch, KANA_ID, ids::ID_BYTES).ok_or_else(damaged)?;
        for (row, person) in persons.values().iter().enumerate() {
            match (ids::value(numbers, row), ids::value(kanas, row)) {
                (Some(number), None) => directory.numbers.push((number, *person)),
                (None, Some(kana)) => directory.kanas.push((kana, *person)),
                (None, None) | (Some(_), Some(_)) => return Err(damaged()),
            }
        }
        Ok(())
    })?;
    each(&previous.attached, |batch| {
        let persons = column(batch, PERSON).ok_or_else(damaged)?;
        let kanas: &FixedSizeBinaryArray =
            ids::fixed(batch, KANA_ID, ids::ID_BYTES).ok_or_else(damaged)?;
        for (row, person) in persons.values().iter().enumerate() {
            directory
                .attached
                .push((ids::value(kanas, row).ok_or_else(damaged)?, *person));
        }
        Ok(())
    })?;
    each(&previous.aliases, |batch| {
        let aliases = column(batch, ALIAS).ok_or_else(damaged)?;
        let persons = column(batch, PERSON).ok_or_else(damaged)?;
        directory.aliases.extend(
            aliases
                .values()
                .iter()
                .copied()
                .zip(persons.values().iter().copied()),
        );
        Ok(())
    })?;
    let ascending = |list: &[(Id, u32)]| list.is_sorted_by(|(a, _), (b, _)| a < b);
    let Directory {
        numbers,
        kanas,
        attached,
        ..
    } = &directory;
    if [numbers, kanas, attached]
        .into_iter()
        .all(|list| ascending(list))
    {
        Ok(directory)
    } else {
        Err(damaged())
    }
}

fn each(
    file: &StoredFile,
    mut read: impl FnMut(&RecordBatch) -> Result<(), LinkError>,
) -> Result<(), LinkError> {
    file.verify().map_err(|error| {
        if matches!(error, FileError::Changed { .. }) {
            LinkError::Previous
        } else {
            error.into()
        }
    })?;
    for batch in file.table()?.batches(None, BATCH_ROWS)? {
        read(&batch?)?;
    }
    Ok(())
}

fn column<'a>(batch: &'a RecordBatch, name: &str) -> Option<&'a UInt32Array> {
    batch.column_by_name(name)?.as_primitive_opt::<UInt32Type>()
}
