//! The keys of imported tables, and the person directory between two links.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray as _, RecordBatch, UInt32Array};
use arrow::datatypes::{DataType, Field, Schema, UInt32Type, UInt64Type};
use renketsu_seal::vault::Entry;
use renketsu_table::ids::{self, KANA_ID, KANA_UNIQUE, NUMBER_ID};
use renketsu_table::parquet::{ParquetBatches, ParquetSource, Sorting};

use super::{LinkError, LinkTable, Previous, Target};
use crate::Id;
use crate::directory::{Earlier, Event, KanaEntry, KeySource, Resolution, each_number};
use crate::import::COUNT;
use crate::key::{Key, KeyRun};
use crate::shelf::{BATCH_ROWS, FileError, PERSON, StoredFile, TableFile};

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

/// The IDs of an imported table.
pub(super) struct KeyFile {
    table: String,
    source: ParquetSource,
}

impl KeyFile {
    pub(super) fn open(table: &LinkTable) -> Result<Self, LinkError> {
        Ok(Self {
            table: table.name.clone(),
            source: table.keys.table()?,
        })
    }

    fn damaged(&self) -> LinkError {
        LinkError::Import {
            table: self.table.clone(),
        }
    }

    fn runs(&self, batch: &RecordBatch) -> Result<Vec<KeyRun>, LinkError> {
        let damaged = || self.damaged();
        let numbers = ids::fixed(batch, NUMBER_ID, ids::ID_BYTES).ok_or_else(damaged)?;
        let kanas = ids::fixed(batch, KANA_ID, ids::ID_BYTES).ok_or_else(damaged)?;
        let unique = ids::boolean(batch, KANA_UNIQUE).ok_or_else(damaged)?;
        let counts = batch
            .column_by_name(COUNT)
            .and_then(|column| column.as_primitive_opt::<UInt64Type>())
            .ok_or_else(damaged)?;
        let run = |(row, rows): (usize, &u64)| KeyRun {
            key: Key {
                number: ids::value(numbers, row),
                kana: ids::value(kanas, row),
                unique: unique.is_valid(row).then(|| unique.value(row)),
            },
            rows: *rows,
        };
        Ok(counts.values().iter().enumerate().map(run).collect())
    }
}

impl KeySource for KeyFile {
    /// Fails where they are not in the order that an import leaves.
    fn keys(
        &self,
        skip: u64,
    ) -> Result<impl Iterator<Item = Result<KeyRun, LinkError>>, LinkError> {
        let batches = self.source.batches_after(skip, None, BATCH_ROWS)?;
        let mut last: Option<Key> = None;
        let mut ordered = move |runs: Vec<KeyRun>| {
            let in_order = runs.iter().all(|run| {
                let before = last.replace(run.key);
                before.is_none_or(|before| before.order(&run.key).is_le())
            });
            in_order.then_some(runs)
        };
        Ok(each(batches, move |batch| {
            ordered(self.runs(batch)?).ok_or_else(|| self.damaged())
        }))
    }
}

