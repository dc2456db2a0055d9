//! 連結: the persons of a study, and every table by person.
//!
//! A link is a directory of files that the study's catalogue names only when all of them are whole. It holds, per table,
//! `T.runs.parquet` (whose the rows of the table are), `T.linked.parquet` (the rows anew, only where the import's order
//! isn't that of persons) and `T.persons` (its persons, a Roaring bitmap), and the person directory that the next link
//! continues: `persons.parquet`, `attached.parquet`, `aliases.parquet`. Rows that belong to no person are counted by
//! reason and are in no run: SQL doesn't see them.

mod consistency;
mod fault;
mod overlap;
mod state;
mod write;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use renketsu_seal::vault::Entry;
use roaring::RoaringBitmap;

use crate::directory::{self, Changes, Directory, Fate, TableKeys, TablePersons};
use crate::import::Step;
use crate::report::{
    LINK_SCHEMA, LinkChanges, LinkReport, PersonStatus, RowStatus, TableReport, Unlinked,
};
use crate::shelf::{self, Shelf, StoredFile};
use consistency::Agreement;

pub use fault::LinkError;
pub use state::{ALIASES, ATTACHED, DIRECTORY, PERSONS};

/// File of the runs of a table.
pub const RUNS: &str = "runs";
/// File of rows that the link wrote anew.
pub const LINKED: &str = "linked";
/// File of the persons of a table.
pub const BITMAP: &str = "persons";

/// A table to link.
#[derive(Debug, Clone)]
pub struct LinkTable {
    /// Its name in SQL and of its files: a lower-case letter, then up to 62 lower-case letters, digits and `_`.
    pub name: String,
    /// The caller's word for what it is; the report repeats it.
    pub kind: String,
    /// The IDs that [`import`](crate::import::import) wrote.
    pub keys: StoredFile,
    /// The data columns it wrote; none if the table has IDs only.
    pub rows: Option<StoredFile>,
}

/// The person directory of an earlier link.
#[derive(Debug, Clone)]
pub struct Previous {
    /// Persons.
    pub persons: StoredFile,
    /// Kana IDs attached to persons with a number.
    pub attached: StoredFile,
    /// Numbers that are another name of a person.
    pub aliases: StoredFile,
}

/// Where a link goes, and how.
pub struct Target<'a> {
    /// The study's files.
    pub shelf: &'a Shelf,
    /// The link's version.
    pub version: u64,
    /// Its directory; it is made, and mustn't exist.
    pub dir: &'a Path,
    /// Bytes of memory for rows that have to be sorted.
    pub memory: u64,
    /// Is told how far the work is.
    pub watch: &'a dyn Fn(Step),
}

impl std::fmt::Debug for Target<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Target")
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

/// What a link leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkDone {
    /// What it found.
    pub report: LinkReport,
    /// Its files, for the study's catalogue.
    pub files: Vec<Entry>,
}

/// Links `tables`, continuing the person numbers of `previous`. Every file that is read is held against its digest first.
/// Whatever goes wrong, no file is left.
pub fn link(
    tables: &[LinkTable],
    previous: Option<&Previous>,
    target: &Target<'_>,
) -> Result<LinkDone, LinkError> {
    names(tables)?;
    shelf::own_dir(target.dir)?;
    let outcome = write_all(tables, previous, target);
    if outcome.is_err() {
        // Files that no catalogue names.
        fs::remove_dir_all(target.dir).unwrap_or_default();
    }
    outcome
}

fn write_all(
    tables: &[LinkTable],
    previous: Option<&Previous>,
    target: &Target<'_>,
) -> Result<LinkDone, LinkError> {
    let before = previous.map_or_else(|| Ok(Directory::default()), state::load)?;
    tables.iter().try_for_each(state::as_imported)?;
    let keys = tables
        .iter()
        .map(state::keys)
        .collect::<Result<Vec<TableKeys>, _>>()?;
    let resolution = directory::resolve(&keys, &before)
        .map_err(|directory::TooManyPersons| LinkError::Persons)?;
    drop(before);
    let mut files = state::store(target, &resolution.directory)?;
    let mut agreements = Agreement::all(tables)?;
    let mut reports = Vec::new();
    let mut bitmaps = Vec::new();
    for ((table, keys), persons) in tables.iter().zip(keys).zip(&resolution.tables) {
        let linked = Linked::of(&keys, persons);
        drop(keys);
        let runs = write::table(table, &linked.runs, target, &mut files)?;
        for agreement in &mut agreements {
            agreement.see(table, &runs)?;
        }
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
    for (name, persons) in &bitmaps {
        let path = target.dir.join(format!("{name}.persons"));
        let label = target.shelf.name(name, BITMAP, target.version);
        files.push(target.shelf.persons(&path, label, persons)?);
    }
    Ok(LinkDone { report, files })
}

/// Names that are no path, no other file of a link, and no surprise in SQL.
fn names(tables: &[LinkTable]) -> Result<(), LinkError> {
    let mut taken = BTreeSet::new();
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
    /// In import order: whose rows come next, and how many.
    runs: Vec<(Option<u32>, u64)>,
    all: RoaringBitmap,
    rows_by: RowStatus,
    persons_by: PersonStatus,
    unlinked: Unlinked,
}

impl Linked {
    fn of(keys: &TableKeys, persons: &TablePersons) -> Self {
        let mut runs = Vec::with_capacity(keys.numbered.len());
        let mut rows_by = RowStatus::default();
        let mut unlinked = Unlinked {
            no_id: keys.without,
            ..Unlinked::default()
        };
        for (run, person) in keys.numbered.iter().zip(&persons.numbered) {
            runs.push((Some(*person), run.rows));
            rows_by.number = rows_by.number.saturating_add(run.rows);
        }
        for (run, fate) in keys.kana_only.iter().zip(&persons.kana_only) {
            let (person, counter) = match fate {
                Fate::Attached(person) => (Some(*person), &mut rows_by.kana_attached),
                Fate::Person(person) => (Some(*person), &mut rows_by.kana_person),
                Fate::Ambiguous => (None, &mut unlinked.kana_ambiguous),
                Fate::NotUnique => (None, &mut unlinked.kana_not_unique),
            };
            runs.push((person, run.rows));
            *counter = counter.saturating_add(run.rows);
        }
        runs.push((None, keys.without));
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
            runs,
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
            rows: self.runs.iter().map(|(_, rows)| rows).sum(),
            rows_by: self.rows_by,
            unlinked: self.unlinked,
            persons: self.all.len(),
            persons_by: self.persons_by,
        }
    }
}
