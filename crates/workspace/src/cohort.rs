//! Cohorts: named, versioned sets of persons, usable as a table with the one column `person`.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use renketsu_seal::vault::{Entry, VaultKey};
use renketsu_store::{CohortRecord, Event, Store, StoreError};

use crate::ask::{AskError, Linked, linked};
use crate::name::{self, NameError};
use crate::place;
use crate::vault::{StudyVaultError, commit};

/// Why a cohort was not saved.
#[derive(Debug, thiserror::Error)]
pub enum CohortError<E: std::error::Error + 'static> {
    /// The study can't be asked.
    #[error(transparent)]
    Ask(#[from] AskError),
    /// The engine refused or failed.
    #[error("the engine gave no cohort")]
    Engine(#[source] E),
    /// The study's directory could not be written.
    #[error("`{path}` cannot be written")]
    Io {
        /// The path.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The name does not fit.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The state refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A table of the study has the name.
    #[error("the study has a table `{name}`")]
    Table {
        /// The name.
        name: String,
    },
    /// The catalogue could not be changed.
    #[error(transparent)]
    Vault(#[from] StudyVaultError),
}

impl<E: std::error::Error + 'static> CohortError<E> {
    /// Every code with the names of its details.
    pub const CODES: &[(&str, &[&str])] = &[
        ("workspace.cohort.io", &["path"]),
        ("workspace.cohort.table", &["name"]),
    ];

    /// The stable code; `Err` holds the engine's error, which has its own.
    pub fn code(&self) -> Result<&'static str, &E> {
        Ok(match self {
            Self::Ask(error) => error.code(),
            Self::Engine(error) => return Err(error),
            Self::Io { .. } => "workspace.cohort.io",
            Self::Name(error) => error.code(),
            Self::Store(error) => error.code(),
            Self::Table { .. } => "workspace.cohort.table",
            Self::Vault(error) => error.code(),
        })
    }

    /// Named values for the message catalogue; none for the engine's own errors.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Ask(error) => error.details(),
            Self::Engine(_) => Vec::new(),
            Self::Io { path, .. } => vec![("path", path.display().to_string())],
            Self::Name(error) => error.details(),
            Self::Store(error) => error.details(),
            Self::Table { name } => vec![("name", name.clone())],
            Self::Vault(error) => error.details(),
        }
    }

    /// The exit code of a command that ends with this error; `Err` holds the engine's error, which has its own.
    pub fn exit(&self) -> Result<u8, &E> {
        Ok(match self {
            Self::Ask(error) => error.exit(),
            Self::Engine(error) => return Err(error),
            Self::Io { .. } => 3,
            Self::Name(error) => error.exit(),
            Self::Store(error) => error.exit(),
            Self::Table { .. } => 1,
            Self::Vault(error) => error.exit(),
        })
    }
}

/// A cohort to be saved.
#[derive(Debug, Clone, Copy)]
pub struct NewCohort<'a> {
    /// The party's directory.
    pub dir: &'a Path,
    /// The study.
    pub study: &'a str,
    /// The cohort's name.
    pub name: &'a str,
}

/// Where the engine writes a cohort.
#[derive(Debug, Clone, Copy)]
pub struct CohortFile<'a> {
    /// The file, which is not there.
    pub path: &'a Path,
    /// The cohort's name.
    pub name: &'a str,
    /// Its version.
    pub version: u64,
}

/// Saves the persons that `work` finds among the linked tables as the next version of a cohort. `work` writes the file
/// and says how many persons are in it.
pub fn save_cohort<E: std::error::Error + 'static>(
    store: &mut Store,
    vault: &VaultKey,
    ask: NewCohort<'_>,
    work: impl FnOnce(&Linked, CohortFile<'_>) -> Result<(Entry, u64), E>,
    now: Timestamp,
) -> Result<CohortRecord, CohortError<E>> {
    let NewCohort { dir, study, name } = ask;
    name::cohort(name)?;
    if store.study(study)?.is_none() {
        return Err(AskError::NoStudy {
            study: study.to_owned(),
        }
        .into());
    }
    let studies = dir.join("studies").join(study);
    let io = |source| CohortError::Io {
        path: studies.clone(),
        source,
    };
    let astray = |(path, source)| CohortError::Io { path, source };
    place::reachable(dir, &studies.join("cohorts")).map_err(astray)?;
    let _held = place::lock(dir, study).map_err(io)?;
    let linked = linked(store, vault, study)?;
    if store.tables(study)?.iter().any(|table| table.name == name) {
        return Err(CohortError::Table {
            name: name.to_owned(),
        });
    }
    let standing = latest(store, study)?
        .into_iter()
        .find(|cohort| cohort.name == name);
    let version = standing.map_or(1, |cohort| cohort.version.saturating_add(1));
    let path = studies.join("cohorts").join(format!("{name}.{version}"));
    place::reachable(dir, &path).map_err(astray)?;
    place::make_room(&path).map_err(io)?;
    let file = CohortFile {
        path: &path,
        name,
        version,
    };
    let done = work(&linked, file)
        .map_err(CohortError::Engine)
        .and_then(|(entry, persons)| {
            place::settle(dir, &path).map_err(io)?;
            let record = CohortRecord {
                study: study.to_owned(),
                name: name.to_owned(),
                version,
                persons,
                link: linked.version,
                made_at: now,
            };
            put(store, &linked, &entry, &record)?;
            Ok(record)
        });
    done.inspect_err(|_| {
        let _unused = place::clear(&path);
    })
}

fn put(
    store: &mut Store,
    linked: &Linked,
    entry: &Entry,
    record: &CohortRecord,
) -> Result<(), StudyVaultError> {
    let txn = store.begin()?;
    txn.put_cohort(record)?;
    let object = format!("{}/{}", record.study, record.name);
    let event = Event::new("cohort.saved", &object, record.made_at)
        .with("version", record.version)
        .with("persons", record.persons)
        .with("link", record.link);
    commit(txn, &linked.study, std::slice::from_ref(entry), event)
}

/// The latest version of each cohort of a study, by name.
pub(crate) fn latest(store: &Store, study: &str) -> Result<Vec<CohortRecord>, StoreError> {
    // They come by name and version, and the later one stays.
    let all = store.cohorts(study)?.into_iter();
    let latest: BTreeMap<String, CohortRecord> =
        all.map(|cohort| (cohort.name.clone(), cohort)).collect();
    Ok(latest.into_values().collect())
}
