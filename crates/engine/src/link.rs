//! 連結: the persons of a study, and every table rewritten by person.
//!
//! A link is a directory that appears whole or not at all. It holds, per table, `NAME.parquet` (`person`, then the data
//! columns; only linked rows, ascending by person) and `NAME.roaring` (its persons), and the person directory that the
//! next link continues: `persons.parquet`, `attached.parquet`, `aliases.parquet`. Rows that belong to no person are
//! counted by reason and are in no table: SQL doesn't see them.

mod consistency;
mod fault;
mod overlap;
mod state;
mod write;

use std::collections::BTreeSet;
use std::fs;
use std::hash::{BuildHasher as _, RandomState};
use std::io;
use std::path::{Path, PathBuf};

use roaring::RoaringBitmap;

use crate::columnar::FileError;
use crate::directory::{self, Changes, Directory, Fate, TableKeys, TablePersons};
use crate::report::{
    LINK_SCHEMA, LinkChanges, LinkReport, PersonStatus, RowStatus, TableReport, Unlinked,
};
use consistency::Agreement;

pub use fault::LinkError;

/// A table to link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkTable {
    /// Its name in SQL and of its files: a lower-case letter, then up to 62 lower-case letters, digits and `_`.
    pub name: String,
    /// The caller's word for what it is; the report repeats it.
    pub kind: String,
    /// The file that [`import`](crate::import::import) wrote.
    pub file: PathBuf,
    /// SHA-256 that the import reported, in hexadecimal; another file in its place refuses the link.
    pub sha256: Option<String>,
}

/// The file of a linked table in a link's directory.
pub fn table_file(link: &Path, name: &str) -> PathBuf {
    link.join(format!("{name}.parquet"))
}

/// Links `tables` into the new directory `out`, continuing the person numbers of `previous` (an earlier link).
pub fn link(
    tables: &[LinkTable],
    previous: Option<&Path>,
    out: &Path,
) -> Result<LinkReport, LinkError> {
    names(tables)?;
    if fs::symlink_metadata(out).is_ok() {
        return Err(FileError::Exists {
            path: out.to_owned(),
        }
        .into());
    }
    let previous = previous.map_or_else(|| Ok(Directory::default()), state::load)?;
    tables.iter().try_for_each(state::as_imported)?;
    let keys = tables
        .iter()
        .map(state::keys)
        .collect::<Result<Vec<TableKeys>, _>>()?;
    let resolution = directory::resolve(&keys, &previous)
        .map_err(|directory::TooManyPersons| LinkError::Persons)?;
    let partial = Partial::create(out)?;
    state::store(&partial.path, &resolution.directory)?;
    let mut agreements = Agreement::all(tables)?;
    let mut reports = Vec::new();
    let mut bitmaps = Vec::new();
    for ((table, keys), persons) in tables.iter().zip(&keys).zip(&resolution.tables) {
        let linked = Linked::of(keys, persons);
        write::table(table, &linked.rows, &partial.path, &mut agreements)?;
        write::bitmap(&partial.path, &table.name, &linked.all)?;
        reports.push(linked.report(table));
        bitmaps.push((table.name.clone(), linked.all));
    }
    let report = LinkReport {
        persons: overlap::union(&bitmaps).len(),
        persons_by_number: overlap::union_of(&resolution.tables, number_persons),
        persons_by_kana: overlap::union_of(&resolution.tables, kana_persons),
        schema: LINK_SCHEMA,
        tables: reports,
        overlaps: overlap::overlaps(&bitmaps),
        consistency: agreements.into_iter().map(Agreement::report).collect(),
        changes: changes(resolution.changes, &resolution.directory),
    };
    partial.commit(out)?;
    Ok(report)
}

/// Names that are no path, no other file of a link, and no surprise in SQL.
fn names(tables: &[LinkTable]) -> Result<(), LinkError> {
    let mut taken = BTreeSet::from(state::FILES);
    for table in tables {
        let mut chars = table.name.chars();
        let first = chars.next().is_some_and(|c| c.is_ascii_lowercase());
        let rest = chars.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        if !first || !rest || table.name.len() > 63 || !taken.insert(&table.name) {
            return Err(LinkError::Name {
                table: table.name.clone(),
            });
        }
    }
    if tables.is_empty() {
        return Err(LinkError::NoTables);
    }
    Ok(())
}

fn changes(changes: Changes, directory: &Directory) -> LinkChanges {
    LinkChanges {
        appended: changes.appended,
        aliases: directory.aliases.len() as u64,
        merged: changes.merged,
        undone_ambiguous: changes.undone_ambiguous,
        undone_not_unique: changes.undone_not_unique,
        undone_rows: changes.undone_rows,
        moved: changes.moved,
    }
}

