//! Rows of single persons in an answer: off, unless somebody allowed so many of them for a study and said why.

use jiff::Timestamp;
use renketsu_store::{Event, Store, StoreError};
use serde::{Deserialize, Serialize};

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
    /// The state refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl RowsError {
    /// Every code with the names of its details.
    pub const CODES: &[(&str, &[&str])] = &[("workspace.rows.needs", &["option"])];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Needs { .. } => "workspace.rows.needs",
            Self::Store(error) => error.code(),
        }
    }

    /// Named values for the message catalogue.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Needs { option } => vec![("option", (*option).to_owned())],
            Self::Store(error) => error.details(),
        }
    }

    /// The exit code of a command that ends with this error.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Needs { .. } => 2,
            Self::Store(error) => error.exit(),
        }
    }
}

/// Allows rows of single persons in the answers of a study, or forbids them.
pub fn set_row_level(
    store: &mut Store,
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
    let txn = store.begin()?;
    txn.set_row_level(study, value.as_ref())?;
    Ok(txn.commit(&event)?)
}
