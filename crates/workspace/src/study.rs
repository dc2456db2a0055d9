//! Making a study.

use jiff::Timestamp;
use renketsu_access::{Permit, act};
use renketsu_identity::ProvisionCode;
use renketsu_seal::vault::{Catalogue, VaultError, VaultKey};
use renketsu_store::{Event, Store, StoreError, StudyRecord};

use crate::accounts::Acting;
use crate::name::{self, NameError};

/// Why a study was not made.
#[derive(Debug, thiserror::Error)]
pub enum StudyError {
    /// The name does not fit.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The provision is no identifier.
    #[error("`{provision}` is no identifier of a provision")]
    Provision {
        /// What was given.
        provision: String,
    },
    /// The state refused: among others, the provision belongs to another study.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The vault gave no key.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

impl StudyError {
    /// Every code with the names of its details.
    pub const CODES: &[(&str, &[&str])] = &[("workspace.study.provision", &["provision"])];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Name(error) => error.code(),
            Self::Provision { .. } => "workspace.study.provision",
            Self::Store(error) => error.code(),
            Self::Vault(error) => error.code(),
        }
    }

    /// Named values for the message catalogue.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Name(error) => error.details(),
            Self::Provision { provision } => vec![("provision", provision.clone())],
            Self::Store(error) => error.details(),
            Self::Vault(error) => error.details(),
        }
    }

    /// The exit code of a command that ends with this error.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Name(error) => error.exit(),
            Self::Provision { .. } => 2,
            Self::Store(error) => error.exit(),
            Self::Vault(error) => error.exit(),
        }
    }
}

/// A study that can be made: its name and provision are ones.
#[derive(Debug, Clone)]
pub struct NewStudy {
    study: String,
    provision: ProvisionCode,
}

impl NewStudy {
    /// Checks name and provision, before anything is made or asked.
    pub fn parse(study: &str, provision: &str) -> Result<Self, StudyError> {
        name::study(study)?;
        let provision = ProvisionCode::parse(provision).map_err(|_| StudyError::Provision {
            provision: provision.to_owned(),
        })?;
        Ok(Self {
            study: study.to_owned(),
            provision,
        })
    }

    /// Makes the study for its one provision, and its key. A provision belongs to exactly one study (`design.md`): a
    /// second is refused. `by` is whoever makes it where people have accounts.
    pub fn create(
        self,
        store: &mut Store,
        vault: &VaultKey,
        by: Option<(&Permit<act::StudyCreate>, &Acting)>,
        now: Timestamp,
    ) -> Result<StudyRecord, StudyError> {
        let record = StudyRecord {
            study: self.study,
            provision: self.provision.as_str().to_owned(),
            kcv: None,
            kcv_proven: false,
            created_at: now,
            row_level: None,
        };
        let study = record.study.as_str();
        let (key, wrapped) = vault.new_study(study)?;
        let txn = store.begin()?;
        txn.create_study(&record)?;
        let empty = Catalogue::empty(study, txn.said(study)?);
        let mac = key.mac(&empty);
        txn.put_study_key(study, &wrapped, &mac)?;
        let event = by.map_or_else(
            || Event::new("study.created", study, now),
            |(_, by)| by.event("study.created", study, now),
        );
        txn.commit(
            &event
                .with("provision", record.provision.as_str())
                .at_catalogue(study, empty.sequence, &mac),
        )?;
        Ok(record)
    }
}

/// Whether a study of this state has a key: then the vault was made, and a missing one was lost.
pub fn has_keys(store: &Store) -> Result<bool, StoreError> {
    for study in store.studies()? {
        if store.vault(&study.study)?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}
