//! What the tables of a study hold, for people: columns, what their source says of them, code lists.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use renketsu_access::{Permit, act};
use renketsu_seal::vault::{FileName, OpenStudy, VaultError, VaultKey};
use renketsu_store::{Store, StoreError, TableRecord};
use serde::{Deserialize, Serialize};

use crate::accounts::Acting;
use crate::vault::{StudyVaultError, open_study};

/// The engine's file of what a source says of its columns.
const LABELS: &str = "labels";

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CatalogueColumn {
    /// Its name in SQL.
    pub name: String,
    /// Its type.
    pub kind: String,
    /// Its name in words, as the source has it.
    pub label: Option<String>,
    /// The unit of its numbers.
    pub unit: Option<String>,
    /// Values as they are written, and what each means.
    pub codes: Vec<(String, String)>,
    /// Rows without a value; `None` where the import didn't count them.
    pub missing: Option<u64>,
}

/// A table of a study.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CatalogueTable {
    /// Its name in SQL.
    pub name: String,
    /// What it is, as the state says it.
    pub kind: String,
    /// Its latest version.
    pub version: u64,
    /// The version that the last link took.
    pub linked: Option<u64>,
    /// Of a reference table: whether a second person confirmed that it holds no person.
    pub approved: Option<bool>,
    /// Its rows.
    pub rows: u64,
    /// When it was imported.
    pub imported_at: Timestamp,
    /// Its data columns.
    pub columns: Vec<CatalogueColumn>,
}

/// Why a catalogue can't be shown.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// What a source said of its columns can't be read.
    #[error("`{path}` cannot be read")]
    Io {
        /// The path.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// It isn't what was written.
    #[error("`{path}` was changed")]
    Changed {
        /// The path.
        path: PathBuf,
    },
    /// The state refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The study could not be opened.
    #[error(transparent)]
    Study(#[from] StudyVaultError),
    /// The vault refused.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

impl CatalogueError {
    /// Every code with the names of its details.
    pub const CODES: &[(&str, &[&str])] = &[
        ("workspace.catalogue.io", &["path"]),
        ("workspace.catalogue.changed", &["path"]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Io { .. } => "workspace.catalogue.io",
            Self::Changed { .. } => "workspace.catalogue.changed",
            Self::Store(error) => error.code(),
            Self::Study(error) => error.code(),
            Self::Vault(error) => error.code(),
        }
    }

    /// Named values for the message catalogue.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Io { path, .. } | Self::Changed { path } => {
                vec![("path", path.display().to_string())]
            }
            Self::Store(error) => error.details(),
            Self::Study(error) => error.details(),
            Self::Vault(error) => error.details(),
        }
    }
}

/// The tables of a study that SQL can see or will see after the next link. Who looked is in the record before anybody sees it.
pub fn catalogue(
    permit: Permit<act::CatalogueView>,
    store: &mut Store,
    vault: &VaultKey,
    dir: &Path,
    acting: &Acting,
    now: Timestamp,
) -> Result<Vec<CatalogueTable>, CatalogueError> {
    let study = permit.object().study().map(|study| study.id.to_string());
    let tables = tables(permit, store, vault, dir)?;
    if let Some(study) = study {
        let event = acting.event("catalogue.viewed", &study, now);
        store.begin()?.commit(&event.with("tables", tables.len()))?;
    }
    Ok(tables)
}

/// The same, for what records by itself who sees it.
pub fn tables(
    permit: Permit<act::CatalogueView>,
    store: &Store,
    vault: &VaultKey,
    dir: &Path,
) -> Result<Vec<CatalogueTable>, CatalogueError> {
    let Some(study) = permit.object().study().map(|study| study.id.to_string()) else {
        return Ok(Vec::new());
    };
    drop(permit);
    let open = open_study(store, vault, &study)?;
    let linked = store.link(&study)?.map_or_else(BTreeMap::new, |link| {
        let tables = link.tables.as_array().cloned().unwrap_or_default();
        tables
            .iter()
            .filter_map(|table| {
                let name = table.get("name")?.as_str()?;
                Some((name.to_owned(), table.get("version")?.as_u64()?))
            })
            .collect()
    });
    let mut tables = Vec::new();
    for table in store.tables(&study)? {
        let labels = labels(&open, dir, &table)?;
        tables.push(described(table, &linked, labels));
    }
    Ok(tables)
}

/// What a source says of a column.
#[derive(Debug, Default, Deserialize)]
struct Said {
    label: Option<String>,
    unit: Option<String>,
    #[serde(default)]
    codes: Vec<(String, String)>,
}

/// What the engine's import says of a table.
#[derive(Debug, Default, Deserialize)]
struct Report {
    #[serde(default)]
    rows: u64,
    #[serde(default)]
    columns: Vec<Column>,
}

/// A column there.
#[derive(Debug, Deserialize)]
struct Column {
    name: String,
    kind: String,
    missing: Option<u64>,
}

/// Reads what the source of a table says of its columns; most say nothing.
fn labels(
    open: &OpenStudy,
    dir: &Path,
    table: &TableRecord,
) -> Result<BTreeMap<String, Said>, CatalogueError> {
    let name = FileName {
        study: table.study.clone(),
        table: table.name.clone(),
        file: LABELS.to_owned(),
        version: table.version,
    };
    let Some(entry) = open.entry(&name) else {
        return Ok(BTreeMap::new());
    };
    let path = dir.join(&entry.path);
    let sealed = std::fs::read(&path).map_err(|source| CatalogueError::Io {
        path: path.clone(),
        source,
    })?;
    let content = open.key(&name)?.open(&sealed)?;
    serde_json::from_slice(&content).map_err(|_| CatalogueError::Changed { path })
}

fn described(
    table: TableRecord,
    linked: &BTreeMap<String, u64>,
    mut labels: BTreeMap<String, Said>,
) -> CatalogueTable {
    let Report { rows, columns } = serde_json::from_value(table.report).unwrap_or_default();
    let columns = columns.into_iter().map(|column| {
        let Said { label, unit, codes } = labels.remove(&column.name).unwrap_or_default();
        CatalogueColumn {
            name: column.name,
            kind: column.kind,
            label,
            unit,
            codes,
            missing: column.missing,
        }
    });
    CatalogueTable {
        columns: columns.collect(),
        linked: linked.get(&table.name).copied(),
        approved: table
            .reference
            .map(|reference| reference.approved_by.is_some()),
        rows,
        name: table.name,
        kind: table.kind,
        version: table.version,
        imported_at: table.imported_at,
    }
}
