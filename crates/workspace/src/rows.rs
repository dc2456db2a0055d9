//! Rows of single persons in an answer: off, unless somebody allowed so many of them for a study and said why.

use jiff::Timestamp;
use renketsu_seal::vault::VaultKey;
use renketsu_store::{Event, Store, StoreError};
use serde::{Deserialize, Serialize};

use crate::vault::{StudyVaultError, commit, open_study};

/// Who allowed how many rows of single persons in an answer, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowLevel {
    /// The most rows of an answer.
    pub cap: u64,
    /// Who allowed it.
    pub approved_by: String,
    /// Why.
    pub reason: String,
}

impl RowLevel {
    /// As the state keeps it; anything else allows nothing.
    pub(crate) fn of(value: &serde_json::Value) -> Option<Self> {
        serde_json::from_value(value.clone()).ok()
    }
}

/// Why rows of single persons were not allowed or forbidden.
#[derive(Debug, thiserror::Error)]
pub enum RowsError {
    /// A name or a reason is empty, or the cap is nothing.
    #[error("rows of single persons need `{option}`")]
    Needs {
        /// The option.
        option: &'static str,
    },
    /// There is no such study.
    #[error("there is no study `{study}`")]
    NoStudy {
        /// Its name.
        study: String,
    },
    /// The state refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The study could not be opened.
    #[error(transparent)]
    Vault(#[from] StudyVaultError),
}

impl RowsError {
    /// Every code with the names of its details.
    pub const CODES: &[(&str, &[&str])] = &[
        ("workspace.rows.needs", &["option"]),
        ("workspace.rows.no_study", &["study"]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Needs { .. } => "workspace.rows.needs",
            Self::NoStudy { .. } => "workspace.rows.no_study",
            Self::Store(error) => error.code(),
            Self::Vault(error) => error.code(),
        }
    }

    /// Named values for the message catalogue.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Needs { option } => vec![("option", (*option).to_owned())],
            Self::NoStudy { study } => vec![("study", study.clone())],
            Self::Store(error) => error.details(),
            Self::Vault(error) => error.details(),
        }
    }

    /// The exit code of a command that ends with this error.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Needs { .. } | Self::NoStudy { .. } => 2,
            Self::Store(error) => error.exit(),
            Self::Vault(error) => error.exit(),
        }
    }
}

/// Allows rows of single persons in the answers of a study, or forbids them.
pub fn set_row_level(
    store: &mut Store,
    vault: &VaultKey,
    study: &str,
    allowed: Option<&RowLevel>,
    now: Timestamp,
) -> Result<(), RowsError> {
    if let Some(allowed) = allowed {
        let missing = [
            (allowed.cap == 0, "--allow"),
            (allowed.approved_by.trim().is_empty(), "--approved-by"),
            (allowed.reason.trim().is_empty(), "--reason"),
        ];
        if let Some((_, option)) = missing.into_iter().find(|(missing, _)| *missing) {
            return Err(RowsError::Needs { option });
        }
    }
    let value = allowed.map(|allowed| serde_json::to_value(allowed).unwrap_or_default());
    let event = match &value {
        Some(value) => Event::new("study.rows_allowed", study, now).with("allowed", value.clone()),
        None => Event::new("study.rows_forbidden", study, now),
    };
    if store.study(study)?.is_none() {
        return Err(RowsError::NoStudy {
            study: study.to_owned(),
        });
    }
    let open = open_study(store, vault, study)?;
    let txn = store.begin()?;
    txn.set_row_level(study, value.as_ref())?;
    Ok(commit(txn, &open, &[], event)?)
}
