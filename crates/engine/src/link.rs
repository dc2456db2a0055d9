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
mod removal;
mod state;
mod tally;
mod write;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use renketsu_seal::vault::Entry;
use roaring::RoaringBitmap;

use crate::directory::{self, KeySource as _, Resolution, Scratch};
use crate::import::{LEAST_MEMORY, Step};
use crate::report::{LINK_SCHEMA, LinkChanges, LinkReport};
use crate::shelf::{self, Shelf, StoredFile};
use consistency::Agreement;
use state::{EarlierFiles, KeyFile};
use tally::{Persons, Tally};

pub use fault::LinkError;
pub use removal::REMOVED;
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
    /// Who was removed by then, by table of the removal.
    pub removed: Vec<(String, StoredFile)>,
}

/// Where a link goes, and how.
pub struct Target<'a> {
    /// The study's files.
    pub shelf: &'a Shelf,
    /// The link's version.
    pub version: u64,
    /// Its directory; it is made, and mustn't exist.
    pub dir: &'a Path,
    /// Bytes of memory for what has to be sorted, rows and IDs.
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

impl Target<'_> {
    fn budget(&self) -> usize {
        usize::try_from(self.memory.max(LEAST_MEMORY)).unwrap_or(usize::MAX)
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
    shelf::own_dir(target.shelf.root(), target.dir)?;
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
    let earlier = EarlierFiles::open(previous)?;
    tables.iter().try_for_each(state::as_imported)?;
    let keys = tables
        .iter()
        .map(KeyFile::open)
        .collect::<Result<Vec<_>, _>>()?;
    let scratch = Scratch {
        dir: target.dir,
        memory: target.budget(),
    };
    let mut resolution = directory::resolve(&keys, &earlier, scratch)?;
    let mut files = state::store(target, &keys, &earlier, &mut resolution)?;
    let before = previous.map_or(&[][..], |previous| &previous.removed);
    let (removed, removals) =
        removal::removed(tables, &keys, (&resolution, before), target, &mut files)?;
    let linked = removal::others(tables);
    let mut agreements = Agreement::all(&linked)?;
    let mut tallies = Vec::new();
    for (index, (table, keys)) in tables.iter().zip(&keys).enumerate() {
        if removal::is_removal(table) {
            continue;
        }
        whole(table, resolution.rows(index))?;
        let mut tally = Tally::default();
        let by_import = resolution.placed(index, keys.keys(0)?).map(|run| {
            let (fate, rows) = run?;
            let person = fate.person();
            if person.is_some_and(|person| removed.contains(person)) {
                tally.removed(rows);
                return Ok((None, rows));
            }
            tally.see(fate, rows);
            Ok((person, rows))
        });
        let in_order = resolution.in_order(index)?;
        let placed = write::table(table, in_order, by_import, target, &mut files)?;
        for agreement in &mut agreements {
            agreement.see(table, &placed)?;
        }
        tallies.push(tally);
    }
    let everybody = tallies
        .iter()
        .fold(Persons::default(), |all, tally| all | &tally.persons);
    let bitmaps: Vec<(String, RoaringBitmap)> = linked
        .iter()
        .zip(&tallies)
        .map(|(table, tally)| (table.name.clone(), tally.persons.all()))
        .collect();
    for (name, persons) in &bitmaps {
        let path = target.dir.join(format!("{name}.persons"));
        let label = target.shelf.name(name, BITMAP, target.version);
        files.push(target.shelf.persons(&path, label, persons)?);
    }
    let report = LinkReport {
        persons: everybody.all().len(),
        persons_by_number: everybody.with_number().len(),
        persons_by_kana: everybody.kana.len(),
        schema: LINK_SCHEMA,
        tables: linked
            .iter()
            .zip(&tallies)
            .map(|(table, tally)| tally.report(table))
            .collect(),
        removals,
        overlaps: overlap::overlaps(&bitmaps),
        consistency: agreements.into_iter().map(Agreement::report).collect(),
        changes: changes(&resolution),
    };
    Ok(LinkDone { report, files })
}

/// The table's rows are as many as its keys say.
fn whole(table: &LinkTable, by_keys: u64) -> Result<(), LinkError> {
    let rows = table.rows.as_ref().map(StoredFile::table).transpose()?;
    if rows.is_some_and(|rows| rows.rows() != by_keys) {
        return Err(LinkError::Import {
            table: table.name.clone(),
        });
    }
    Ok(())
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

fn changes(resolution: &Resolution) -> LinkChanges {
    let changes = &resolution.changes;
    LinkChanges {
        appended: changes.appended,
        aliases: resolution.aliases.len() as u64,
        merged: changes.merged,
        undone_ambiguous: changes.undone_ambiguous,
        undone_not_unique: changes.undone_not_unique,
        undone_rows: changes.undone_rows,
        moved: changes.moved,
    }
}