fn number_persons(persons: &TablePersons) -> Vec<u32> {
    let attached = persons.kana_only.iter().filter_map(|fate| match fate {
        Fate::Attached(person) => Some(*person),
        Fate::Ambiguous | Fate::NotUnique | Fate::Person(_) => None,
    });
    persons.numbered.iter().copied().chain(attached).collect()
}

fn kana_persons(persons: &TablePersons) -> Vec<u32> {
    let kana = persons.kana_only.iter().filter_map(|fate| match fate {
        Fate::Person(person) => Some(*person),
        Fate::Ambiguous | Fate::Attached(_) | Fate::NotUnique => None,
    });
    kana.collect()
}

/// The persons of one table's rows.
struct Linked {
    /// Person of each row, in import order.
    rows: Vec<Option<u32>>,
    all: RoaringBitmap,
    rows_by: RowStatus,
    persons_by: PersonStatus,
    unlinked: Unlinked,
}

impl Linked {
    fn of(keys: &TableKeys, persons: &TablePersons) -> Self {
        let mut rows = Vec::new();
        let mut rows_by = RowStatus::default();
        let mut unlinked = Unlinked {
            no_id: keys.without,
            ..Unlinked::default()
        };
        let mut push = |person: Option<u32>, count: u64| {
            let length = rows
                .len()
                .saturating_add(usize::try_from(count).unwrap_or(usize::MAX));
            rows.resize(length, person);
        };
        for (run, person) in keys.numbered.iter().zip(&persons.numbered) {
            push(Some(*person), run.rows);
            rows_by.number = rows_by.number.saturating_add(run.rows);
        }
        for (run, fate) in keys.kana_only.iter().zip(&persons.kana_only) {
            let (person, counter) = match fate {
                Fate::Attached(person) => (Some(*person), &mut rows_by.kana_attached),
                Fate::Person(person) => (Some(*person), &mut rows_by.kana_person),
                Fate::Ambiguous => (None, &mut unlinked.kana_ambiguous),
                Fate::NotUnique => (None, &mut unlinked.kana_not_unique),
            };
            push(person, run.rows);
            *counter = counter.saturating_add(run.rows);
        }
        push(None, keys.without);
        let by_number: RoaringBitmap = persons.numbered.iter().copied().collect();
        let kana: RoaringBitmap = kana_persons(persons).into_iter().collect();
        let all: RoaringBitmap = number_persons(persons)
            .into_iter()
            .collect::<RoaringBitmap>()
            | &kana;
        let persons_by = PersonStatus {
            number: by_number.len(),
            kana_attached: all
                .len()
                .saturating_sub(all.intersection_len(&(by_number.clone() | &kana))),
            kana_person: kana.len(),
        };
        Self {
            rows,
            all,
            rows_by,
            persons_by,
            unlinked,
        }
    }

    fn report(&self, table: &LinkTable) -> TableReport {
        TableReport {
            name: table.name.clone(),
            kind: table.kind.clone(),
            rows: self.rows.len() as u64,
            rows_by: self.rows_by,
            unlinked: self.unlinked,
            persons: self.all.len(),
            persons_by: self.persons_by,
        }
    }
}

/// A directory without its final name; dropped, it is removed.
struct Partial {
    path: PathBuf,
    kept: bool,
}

impl Partial {
    fn create(out: &Path) -> Result<Self, FileError> {
        let name = out
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        // A name of its own, so that two links at once don't write into one directory.
        let random = RandomState::new().hash_one(&name);
        let path = out.with_file_name(format!(".{name}.{random:016x}.partial"));
        if let Some(parent) = out.parent() {
            fs::create_dir_all(parent).map_err(|source| FileError::at(parent, source))?;
        }
        let mut builder = fs::DirBuilder::new();
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder
            .create(&path)
            .map_err(|source| FileError::at(&path, source))?;
        Ok(Self { path, kept: false })
    }

    fn commit(mut self, out: &Path) -> Result<(), FileError> {
        let io = |source| FileError::at(out, source);
        let sync = |dir: &Path| fs::File::open(dir).and_then(|dir| dir.sync_all());
        sync(&self.path).map_err(io)?;
        fs::rename(&self.path, out).map_err(|source| {
            if source.kind() == io::ErrorKind::DirectoryNotEmpty {
                // Another link came first.
                let path = out.to_owned();
                FileError::Exists { path }
            } else {
                io(source)
            }
        })?;
        self.kept = true;
        let parent = out.parent().filter(|parent| !parent.as_os_str().is_empty());
        sync(parent.unwrap_or(Path::new("."))).map_err(io)
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if !self.kept {
            // Best effort: nothing reads it.
            fs::remove_dir_all(&self.path).unwrap_or_default();
        }
    }
}
