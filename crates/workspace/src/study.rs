//! Making a study.

use jiff::Timestamp;
use renketsu_identity::ProvisionCode;
use renketsu_store::{Event, Store, StoreError, StudyRecord};

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
        }
    }

    /// Named values for the message catalogue.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Name(error) => error.details(),
            Self::Provision { provision } => vec![("provision", provision.clone())],
            Self::Store(error) => error.details(),
        }
    }

    /// The exit code of a command that ends with this error.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Name(error) => error.exit(),
            Self::Provision { .. } => 2,
            Self::Store(error) => error.exit(),
        }
    }
}

/// Makes a study for one provision. A provision belongs to exactly one study (`design.md`): a second is refused.
pub fn create_study(
    store: &mut Store,
    study: &str,
    provision: &str,
    now: Timestamp,
) -> Result<StudyRecord, StudyError> {
    name::study(study)?;
    let provision = ProvisionCode::parse(provision).map_err(|_| StudyError::Provision {
        provision: provision.to_owned(),
    })?;
    let record = StudyRecord {
        study: study.to_owned(),
        provision: provision.as_str().to_owned(),
        kcv: None,
        kcv_proven: false,
        created_at: now,
    };
    let txn = store.begin()?;
    txn.create_study(&record)?;
    txn.commit(&Event::new("study.created", study, now).with("provision", provision.as_str()))?;
    Ok(record)
}
