//! Saying that a study lies on a volume of its own.

use jiff::Timestamp;
use renketsu_seal::vault::VaultKey;
use renketsu_store::{Event, Store, StoreError, VolumeRecord};

use super::{MountedBy, VolumeError, hold_beside_others};
use crate::vault::{StudyVaultError, commit, open_proven};

/// Why it can't be said where a study lies.
#[derive(Debug, thiserror::Error)]
pub enum SetVolumeError {
    /// There is no such study.
    #[error("there is no study `{study}`")]
    NoStudy {
        /// Its name.
        study: String,
    },
    /// The volume isn't there, or isn't the study's own.
    #[error(transparent)]
    Volume(#[from] VolumeError),
    /// The vault refused.
    #[error(transparent)]
    Vault(#[from] StudyVaultError),
    /// The state refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl SetVolumeError {
    /// Every code with the names of its details.
    pub const CODES: &[(&str, &[&str])] = &[("workspace.volume.no_study", &["study"])];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoStudy { .. } => "workspace.volume.no_study",
            Self::Volume(error) => error.code(),
            Self::Vault(error) => error.code(),
            Self::Store(error) => error.code(),
        }
    }

    /// Named values for the message catalogue.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::NoStudy { study } => vec![("study", study.clone())],
            Self::Volume(error) => error.details(),
            Self::Vault(error) => error.details(),
            Self::Store(error) => error.details(),
        }
    }

    /// The exit code of a command that ends with this error.
    pub fn exit(&self) -> u8 {
        match self {
            Self::NoStudy { .. } => 2,
            Self::Volume(error) => error.exit(),
            Self::Vault(error) => error.exit(),
            Self::Store(error) => error.exit(),
        }
    }
}

/// Says that a study lies on a volume of its own, which must be mounted now, or that it has none any more. From then on the row
/// stands under the study's MAC.
pub fn set_volume(
    store: &mut Store,
    vault: &VaultKey,
    study: &str,
    mounted_by: Option<MountedBy>,
    now: Timestamp,
) -> Result<(), SetVolumeError> {
    if store.study(study)?.is_none() {
        return Err(SetVolumeError::NoStudy {
            study: study.to_owned(),
        });
    }
    if mounted_by.is_some() {
        hold_beside_others(store, study)?;
    }
    let open = open_proven(store, vault, study)?;
    let txn = store.begin()?;
    let event = if let Some(by) = mounted_by {
        txn.set_volume(&VolumeRecord {
            study: study.to_owned(),
            mounted_by: by.as_str().to_owned(),
            set_at: now,
        })?;
        Event::new("study.volume_set", study, now).with("mounted_by", by.as_str())
    } else {
        txn.unset_volume(study)?;
        Event::new("study.volume_unset", study, now)
    };
    Ok(commit(txn, &open, &[], event)?)
}
