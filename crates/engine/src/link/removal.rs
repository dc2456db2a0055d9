//! Persons removed from the study at the producer's request: tables of IDs alone, whose persons are nobody in all others.

use std::collections::BTreeMap;

use renketsu_seal::vault::Entry;
use roaring::RoaringBitmap;

use super::state::KeyFile;
use super::{BITMAP, LinkError, LinkTable, Target};
use crate::directory::{KeySource as _, Resolution};
use crate::report::RemovalReport;
use crate::shelf::StoredFile;

/// The kind of a table that names removed persons. It is no table of the link: SQL doesn't see it.
pub const REMOVED: &str = "removed";

pub(super) fn is_removal(table: &LinkTable) -> bool {
    table.kind == REMOVED
}

/// The tables whose rows are linked.
pub(super) fn others(tables: &[LinkTable]) -> Vec<LinkTable> {
    let linked = tables.iter().filter(|table| !is_removal(table));
    linked.cloned().collect()
}

/// Who was removed, by the same rules by which a row is somebody's, and who was before: a name that several persons bear since
/// then brings nobody back. Leaves the set of each removal as a file, for cohorts that were saved before.
pub(super) fn removed(
    tables: &[LinkTable],
    keys: &[KeyFile],
    (resolution, before): (&Resolution, &[(String, StoredFile)]),
    target: &Target<'_>,
    files: &mut Vec<Entry>,
) -> Result<(RoaringBitmap, Vec<RemovalReport>), LinkError> {
    let mut all = RoaringBitmap::new();
    let mut reports = Vec::new();
    for (index, (table, keys)) in tables.iter().zip(keys).enumerate() {
        if !is_removal(table) {
            continue;
        }
        let mut persons = RoaringBitmap::new();
        let mut report = RemovalReport {
            name: table.name.clone(),
            rows: 0,
            persons: 0,
            nobody: 0,
        };
        for run in resolution.placed(index, keys.keys(0)?) {
            let (fate, rows) = run?;
            report.rows = report.rows.saturating_add(rows);
            match fate.person() {
                Some(person) => persons.extend(Some(person)),
                None => report.nobody = report.nobody.saturating_add(rows),
            }
        }
        for (_, file) in before.iter().filter(|(name, _)| *name == table.name) {
            file.verify()?;
            let earlier = file.persons()?;
            persons.extend(
                earlier
                    .iter()
                    .map(|person| now(&resolution.aliases, person)),
            );
        }
        report.persons = persons.len();
        let path = target.dir.join(format!("{}.persons", table.name));
        let label = target.shelf.name(&table.name, BITMAP, target.version);
        files.push(target.shelf.persons(&path, label, &persons)?);
        all |= persons;
        reports.push(report);
    }
    Ok((all, reports))
}

/// The number a person has now who had this one.
fn now(aliases: &BTreeMap<u32, u32>, mut person: u32) -> u32 {
    // Each alias leads to a number that was given before it or survives it: there is no circle of more than all of them.
    for _ in 0..aliases.len() {
        match aliases.get(&person) {
            Some(survivor) if *survivor != person => person = *survivor,
            Some(_) | None => break,
        }
    }
    person
}
