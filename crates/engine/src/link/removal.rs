//! Persons removed from the study at the producer's request: tables of IDs alone, whose persons are nobody in all others.

use renketsu_seal::vault::Entry;
use roaring::RoaringBitmap;

use super::state::KeyFile;
use super::{BITMAP, LinkError, LinkTable, Target};
use crate::directory::{KeySource as _, Resolution};

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

/// Who was removed, by the same rules by which a row is somebody's. Leaves the set of each removal as a file, for cohorts
/// that were saved before.
pub(super) fn removed(
    tables: &[LinkTable],
    keys: &[KeyFile],
    resolution: &Resolution,
    target: &Target<'_>,
    files: &mut Vec<Entry>,
) -> Result<RoaringBitmap, LinkError> {
    let mut all = RoaringBitmap::new();
    for (index, (table, keys)) in tables.iter().zip(keys).enumerate() {
        if !is_removal(table) {
            continue;
        }
        let mut persons = RoaringBitmap::new();
        for run in resolution.placed(index, keys.keys(0)?) {
            let (fate, _) = run?;
            persons.extend(fate.person());
        }
        let path = target.dir.join(format!("{}.persons", table.name));
        let label = target.shelf.name(&table.name, BITMAP, target.version);
        files.push(target.shelf.persons(&path, label, &persons)?);
        all |= persons;
    }
    Ok(all)
}