/// The rows of all batches, one by one; after an error nothing more comes that means anything.
fn each<T>(
    batches: ParquetBatches,
    mut read: impl FnMut(&RecordBatch) -> Result<Vec<T>, LinkError>,
) -> impl Iterator<Item = Result<T, LinkError>> {
    batches.flat_map(move |batch| {
        let (rows, error) = match batch
            .map_err(LinkError::from)
            .and_then(|batch| read(&batch))
        {
            Ok(rows) => (rows, None),
            Err(error) => (Vec::new(), Some(Err(error))),
        };
        rows.into_iter().map(Ok).chain(error)
    })
}

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
pub(super) fn store(
    target: &Target<'_>,
    keys: &[KeyFile],
    earlier: &impl Earlier,
    resolution: &mut Resolution,
) -> Result<Vec<Entry>, LinkError> {
    let create = |file: &str, on_disk: &str, schema: Schema, sorting: &Sorting| {
        let path = target.dir.join(on_disk);
        let name = target.shelf.name(DIRECTORY, file, target.version);
        let schema = Arc::new(schema);
        let file = target.shelf.table(&path, name, &schema, sorting)?;
        Ok::<_, LinkError>(Lines {
            file,
            schema,
            ready: Vec::new(),
        })
    };
    let by_ids = Sorting::by_ids();
    let mut persons = create(PERSONS, "persons.parquet", directory_schema(), &by_ids)?;
    each_number(keys, earlier, |event| {
        let Event::Number(found) = event else {
            return Ok(());
        };
        let person = match (found.place, found.before) {
            (Some(place), _) => resolution.person(place)?,
            (None, Some(before)) => before,
            (None, None) => return Err(LinkError::Broken("a number is somebody's")),
        };
        persons.push((person, Some(found.number), None))
    })?;
    let by_kana = Sorting::by(&[KANA_ID]);
    let mut attached = create(ATTACHED, "attached.parquet", pair_schema(), &by_kana)?;
    resolution.each_kana(earlier, |kana, entry| match entry {
        KanaEntry::Attached(person) => attached.push((person, None, Some(kana))),
        KanaEntry::Person(person) => persons.push((person, None, Some(kana))),
    })?;
    let by_alias = Sorting::by(&[ALIAS]);
    let mut aliases = create(ALIASES, "aliases.parquet", alias_schema(), &by_alias)?;
    let old = UInt32Array::from_iter_values(resolution.aliases.keys().copied());
    let survivors = UInt32Array::from_iter_values(resolution.aliases.values().copied());
    aliases.write(vec![Arc::new(old), Arc::new(survivors)])?;
    Ok(vec![
        persons.finish()?,
        attached.finish()?,
        aliases.finish()?,
    ])
}

/// A person with the ID that names it, of which kind it is.
type Line = (u32, Option<Id>, Option<Id>);

/// A file of the directory being written.
struct Lines {
    file: TableFile,
    schema: Arc<Schema>,
    ready: Vec<Line>,
}

impl Lines {
    fn push(&mut self, line: Line) -> Result<(), LinkError> {
        self.ready.push(line);
        if self.ready.len() >= BATCH_ROWS {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), LinkError> {
        if self.ready.is_empty() {
            return Ok(());
        }
        let lines = self.ready.iter();
        let persons = UInt32Array::from_iter_values(lines.map(|(person, _, _)| *person));
        let mut arrays: Vec<ArrayRef> = vec![Arc::new(persons)];
        if self.schema.column_with_name(NUMBER_ID).is_some() {
            arrays.push(ids::array::<32>(self.ready.iter().map(|line| line.1)));
        }
        arrays.push(ids::array::<32>(self.ready.iter().map(|line| line.2)));
        self.ready.clear();
        self.write(arrays)
    }

    fn write(&mut self, arrays: Vec<ArrayRef>) -> Result<(), LinkError> {
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), arrays)
            .map_err(|_| LinkError::Broken("a batch of the directory fits its schema"))?;
        Ok(self.file.write(&batch)?)
    }

    fn finish(mut self) -> Result<Entry, LinkError> {
        self.flush()?;
        Ok(self.file.finish()?)
    }
}

/// The directory that [`store`] wrote.
pub(super) struct EarlierFiles {
    files: Option<(ParquetSource, ParquetSource)>,
    aliases: BTreeMap<u32, u32>,
    /// How many persons have a number; those known by a kana ID alone follow.
    numbers: u64,
    kanas: u64,
    highest: Option<u32>,
}

