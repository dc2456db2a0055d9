//! Opening a study in the vault (保管庫).

use renketsu_seal::vault::{Entry, OpenStudy, VaultError, VaultKey};
use renketsu_store::{Event, Store, StoreError, Txn};

use crate::volume::{self, VolumeError};

/// Why a study's files can't be used.
#[derive(Debug, thiserror::Error)]
pub enum StudyVaultError {
    /// The study has no key: it was made before there was a vault.
    #[error("study `{study}` has no key in the vault")]
    NoKey {
        /// Its name.
        study: String,
    },
    /// The study doesn't lie on the volume it is said to have.
    #[error(transparent)]
    Volume(#[from] VolumeError),
    /// The state refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The vault refused: a wrapped key or the catalogue was changed.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

impl StudyVaultError {
    /// Every code with the names of its details.
    pub const CODES: &[(&str, &[&str])] = &[("workspace.vault.no_key", &["study"])];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoKey { .. } => "workspace.vault.no_key",
            Self::Volume(error) => error.code(),
            Self::Store(error) => error.code(),
            Self::Vault(error) => error.code(),
        }
    }

    /// Named values for the message catalogue.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::NoKey { study } => vec![("study", study.clone())],
            Self::Volume(error) => error.details(),
            Self::Store(error) => error.details(),
            Self::Vault(error) => error.details(),
        }
    }

    /// The exit code of a command that ends with this error.
    pub fn exit(&self) -> u8 {
        match self {
            Self::NoKey { .. } => 2,
            Self::Volume(error) => error.exit(),
            Self::Store(error) => error.exit(),
            Self::Vault(error) => error.exit(),
        }
    }
}

/// Opens a study, if it lies on the volume it is said to have: its key, and its catalogue (目録) once every row of it, every other row that says something of the
/// study, and the record of events up to its last change are proven.
pub fn open_study(
    store: &Store,
    vault: &VaultKey,
    study: &str,
) -> Result<OpenStudy, StudyVaultError> {
    volume::check(store, study)?;
    open_proven(store, vault, study)
}

/// The same wherever its files lie.
pub(crate) fn open_proven(
    store: &Store,
    vault: &VaultKey,
    study: &str,
) -> Result<OpenStudy, StudyVaultError> {
    let (wrapped, catalogue, mac) = store.vault(study)?.ok_or_else(|| StudyVaultError::NoKey {
        study: study.to_owned(),
    })?;
    Ok(vault.open_catalogue(study, &wrapped, catalogue, &mac)?)
}

/// Ends a change of a study: puts its new files into the catalogue, proves that and every row as they are now, and lets
/// the event say where the catalogue stands.
pub(crate) fn commit(
    txn: Txn<'_>,
    study: &OpenStudy,
    files: &[Entry],
    event: Event,
) -> Result<(), StudyVaultError> {
    let name = study.study_key().study();
    let (catalogue, mac) = study.next(files, &[], txn.said(name)?)?;
    txn.put_files(name, files, &[], catalogue.sequence, &mac)?;
    let event = event.at_catalogue(name, catalogue.sequence, &mac);
    Ok(txn.commit(&event)?)
}
