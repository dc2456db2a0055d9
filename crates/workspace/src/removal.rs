//! Removing persons from a study at the producer's request (docs/decisions/0017).
//!
//! What comes is a package of IDs alone. It becomes a table of its own kind, sealed in the vault like any other; the next link
//! finds its persons by the rules by which a row is somebody's, and makes their rows nobody's in every table, those
//! imported later too. Until then the study answers no question.

use std::path::Path;

use jiff::Timestamp;
use renketsu_seal::vault::VaultKey;
use renketsu_seal::{PartyKeys, Trust};
use renketsu_store::{Store, StoreError};

use crate::engine::{LinkEngine, Step};
use crate::import::{Import, ImportError, Imported, PlainExtract, Standing, import, is_sealed};
use crate::kind::TableKind;

/// The one table of a removal.
pub const REMOVAL_TABLE: &str = "removed";

/// A removal that is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Removal<'a> {
    /// The party's directory.
    pub dir: &'a Path,
    /// The study.
    pub study: &'a str,
    /// The package.
    pub file: &'a Path,
    /// Bytes of memory for IDs.
    pub memory: u64,
}

/// Takes a removal into a study. On any error nothing of it remains.
pub fn remove_persons<L: LinkEngine>(
    store: &mut Store,
    vault: &VaultKey,
    keys: (&PartyKeys, &Trust),
    engine: &L,
    removal: Removal<'_>,
    watch: &dyn Fn(Step),
    now: Timestamp,
) -> Result<Imported<L::ImportReport>, ImportError<L::Error>> {
    if !is_sealed(removal.file) {
        return Err(ImportError::RemovalPlain {
            path: removal.file.to_owned(),
        });
    }
    let table = free_name(store, removal.study)?;
    let ask = Import {
        dir: removal.dir,
        study: removal.study,
        table: &table,
        package_table: Some(REMOVAL_TABLE),
        kind: TableKind::Removed,
        file: removal.file,
        ids: None,
        plain: PlainExtract::default(),
        reference: None,
        keep: Vec::new(),
        standing: Standing::New,
        memory: removal.memory,
    };
    import(store, vault, Some(keys), engine, &ask, watch, now)
}

/// `removed_1`, or the first number after it that neither a table nor a cohort has.
fn free_name(store: &Store, study: &str) -> Result<String, StoreError> {
    let tables = store.tables(study)?;
    let cohorts = store.cohorts(study)?;
    let taken = |name: &String| {
        tables.iter().any(|table| table.name == *name)
            || cohorts.iter().any(|cohort| cohort.name == *name)
    };
    let name = |number: u64| format!("{REMOVAL_TABLE}_{number}");
    // Of one name more than there are tables and cohorts, one is free.
    let most = tables.len().saturating_add(cohorts.len()).saturating_add(1);
    let last = u64::try_from(most).unwrap_or(u64::MAX);
    Ok((1..last)
        .map(name)
        .find(|name| !taken(name))
        .unwrap_or_else(|| name(last)))
}