impl EarlierFiles {
    /// Reads all of it once.
    pub(super) fn open(previous: Option<&Previous>) -> Result<Self, LinkError> {
        let mut earlier = Self {
            files: None,
            aliases: BTreeMap::new(),
            numbers: 0,
            kanas: 0,
            highest: None,
        };
        let Some(previous) = previous else {
            return Ok(earlier);
        };
        let damaged = || LinkError::Previous;
        let aliases = as_linked(&previous.aliases)?;
        for batch in aliases.batches(None, BATCH_ROWS)? {
            let batch = batch?;
            let old = column(&batch, ALIAS).ok_or_else(damaged)?;
            let persons = column(&batch, PERSON).ok_or_else(damaged)?;
            let pairs = old.values().iter().copied();
            earlier
                .aliases
                .extend(pairs.zip(persons.values().iter().copied()));
        }
        let persons = as_linked(&previous.persons)?;
        let mut highest = earlier.aliases.keys().max().copied();
        let mut last = None;
        for line in each(persons.batches(None, BATCH_ROWS)?, lines) {
            let (person, number, kana) = line?;
            // Numbers first: without one comes after all with one.
            let place = (number.is_none(), number, kana);
            if number.is_some() == kana.is_some() || last.is_some_and(|last| last >= place) {
                return Err(damaged());
            }
            last = Some(place);
            let count = if number.is_some() {
                &mut earlier.numbers
            } else {
                &mut earlier.kanas
            };
            *count = count.saturating_add(1);
            highest = highest.max(Some(person));
        }
        earlier.highest = highest;
        let attached = as_linked(&previous.attached)?;
        let mut last = None;
        for line in each(attached.batches(None, BATCH_ROWS)?, lines) {
            let (_, _, kana) = line?;
            if kana.is_none() || last.is_some_and(|last| last >= kana) {
                return Err(damaged());
            }
            last = Some(kana);
        }
        earlier.files = Some((persons, attached));
        Ok(earlier)
    }

    fn after(
        file: Option<&ParquetSource>,
        skip: u64,
    ) -> Result<impl Iterator<Item = Result<Line, LinkError>>, LinkError> {
        let batches = file
            .map(|file| file.batches_after(skip, None, BATCH_ROWS))
            .transpose()?;
        Ok(batches.into_iter().flat_map(|batches| each(batches, lines)))
    }

    fn persons(&self) -> Option<&ParquetSource> {
        self.files.as_ref().map(|(persons, _)| persons)
    }
}

impl Earlier for EarlierFiles {
    fn numbers(&self) -> Result<impl Iterator<Item = Result<(Id, u32), LinkError>>, LinkError> {
        let lines = Self::after(self.persons(), 0)?;
        Ok(lines.map_while(|line| match line {
            Ok((person, number, _)) => Some(Ok((number?, person))),
            Err(error) => Some(Err(error)),
        }))
    }

    fn kanas(&self) -> Result<impl Iterator<Item = Result<(Id, u32), LinkError>>, LinkError> {
        let lines = Self::after(self.persons(), self.numbers)?;
        Ok(lines.map(|line| by_kana(line?)))
    }

    fn attached(&self) -> Result<impl Iterator<Item = Result<(Id, u32), LinkError>>, LinkError> {
        let lines = Self::after(self.files.as_ref().map(|(_, attached)| attached), 0)?;
        Ok(lines.map(|line| by_kana(line?)))
    }

    fn aliases(&self) -> &BTreeMap<u32, u32> {
        &self.aliases
    }

    fn extent(&self) -> (Option<u32>, u64) {
        (self.highest, self.kanas)
    }
}

fn by_kana((person, _, kana): Line) -> Result<(Id, u32), LinkError> {
    kana.map(|kana| (kana, person)).ok_or(LinkError::Previous)
}

/// The lines of a batch of the directory.
fn lines(batch: &RecordBatch) -> Result<Vec<Line>, LinkError> {
    let damaged = || LinkError::Previous;
    let persons = column(batch, PERSON).ok_or_else(damaged)?;
    let kanas = ids::fixed(batch, KANA_ID, ids::ID_BYTES).ok_or_else(damaged)?;
    let numbers = ids::fixed(batch, NUMBER_ID, ids::ID_BYTES);
    let line = |(row, person): (usize, &u32)| {
        let number = numbers.and_then(|numbers| ids::value(numbers, row));
        (*person, number, ids::value(kanas, row))
    };
    Ok(persons.values().iter().enumerate().map(line).collect())
}

/// Opens a file of the previous link that is still what that link wrote.
fn as_linked(file: &StoredFile) -> Result<ParquetSource, LinkError> {
    file.verify().map_err(|error| {
        if matches!(error, FileError::Changed { .. }) {
            LinkError::Previous
        } else {
            error.into()
        }
    })?;
    Ok(file.table()?)
}

fn column<'a>(batch: &'a RecordBatch, name: &str) -> Option<&'a UInt32Array> {
    batch.column_by_name(name)?.as_primitive_opt::<UInt32Type>()
}
