//! Linking the tables of a study (clause 3.join), and finding the linked tables to ask.

use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use renketsu_store::{Event, LinkRecord, Store, StoreError, TableRecord};
use serde_json::json;

use crate::engine::{LinkEngine, LinkTable};
use crate::import::{lock, make_room};
use crate::kind::TableKind;

/// Why a study was not linked.
#[derive(Debug, thiserror::Error)]
pub enum LinkError<E: std::error::Error + 'static> {
    /// There is no such study.
    #[error("there is no study `{study}`")]
    NoStudy {
        /// Its name.
        study: String,
    },
    /// The study has no person-level table.
    #[error("study `{study}` has no table to link")]
    NoTables {
        /// Its name.
        study: String,
    },
    /// The study's directory could not be written.
    #[error("`{path}` cannot be written")]
    Io {
        /// The path.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The engine refused or failed.
    #[error("the engine did not link")]
    Engine(#[source] E),
    /// The state refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl<E: std::error::Error + 'static> LinkError<E> {
    /// Every code with the names of its details.
    pub const CODES: &[(&str, &[&str])] = &[
        ("workspace.link.no_study", &["study"]),
        ("workspace.link.no_tables", &["study"]),
        ("workspace.link.io", &["path"]),
    ];

    /// The stable code; `Err` holds the engine's error, which has its own.
    pub fn code(&self) -> Result<&'static str, &E> {
        Ok(match self {
            Self::NoStudy { .. } => "workspace.link.no_study",
            Self::NoTables { .. } => "workspace.link.no_tables",
            Self::Io { .. } => "workspace.link.io",
            Self::Engine(error) => return Err(error),
            Self::Store(error) => error.code(),
        })
    }

    /// Named values for the message catalogue; none for the engine's own errors.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::NoStudy { study } | Self::NoTables { study } => vec![("study", study.clone())],
            Self::Io { path, .. } => vec![("path", path.display().to_string())],
            Self::Engine(_) => Vec::new(),
            Self::Store(error) => error.details(),
        }
    }

    /// The exit code of a command that ends with this error; `Err` holds the engine's error, which has its own.
    pub fn exit(&self) -> Result<u8, &E> {
        Ok(match self {
            Self::NoStudy { .. } | Self::NoTables { .. } => 2,
            Self::Io { .. } => 3,
            Self::Engine(error) => return Err(error),
            Self::Store(error) => error.exit(),
        })
    }
}

/// Links the latest version of every table of a study, as the next version of its link.
///
/// The version stands once the state names it; a directory without a row there is left over and is replaced.
pub fn link<L: LinkEngine>(
    store: &mut Store,
    engine: &L,
    dir: &Path,
    study: &str,
    now: Timestamp,
) -> Result<(u64, L::LinkReport), LinkError<L::Error>> {
    if store.study(study)?.is_none() {
        return Err(LinkError::NoStudy {
            study: study.to_owned(),
        });
    }
    let _held = lock(dir, study).map_err(|source| LinkError::Io {
        path: dir.join("studies").join(study),
        source,
    })?;
    let tables = store.tables(study)?;
    let previous = store.link(study)?;
    let version = previous
        .as_ref()
        .map_or(1, |link| link.version.saturating_add(1));
    let directory = format!("studies/{study}/links/{version}");
    let out = dir.join(&directory);
    let io = |source| LinkError::Io {
        path: out.clone(),
        source,
    };
    make_room(&out).map_err(io)?;

    let asked: Vec<LinkTable> = tables
        .iter()
        .filter_map(|table| {
            let kind = table
                .kind
                .parse()
                .ok()
                .filter(|kind| *kind != TableKind::Reference)?;
            Some(LinkTable {
                name: table.name.clone(),
                kind,
                import: dir.join(&table.directory),
                sha256: table
                    .report
                    .get("sha256")
                    .and_then(|digest| digest.as_str())
                    .map(str::to_owned),
            })
        })
        .collect();
    if asked.is_empty() {
        return Err(LinkError::NoTables {
            study: study.to_owned(),
        });
    }
    let before = previous.map(|link| dir.join(link.directory));
    let done = engine
        .link(&asked, before.as_deref(), &out)
        .map_err(LinkError::Engine)
        .and_then(|report| {
            record(store, study, version, directory, &tables, &report, now)?;
            Ok(report)
        });
    let report = done.inspect_err(|_| {
        let _unused = std::fs::remove_dir_all(&out);
    })?;
    Ok((version, report))
}

