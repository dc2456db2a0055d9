//! Holding every file of a study against its catalogue (目録).

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use renketsu_seal::vault::{Catalogue, FileName, VaultKey};
use renketsu_store::{Event, Store, StoreError};

use crate::engine::LinkEngine;
use crate::vault::{StudyVaultError, open_study};

/// What a check of a study found.
#[derive(Debug)]
pub struct Verified<E> {
    /// Files of the catalogue.
    pub files: u64,
    /// Their length together.
    pub bytes: u64,
    /// Files that are not those of the catalogue, and in which way.
    pub wrong: Vec<(FileName, E)>,
    /// What lies among the files and stands in no catalogue: left over from work that was cut off, replaced by the next.
    pub left_over: Vec<PathBuf>,
}

/// Why a study could not be checked at all.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// There is no such study.
    #[error("there is no study `{study}`")]
    NoStudy {
        /// Its name.
        study: String,
    },
    /// The study's directory can't be read.
    #[error("`{path}` cannot be read")]
    Io {
        /// The path.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The state refused; among others, the chain of events does not hold.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The catalogue is not the study's.
    #[error(transparent)]
    Vault(#[from] StudyVaultError),
}

impl VerifyError {
    /// Every code with the names of its details.
    pub const CODES: &[(&str, &[&str])] = &[
        ("workspace.verify.io", &["path"]),
        ("workspace.verify.no_study", &["study"]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoStudy { .. } => "workspace.verify.no_study",
            Self::Io { .. } => "workspace.verify.io",
            Self::Store(error) => error.code(),
            Self::Vault(error) => error.code(),
        }
    }

    /// Named values for the message catalogue.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::NoStudy { study } => vec![("study", study.clone())],
            Self::Io { path, .. } => vec![("path", path.display().to_string())],
            Self::Store(error) => error.details(),
            Self::Vault(error) => error.details(),
        }
    }

    /// The exit code of a command that ends with this error.
    pub fn exit(&self) -> u8 {
        match self {
            Self::NoStudy { .. } => 2,
            Self::Io { .. } => 3,
            Self::Store(error) => error.exit(),
            Self::Vault(error) => error.exit(),
        }
    }
}

/// Checks the chain of events, the MAC of the catalogue, and every file's length and digest; what came of it is recorded.
pub fn verify<L: LinkEngine>(
    store: &mut Store,
    vault: &VaultKey,
    engine: &L,
    dir: &Path,
    study: &str,
    now: Timestamp,
) -> Result<Verified<L::Error>, VerifyError> {
    if store.study(study)?.is_none() {
        return Err(VerifyError::NoStudy {
            study: study.to_owned(),
        });
    }
    let open = Arc::new(open_study(store, vault, study)?);
    let catalogue = open.catalogue();
    let mut found = Verified {
        files: catalogue.entries.len() as u64,
        bytes: catalogue.entries.values().map(|entry| entry.bytes).sum(),
        wrong: Vec::new(),
        left_over: Vec::new(),
    };
    for entry in catalogue.entries.values() {
        if let Err(error) = engine.verify(dir, &open, entry) {
            found.wrong.push((entry.name.clone(), error));
        }
    }
    found.left_over = left_over(dir, study, catalogue)?;
    let wrong: Vec<String> = found
        .wrong
        .iter()
        .map(|(name, _)| name.to_string())
        .collect();
    store.begin()?.commit(
        &Event::new("study.verified", study, now)
            .with("files", found.files)
            .with("wrong", wrong)
            .with("left_over", found.left_over.len() as u64),
    )?;
    Ok(found)
}

/// Files below the study's directory that the catalogue doesn't name.
fn left_over(dir: &Path, study: &str, catalogue: &Catalogue) -> Result<Vec<PathBuf>, VerifyError> {
    let named: BTreeSet<PathBuf> = catalogue
        .entries
        .values()
        .map(|entry| dir.join(&entry.path))
        .collect();
    let mut found = Vec::new();
    for part in ["cohorts", "links", "tables"] {
        let path = dir.join("studies").join(study).join(part);
        walk(&path, &mut found).map_err(|source| VerifyError::Io { path, source })?;
    }
    found.retain(|path| !named.contains(path));
    found.sort();
    Ok(found)
}

fn walk(dir: &Path, into: &mut Vec<PathBuf>) -> io::Result<()> {
    let entries = match fs::read_dir(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            walk(&entry.path(), into)?;
        } else {
            into.push(entry.path());
        }
    }
    Ok(())
}
