//! The keys of imported tables, and the person directory between two links.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, AsArray as _, FixedSizeBinaryArray, RecordBatch, UInt32Array};
use arrow::datatypes::{DataType, Field, Schema, UInt32Type};
use renketsu_table::ids::{self, KANA_ID, KANA_UNIQUE, NUMBER_ID};
use renketsu_table::parquet::{ParquetSource, Sorting};
use sha2::{Digest as _, Sha256};

use super::{LinkError, LinkTable};
use crate::Id;
use crate::columnar::{BATCH_ROWS, FileError, PERSON, TableFile, hex};
use crate::directory::{Directory, TableKeys};

const PERSONS: &str = "persons";
const ATTACHED: &str = "attached";
const ALIASES: &str = "aliases";
const ALIAS: &str = "alias";

/// Names that a link's own files have.
pub(super) const FILES: [&str; 3] = [ALIASES, ATTACHED, PERSONS];

/// Checks that the file is the one its import reported.
pub(super) fn as_imported(table: &LinkTable) -> Result<(), LinkError> {
    let Some(expected) = &table.sha256 else {
        return Ok(());
    };
    let failed = |source| FileError::at(&table.file, source);
    let Ok(mut file) = File::open(&table.file) else {
        // Who reads it next says in which way it is missing.
        return Ok(());
    };
    let mut digest = Sha256::new();
    let mut block = vec![0; 1 << 20];
    loop {
        let read = match file.read(&mut block) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(failed(error).into()),
        };
        digest.update(block.get(..read).unwrap_or_default());
    }
    if hex(&digest.finalize()).eq_ignore_ascii_case(expected) {
        Ok(())
    } else {
        Err(LinkError::Import {
            table: table.name.clone(),
        })
    }
}

/// Reads the IDs of an imported table and checks that they are in the order an import leaves.
pub(super) fn keys(table: &LinkTable) -> Result<TableKeys, LinkError> {
    let damaged = || LinkError::Import {
        table: table.name.clone(),
    };
    let source = ParquetSource::file(&table.file)?;
    let mut keys = TableKeys::default();
    let mut last: Option<Place> = None;
    for batch in source.batches(Some(&[NUMBER_ID, KANA_ID, KANA_UNIQUE]), BATCH_ROWS)? {
        let batch = batch?;
        let numbers = ids::fixed(&batch, NUMBER_ID, ids::ID_BYTES).ok_or_else(damaged)?;
        let kanas = ids::fixed(&batch, KANA_ID, ids::ID_BYTES).ok_or_else(damaged)?;
        let unique = ids::boolean(&batch, KANA_UNIQUE).ok_or_else(damaged)?;
        for row in 0..batch.num_rows() {
            let number: Option<Id> = ids::value(numbers, row);
            let kana: Option<Id> = ids::value(kanas, row);
            let place = (number.is_none(), number, kana.is_none(), kana);
            if last.is_some_and(|last| place < last) {
                return Err(damaged());
            }
            last = Some(place);
            keys.push(
                number,
                kana,
                unique.is_valid(row).then(|| unique.value(row)),
            );
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
pub(super) fn store(dir: &Path, directory: &Directory) -> Result<(), FileError> {
    let persons = |name: &str| dir.join(format!("{name}.parquet"));
    let schema = Arc::new(directory_schema());
    let mut file = TableFile::create(&persons(PERSONS), &schema, &Sorting::by_ids())?;
    for chunk in directory.numbers.chunks(BATCH_ROWS) {
        let numbers = ids::array::<32>(chunk.iter().map(|(id, _)| Some(*id)));
        let kanas = ids::array::<32>(chunk.iter().map(|_| None));
        file.write(&batch(&schema, vec![numbers_of(chunk), numbers, kanas])?)?;
    }
    for chunk in directory.kanas.chunks(BATCH_ROWS) {
        let numbers = ids::array::<32>(chunk.iter().map(|_| None));
        let kanas = ids::array::<32>(chunk.iter().map(|(id, _)| Some(*id)));
        file.write(&batch(&schema, vec![numbers_of(chunk), numbers, kanas])?)?;
    }
    file.finish()?;
    let schema = Arc::new(pair_schema());
    let mut file = TableFile::create(&persons(ATTACHED), &schema, &Sorting::by(&[KANA_ID]))?;
    for chunk in directory.attached.chunks(BATCH_ROWS) {
        let kanas = ids::array::<32>(chunk.iter().map(|(id, _)| Some(*id)));
        file.write(&batch(&schema, vec![numbers_of(chunk), kanas])?)?;
    }
    file.finish()?;
    let schema = Arc::new(alias_schema());
    let mut file = TableFile::create(&persons(ALIASES), &schema, &Sorting::by(&[ALIAS]))?;
    let aliases: UInt32Array = directory
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
    file.write(&batch(
        &schema,
        vec![Arc::new(aliases), Arc::new(survivors)],
    )?)?;
    file.finish()?;
    Ok(())
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
pub(super) fn load(dir: &Path) -> Result<Directory, LinkError> {
    let mut directory = Directory::default();
    let damaged = || LinkError::Previous;
    each(dir, PERSONS, |batch| {
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
    each(dir, ATTACHED, |batch| {
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
    each(dir, ALIASES, |batch| {
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
    dir: &Path,
    name: &str,
    mut read: impl FnMut(&RecordBatch) -> Result<(), LinkError>,
) -> Result<(), LinkError> {
    let source = ParquetSource::file(&dir.join(format!("{name}.parquet")))?;
    for batch in source.batches(None, BATCH_ROWS)? {
        read(&batch?)?;
    }
    Ok(())
}

fn column<'a>(batch: &'a RecordBatch, name: &str) -> Option<&'a UInt32Array> {
    batch.column_by_name(name)?.as_primitive_opt::<UInt32Type>()
}
