//! Linking the tables of a study (clause 3.join).

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use renketsu_seal::vault::{Entry, OpenStudy, VaultKey};
use renketsu_store::{Event, LinkRecord, Store, StoreError, TableRecord};
use serde_json::json;

use crate::engine::{LinkEngine, LinkTable, Output, Stage, Step};
use crate::kind::TableKind;
use crate::place;
use crate::vault::{StudyVaultError, commit, open_study};

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
    /// The study could not be opened.
    #[error(transparent)]
    Vault(#[from] StudyVaultError),
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
            Self::Vault(error) => error.code(),
        })
    }

    /// Named values for the message catalogue; none for the engine's own errors.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::NoStudy { study } | Self::NoTables { study } => vec![("study", study.clone())],
            Self::Io { path, .. } => vec![("path", path.display().to_string())],
            Self::Engine(_) => Vec::new(),
            Self::Store(error) => error.details(),
            Self::Vault(error) => error.details(),
        }
    }

    /// The exit code of a command that ends with this error; `Err` holds the engine's error, which has its own.
    pub fn exit(&self) -> Result<u8, &E> {
        Ok(match self {
            Self::NoStudy { .. } | Self::NoTables { .. } => 2,
            Self::Io { .. } => 3,
            Self::Engine(error) => return Err(error),
            Self::Store(error) => error.exit(),
            Self::Vault(error) => error.exit(),
        })
    }
}

/// A link that is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Link<'a> {
    /// The party's directory.
    pub dir: &'a Path,
    /// The study.
    pub study: &'a str,
    /// Bytes of memory for rows that have to be sorted.
    pub memory: u64,
}

/// Links the latest version of every table of a study, as the next version of its link.
///
/// The version stands once the state names it; a directory without a row there is left over and is replaced.
pub fn link<L: LinkEngine>(
    store: &mut Store,
    vault: &VaultKey,
    engine: &L,
    ask: Link<'_>,
    watch: &dyn Fn(Step),
    now: Timestamp,
) -> Result<(u64, L::LinkReport), LinkError<L::Error>> {
    let Link { dir, study, memory } = ask;
    store.not_halted()?;
    if store.study(study)?.is_none() {
        return Err(LinkError::NoStudy {
            study: study.to_owned(),
        });
    }
    let astray = |(path, source)| LinkError::Io { path, source };
    let links = dir.join("studies").join(study).join("links");
    place::reachable(dir, &links).map_err(astray)?;
    let _held = place::lock(dir, study).map_err(|source| LinkError::Io {
        path: dir.join("studies").join(study),
        source,
    })?;
    let open = Arc::new(open_study(store, vault, study)?);
    let tables = store.tables(study)?;
    let asked: Vec<LinkTable> = tables.iter().filter_map(to_link).collect();
    if asked.iter().all(|table| table.kind == TableKind::Removed) {
        return Err(LinkError::NoTables {
            study: study.to_owned(),
        });
    }
    let previous = store.link(study)?.map(|link| link.version);
    let version = previous.unwrap_or(0).saturating_add(1);
    let directory = format!("studies/{study}/links/{version}");
    let out = dir.join(&directory);
    let io = |source| LinkError::Io {
        path: out.clone(),
        source,
    };
    place::reachable(dir, &out).map_err(astray)?;
    place::make_room(&out).map_err(io)?;
    let target = Output {
        root: dir,
        study: &open,
        version,
        dir: &out,
        memory,
        watch,
    };
    let done = engine
        .link(&asked, previous, &target)
        .map_err(LinkError::Engine)
        .and_then(|written| {
            place::settle(dir, &out).map_err(io)?;
            watch(Step {
                stage: Stage::Recording,
                rows: 0,
                of: None,
            });
            let record = LinkRecord {
                study: study.to_owned(),
                version,
                directory,
                tables: names(&tables),
                report: serde_json::to_value(&written.report).unwrap_or_default(),
                linked_at: now,
            };
            put(store, &open, &written.files, &record)?;
            Ok(written.report)
        });
    let report = done.inspect_err(|_| {
        let _unused = place::clear(&out);
    })?;
    Ok((version, report))
}

fn to_link(table: &TableRecord) -> Option<LinkTable> {
    let kind = table.kind.parse().ok()?;
    (kind != TableKind::Reference).then(|| LinkTable {
        name: table.name.clone(),
        kind,
        version: table.version,
    })
}

/// What SQL sees from this link on: the reference tables as they stand too.
fn names(tables: &[TableRecord]) -> serde_json::Value {
    tables
        .iter()
        .map(|table| json!({"name": table.name, "version": table.version, "kind": table.kind}))
        .collect()
}

/// The link, its files and the event, all or nothing.
fn put(
    store: &mut Store,
    study: &OpenStudy,
    files: &[Entry],
    record: &LinkRecord,
) -> Result<(), StudyVaultError> {
    let txn = store.begin()?;
    txn.link(record)?;
    let event = Event::new("study.linked", &record.study, record.linked_at)
        .with("version", record.version)
        .with("tables", record.tables.clone())
        .with("report", record.report.clone());
    commit(txn, study, files, event)
}