fn record<R: serde::Serialize>(
    store: &mut Store,
    study: &str,
    version: u64,
    directory: String,
    tables: &[TableRecord],
    report: &R,
    now: Timestamp,
) -> Result<(), StoreError> {
    let report = serde_json::to_value(report).unwrap_or_default();
    let tables: serde_json::Value = tables
        .iter()
        .map(|table| json!({"name": table.name, "version": table.version, "kind": table.kind}))
        .collect();
    let txn = store.begin()?;
    txn.link(&LinkRecord {
        study: study.to_owned(),
        version,
        directory,
        tables: tables.clone(),
        report: report.clone(),
        linked_at: now,
    })?;
    txn.commit(
        &Event::new("study.linked", study, now)
            .with("version", version)
            .with("tables", tables)
            .with("report", report),
    )
}

/// A table that can be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkedTable {
    /// Its name in SQL.
    pub name: String,
    /// What it is; the rows of all but reference tables carry `person`.
    pub kind: TableKind,
    /// The directory its import was written to.
    pub import: PathBuf,
}

/// The linked tables of a study.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Linked {
    /// The version of the link; results name it.
    pub version: u64,
    /// Where its files lie.
    pub directory: PathBuf,
    /// Its tables.
    pub tables: Vec<LinkedTable>,
}

/// Why a study cannot be asked.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// There is no such study.
    #[error("there is no study `{study}`")]
    NoStudy {
        /// Its name.
        study: String,
    },
    /// It was never linked.
    #[error("study `{study}` is not linked yet")]
    NotLinked {
        /// Its name.
        study: String,
    },
    /// The state refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AskError {
    /// Every code with the names of its details.
    pub const CODES: &[(&str, &[&str])] = &[
        ("workspace.ask.no_study", &["study"]),
        ("workspace.ask.not_linked", &["study"]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoStudy { .. } => "workspace.ask.no_study",
            Self::NotLinked { .. } => "workspace.ask.not_linked",
            Self::Store(error) => error.code(),
        }
    }

    /// Named values for the message catalogue.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::NoStudy { study } | Self::NotLinked { study } => vec![("study", study.clone())],
            Self::Store(error) => error.details(),
        }
    }

    /// The exit code of a command that ends with this error.
    pub fn exit(&self) -> u8 {
        match self {
            Self::NoStudy { .. } | Self::NotLinked { .. } => 2,
            Self::Store(error) => error.exit(),
        }
    }
}

/// The tables of the latest link of a study. Tables imported since are not among them until it is linked again.
pub fn linked(store: &Store, dir: &Path, study: &str) -> Result<Linked, AskError> {
    if store.study(study)?.is_none() {
        return Err(AskError::NoStudy {
            study: study.to_owned(),
        });
    }
    let link = store.link(study)?.ok_or_else(|| AskError::NotLinked {
        study: study.to_owned(),
    })?;
    let in_link = |table: &TableRecord| {
        link.tables.as_array().is_some_and(|named| {
            named.iter().any(|entry| {
                entry["name"] == table.name.as_str() && entry["version"] == table.version
            })
        })
    };
    let tables = store
        .tables(study)?
        .iter()
        .filter(|table| in_link(table))
        .filter_map(|table| {
            let kind = table.kind.parse().ok()?;
            Some(LinkedTable {
                name: table.name.clone(),
                kind,
                import: dir.join(&table.directory),
            })
        })
        .collect();
    Ok(Linked {
        version: link.version,
        directory: dir.join(&link.directory),
        tables,
    })
}
